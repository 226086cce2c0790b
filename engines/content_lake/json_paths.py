"""Sanity's JSONMatch path language, from text to steps."""

import re
from dataclasses import dataclass
from functools import lru_cache

MAX_PATH_LENGTH = 4_096


class PathSyntaxError(ValueError):
    """A JSONMatch path that cannot be read; the text says where."""


@dataclass(frozen=True, slots=True)
class Key:
    """An attribute by name; on an array it is taken from every element."""

    name: str


@dataclass(frozen=True, slots=True)
class Index:
    """An array element, counted from the end when negative."""

    position: int


@dataclass(frozen=True, slots=True)
class Span:
    """A slice whose end is exclusive."""

    start: int | None
    end: int | None


@dataclass(frozen=True, slots=True)
class Every:
    """All elements of an array or all attributes of an object."""


@dataclass(frozen=True, slots=True)
class Descend:
    """The value itself and every object or array below it."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Elements whose operand compares with the literal, or exists when there is no operator."""

    operand: tuple["Step", ...]
    operator: str
    literal: str | float | bool | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """The union of several selectors, in the order in which they are written."""

    options: tuple[tuple["Step", ...], ...]


Step = Key | Index | Span | Every | Descend | Condition | Choice

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
  | (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
  | (?P<name>[A-Za-z_$][A-Za-z0-9_$-]*)
  | (?P<symbol>\.\.|==|!=|<=|>=|[<>\[\].,:*?@])
    )""",
    re.VERBOSE,
)
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})


class _Reader:
    """Recursive descent over the tokens of one path."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.tokens: list[tuple[str, str]] = []
        position = 0
        end = len(source.rstrip())
        while position < end:
            found = _TOKEN.match(source, position)
            if found is None or found.lastgroup is None:
                raise PathSyntaxError(f'Unexpected character {source[position]!r} in path "{source}"')
            self.tokens.append((found.lastgroup, found.group(found.lastgroup)))
            position = found.end()
        self.at = 0

    def peek(self, offset: int = 0) -> tuple[str, str]:
        place = self.at + offset
        return self.tokens[place] if place < len(self.tokens) else ("end", "")

    def take(self, text: str) -> bool:
        if self.peek() == ("symbol", text):
            self.at += 1
            return True
        return False

    def fail(self, wanted: str) -> PathSyntaxError:
        found = self.peek()[1] or "the end"
        return PathSyntaxError(f'Expected {wanted} but found {found} in path "{self.source}"')

    def path(self) -> tuple[Step, ...]:
        """`a.b[0]..c`: one or more segments."""
        steps: list[Step] = []
        while True:
            kind, text = self.peek()
            if kind == "name":
                self.at += 1
                steps.append(Key(text))
            elif self.take("*"):
                steps.append(Every())
            elif self.take("@"):
                pass
            elif (kind, text) == ("symbol", "["):
                steps.append(self.bracket())
            elif (kind, text) != ("symbol", ".."):
                raise self.fail("a key or an index")
            if self.take(".."):
                steps.append(Descend())
            elif not self.take(".") and self.peek() != ("symbol", "["):
                return tuple(steps)

    def bracket(self) -> Step:
        self.take("[")
        options = [self.selector()]
        while self.take(","):
            options.append(self.selector())
        if not self.take("]"):
            raise self.fail("]")
        if len(options) == 1 and len(options[0]) == 1:
            return options[0][0]
        return Choice(tuple(options))

    def selector(self) -> tuple[Step, ...]:
        kind, text = self.peek()
        if kind == "number" or text == ":":
            return (self.position(),)
        if kind == "string":
            self.at += 1
            return (Key(_unquote(text)),)
        if text == "*" and self.peek(1)[1] in {"]", ","}:
            self.at += 1
            return (Every(),)
        operand = self.path()
        if self.take("?"):
            return (Condition(operand, "?"),)
        operator = self.peek()[1]
        if operator in _COMPARISONS:
            self.at += 1
            return (Condition(operand, operator, self.literal()),)
        return operand

    def position(self) -> Step:
        start = self.integer()
        if not self.take(":"):
            if start is None:
                raise self.fail("an index")
            return Index(start)
        return Span(start, self.integer())

    def integer(self) -> int | None:
        kind, text = self.peek()
        if kind != "number":
            return None
        if not text.lstrip("-").isdigit():
            raise self.fail("a whole number")
        self.at += 1
        return int(text)

    def literal(self) -> str | float | bool | None:
        kind, text = self.peek()
        self.at += 1
        if kind == "string":
            return _unquote(text)
        if kind == "number":
            return float(text)
        if kind == "name" and text in _WORDS:
            return _WORDS[text]
        self.at -= 1
        raise self.fail("a string, a number, true, false or null")


def _unquote(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])


@lru_cache(maxsize=4_096)
def parse_path(source: str) -> tuple[Step, ...]:
    """The steps of a JSONMatch path; raises PathSyntaxError with a sentence about the first mistake."""
    if len(source) > MAX_PATH_LENGTH:
        raise PathSyntaxError(f"A path may have at most {MAX_PATH_LENGTH} characters")
    reader = _Reader(source)
    try:
        steps = reader.path()
    except RecursionError:
        raise PathSyntaxError("The path is nested too deeply") from None
    if reader.peek()[0] != "end":
        raise reader.fail("the end of the path")
    if steps and steps[0] == Key("$"):
        steps = steps[1:]
    return steps
