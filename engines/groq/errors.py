"""Everything the language can refuse, as one tree of named faults."""

from __future__ import annotations


class GroqError(Exception):
    """A query could not be read or answered."""


class GroqSyntaxError(GroqError):
    """The query text is not a valid query; `start` and `end` are offsets in code points."""

    def __init__(self, message: str, *, start: int, end: int) -> None:
        super().__init__(f"{message} (at {start})")
        self.message = message
        self.start = start
        self.end = max(end, start)


class GroqParameterError(GroqError):
    """The query needs a parameter that was not given."""


class GroqUnsupportedError(GroqError):
    """The query is valid GROQ, but this engine has no service behind the function it calls."""


class GroqLimitError(GroqError):
    """The query asked for more time, depth or output than it is allowed."""
