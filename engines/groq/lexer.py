"""Query text to tokens; whitespace and comments end here."""

from __future__ import annotations

import re
from typing import NamedTuple

from engines.groq.errors import GroqSyntaxError

_PLAIN_TEXT = {quote: re.compile(rf"[^\\{quote}]*") for quote in ("'", '"')}
_PUNCTUATION = (
    *("...", "..", "**", "->", "=>", "==", "!=", "<=", ">=", "&&", "||", "::"),
    *"()[]{},.:;|<>+-*/%!@^$=",
)
_NUMBER = r"[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]*)?"
_TOKEN = re.compile(
    "(?P<skipped>(?:[\t\n\x0b\x0c\r \x85\xa0]+|//[^\n]*)+)"
    f"|(?P<name>[A-Za-z_][A-Za-z_0-9]*)|(?P<number>{_NUMBER})|(?P<string>['\"])"
    f"|(?P<punctuation>{'|'.join(map(re.escape, _PUNCTUATION))})"
)
_ESCAPES = {"'": "'", '"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_HEX4 = re.compile("[0-9a-fA-F]{4}")
_HEX_BRACED = re.compile(r"\{([0-9a-fA-F]+)\}")
_HIGHEST_CODE_POINT = 0x10FFFF


class Token(NamedTuple):
    """One token; `kind` is the punctuation itself, or one of: name, number, string, end."""

    kind: str
    text: str
    start: int
    end: int


def tokenize(source: str) -> list[Token]:
    """All tokens of the query, closed by one of kind `end`."""
    tokens: list[Token] = []
    position = 0
    length = len(source)
    match = _TOKEN.match
    while position < length:
        found = match(source, position)
        if found is None:
            raise GroqSyntaxError(f"Unexpected character {source[position]!r}", start=position, end=position + 1)
        kind, text, end = found.lastgroup, found.group(), found.end()
        if kind == "punctuation":
            tokens.append(Token(text, text, position, end))
        elif kind == "name":
            tokens.append(Token("name", text, position, end))
        elif kind == "number":
            if text[-1] in "eE+-":
                raise GroqSyntaxError("The exponent must be a number", start=position, end=end)
            tokens.append(Token("number", text, position, end))
        elif kind == "string":
            tokens.append(_read_string(source, position))
            end = tokens[-1].end
        position = end
    tokens.append(Token("end", "", length, length))
    return tokens


def _read_string(source: str, start: int) -> Token:
    quote = source[start]
    plain = _PLAIN_TEXT[quote]
    parts: list[str] = []
    position = start + 1
    while True:
        found = plain.match(source, position)
        if found is not None:
            parts.append(found.group())
            position = found.end()
        if position >= len(source):
            raise GroqSyntaxError("The string has no end", start=start, end=len(source))
        if source[position] == quote:
            return Token("string", "".join(parts), start, position + 1)
        text, position = _read_escape(source, position)
        parts.append(text)


def _read_escape(source: str, position: int) -> tuple[str, int]:
    following = source[position + 1 : position + 2]
    if following in _ESCAPES:
        return _ESCAPES[following], position + 2
    if following != "u":
        raise GroqSyntaxError("Unknown escape sequence", start=position, end=position + 2)
    code, end = _read_code_unit(source, position)
    if 0xD800 <= code < 0xDC00 and source.startswith("\\u", end):
        low, low_end = _read_code_unit(source, end)
        if 0xDC00 <= low < 0xE000:
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
            end = low_end
    if 0xD800 <= code < 0xE000 or code > _HIGHEST_CODE_POINT:
        raise GroqSyntaxError("The escape sequence is not a valid code point", start=position, end=end)
    return chr(code), end


def _read_code_unit(source: str, position: int) -> tuple[int, int]:
    if found := _HEX4.match(source, position + 2):
        return int(found.group(), 16), found.end()
    if found := _HEX_BRACED.match(source, position + 2):
        digits = found.group(1).lstrip("0") or "0"
        return (int(digits, 16) if len(digits) <= 6 else _HIGHEST_CODE_POINT + 1), found.end()
    raise GroqSyntaxError("An escape sequence needs hexadecimal digits", start=position, end=position + 2)
