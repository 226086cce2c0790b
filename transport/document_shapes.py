"""What a document looks like before anybody interprets it: tokens and nesting, counted by one regular expression."""

import re
from typing import Final

from .options import Limits

_TOKEN: Final = re.compile(
    r'"""(?:[^"\\]|\\"""|\\|"(?!""))*+(?:""")?+'
    r'|"(?:[^"\\\n\r]|\\.)*+"?+'
    r"|\#[^\n\r]*+"
    r"|\.\.\."
    r"|[_A-Za-z][_0-9A-Za-z]*+"
    r"|-?[0-9][0-9.eE+-]*+"
    r"|[^\s,\ufeff]",
    re.DOTALL,
)


def judge_shape(source: str, limits: Limits) -> str | None:
    """The sentence of the first bound that the text breaks, or None; linear, and long before any tree is built."""
    depth = 0
    for tokens, match in enumerate(_TOKEN.finditer(source), start=1):
        if tokens > limits.tokens:
            return f"The document has more than {limits.tokens} tokens."
        character = source[match.start()]
        if character in "{[(":
            depth += 1
            if depth > limits.nesting:
                return f"The document nests more than {limits.nesting} levels."
        elif character in "}])":
            depth -= 1
    return None
