"""Applies the text patches of a `diffMatchPatch` operation, in the format that Sanity's clients write.

A hunk says `@@ -start,length +start,length @@` and then lines that begin with a space (kept), `-` (removed) or
`+` (added), percent-encoded. Positions count UTF-8 bytes. A hunk whose surroundings moved is applied at the nearest
place where its text stands, with less and less context; a hunk that fits nowhere is left out, as in the original.
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote

_HEADER = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@$")
_MAX_HUNKS = 10_000


class TextPatchError(ValueError):
    """A text patch that cannot be read."""


@dataclass(frozen=True, slots=True)
class Hunk:
    """One change: `lines` are (sign, text), `start` is the expected byte position in the new text."""

    start: int
    lines: tuple[tuple[str, str], ...]

    @property
    def before(self) -> str:
        """The text that the hunk expects to find."""
        return "".join(text for sign, text in self.lines if sign != "+")

    @property
    def after(self) -> str:
        """The text that takes its place."""
        return "".join(text for sign, text in self.lines if sign != "-")


def parse_hunks(patch: str) -> list[Hunk]:
    """The hunks of a patch; raises TextPatchError when a line does not belong there."""
    hunks: list[Hunk] = []
    start: int | None = None
    lines: list[tuple[str, str]] = []
    for number, line in enumerate(patch.split("\n"), start=1):
        header = _HEADER.match(line)
        if header:
            if start is not None:
                hunks.append(Hunk(start, tuple(lines)))
            position, length = int(header[3]), header[4]
            start, lines = (position if length == "0" else max(position - 1, 0)), []
        elif line[:1] in {" ", "+", "-"} and start is not None:
            lines.append((line[0], unquote(line[1:], errors="strict")))
        elif line:
            raise TextPatchError(f"Line {number} of the text patch is not a header and not a change: {line[:40]!r}")
    if start is not None:
        hunks.append(Hunk(start, tuple(lines)))
    if len(hunks) > _MAX_HUNKS:
        raise TextPatchError(f"A text patch may have at most {_MAX_HUNKS} hunks")
    return hunks


def apply_text_patch(text: str, patch: str) -> str:
    """The text after the patch; raises TextPatchError when the patch cannot be read."""
    try:
        hunks = parse_hunks(patch)
    except UnicodeDecodeError as fault:
        raise TextPatchError("The text patch is not valid percent-encoded UTF-8") from fault
    shift = 0
    for hunk in hunks:
        expected = _characters(text, hunk.start) + shift
        place = _find(text, hunk, expected)
        if place is None:
            continue
        at, length, replacement = place
        text = text[:at] + replacement + text[at + length :]
        shift = at - expected + shift
    return text


def _characters(text: str, byte_position: int) -> int:
    if text.isascii():
        return byte_position
    return len(text.encode("utf-8", "surrogatepass")[:byte_position].decode("utf-8", "ignore"))


def _find(text: str, hunk: Hunk, expected: int) -> tuple[int, int, str] | None:
    """Where the hunk goes: (position, length to replace, replacement)."""
    lines = list(hunk.lines)
    while True:
        before = "".join(kept for sign, kept in lines if sign != "+")
        after = "".join(kept for sign, kept in lines if sign != "-")
        at = _nearest(text, before, expected)
        if at is not None and (before or not hunk.before):
            return at, len(before), after
        trimmed = _less_context(lines)
        if trimmed is None:
            return None
        expected += _leading(lines) - _leading(trimmed)
        lines = trimmed


def _nearest(text: str, wanted: str, expected: int) -> int | None:
    expected = min(max(expected, 0), len(text))
    if text.startswith(wanted, expected):
        return expected
    later = text.find(wanted, expected)
    earlier = text.rfind(wanted, 0, expected + len(wanted))
    found = [place for place in (earlier, later) if place >= 0]
    return min(found, key=lambda place: abs(place - expected)) if found else None


def _less_context(lines: list[tuple[str, str]]) -> list[tuple[str, str]] | None:
    """The same change with one character less of unchanged text on each side, or None when there is none left."""
    trimmed = list(lines)
    has_changed = False
    if trimmed and trimmed[0][0] == " " and trimmed[0][1]:
        trimmed[0] = (" ", trimmed[0][1][1:])
        has_changed = True
    if trimmed and trimmed[-1][0] == " " and trimmed[-1][1]:
        trimmed[-1] = (" ", trimmed[-1][1][:-1])
        has_changed = True
    return trimmed if has_changed else None


def _leading(lines: list[tuple[str, str]]) -> int:
    return len(lines[0][1]) if lines and lines[0][0] == " " else 0
