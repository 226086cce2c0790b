"""Random GROQ queries and documents, for comparing engines with each other and an engine with itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

Item = TypeVar("Item")


class Chance(Protocol):
    """A source of randomness: random.Random, or the one of hypothesis that can shrink."""

    def choice(self, options: Sequence[Item], /) -> Item:
        """One of the options."""
        ...

    def randint(self, least: int, greatest: int, /) -> int:
        """A whole number between two bounds, both included."""
        ...


NAMES = ("name", "n", "tags", "items", "ref", "refs", "obj", "flag", "at", "body")
WORDS = ("red", "Blue", "green car", "a-b", "x.y z", "", "2020-01-02T03:04:05Z", "type-a", "d1", "caf\u00e9")
NUMBERS = ("0", "1", "2", "-1", "3.5", "0.1", "10", "1e3", "-2.5", "7")


def make_documents(chance: Chance, size: int = 8) -> list[dict[str, Any]]:
    """A few documents that reference each other, with every kind of value among their attributes."""
    return [_document(chance, number, size) for number in range(size)]


def _document(chance: Chance, number: int, size: int) -> dict[str, Any]:
    document: dict[str, Any] = {"_id": f"d{number}", "_type": chance.choice(("type-a", "type-b"))}
    makers: dict[str, Callable[[], Any]] = {
        "name": lambda: chance.choice(WORDS),
        "n": lambda: chance.choice((0, 1, 2, -1, 3.5, 10, 2.5, None)),
        "tags": lambda: [chance.choice(WORDS[:5]) for _ in range(chance.randint(0, 3))],
        "items": lambda: [_item(chance, size) for _ in range(chance.randint(0, 3))],
        "ref": lambda: {"_ref": f"d{chance.randint(0, size)}"},
        "refs": lambda: [{"_ref": f"d{chance.randint(0, size)}"} for _ in range(chance.randint(0, 3))],
        "obj": lambda: {"n": chance.randint(0, 3), "name": chance.choice(WORDS), "deep": {"n": chance.randint(0, 2)}},
        "flag": lambda: chance.choice((True, False, None)),
        "at": lambda: chance.choice(("2020-01-02T03:04:05Z", "2021-06-07T08:09:10.5+02:00", "never")),
        "body": lambda: [{"_type": "block", "children": [{"_type": "span", "text": chance.choice(WORDS)}]}],
    }
    for name, make in makers.items():
        if chance.randint(0, 4):
            document[name] = make() if chance.randint(0, 9) else chance.choice((None, 1, "red", True, [1, "a", None]))
    return document


def _item(chance: Chance, size: int) -> Any:
    return chance.choice(
        (
            {"n": chance.randint(0, 3), "name": chance.choice(WORDS), "tags": ["red", None]},
            {"_ref": f"d{chance.randint(0, size)}"},
            [1, [2, 3], {"n": 1}],
            chance.choice((1, "red", None, True, 2.5)),
        )
    )


@dataclass(frozen=True, slots=True)
class QueryMaker:
    """Writes random queries; every method gives text for one rule of the grammar."""

    chance: Chance

    def query(self) -> str:
        """A whole query."""
        return self.chance.choice((self.documents, self.documents, self.expression, self.counted))(3)

    def counted(self, depth: int) -> str:
        """Numbers and lists drawn from the dataset."""
        return f"{self.chance.choice(('count', 'array::compact'))}({self.documents(depth)})"

    def documents(self, depth: int) -> str:
        """A list of documents, filtered, ordered and projected."""
        parts = ["*"]
        parts += [f"[{self.condition(depth - 1)}]" for _ in range(self.chance.randint(0, 2))]
        if not self.chance.randint(0, 2):
            parts.append(f" | order({self.order_key(depth - 1)})")
        if not self.chance.randint(0, 4):
            parts.append(f" | score({self.score()})")
            return "".join(parts)
        parts += [self.step(depth - 1) for _ in range(self.chance.randint(0, 2))]
        return "".join(parts)

    def order_key(self, depth: int) -> str:
        """What order() sorts by."""
        keys = [
            f"{self.value(depth)}{self.chance.choice(('', ' asc', ' desc'))}" for _ in range(self.chance.randint(1, 2))
        ]
        return ", ".join([*keys, "_id"])

    def condition(self, depth: int) -> str:
        """Something that is likely to be a boolean."""
        if depth <= 0:
            return self.chance.choice(
                (f"{self.name()} == {self.literal()}", f"defined({self.name()})", self.name(), '_type == "type-a"')
            )
        kind = self.chance.randint(0, 10)
        if kind <= 2:
            operator = self.chance.choice(("==", "!=", "<", "<=", ">", ">="))
            return f"{self.value(depth - 1)} {operator} {self.value(depth - 1)}"
        if kind <= 4:
            joint = self.chance.choice(("&&", "||"))
            return f"({self.condition(depth - 1)} {joint} {self.condition(depth - 1)})"
        return (
            f"!({self.condition(depth - 1)})",
            f"({self.value(depth - 1)}) in {self.members(depth - 1)}",
            f"({self.value(depth - 1)}) in {self.literal()}..{self.literal()}",
            f"({self.value(depth - 1)}) match {self.chance.choice((self.text(), '[' + self.text() + ']'))}",
            f"references({self.chance.choice((self.text(), '^._id', '[^._id, ' + self.text() + ']'))})",
            self.chance.choice(('_id == "d1"', '_id in ["d1", "d3"]', "_id == ^.ref._ref", "^._id in refs[]._ref")),
        )[kind - 5]

    def score(self) -> str:
        """Clauses to be weighed; no parentheses, which hide what is inside of them from groq-js."""
        clauses = (
            f"{self.name()} == {self.literal()}",
            f"{self.name()} match {self.text()}",
            f"defined({self.name()})",
        )
        joint = self.chance.choice((" && ", " || ", ", "))
        return joint.join(self.chance.choice(clauses) for _ in range(self.chance.randint(1, 3)))

    def members(self, depth: int) -> str:
        """The right side of `in`; never parentheses first, which groq-js reads as the end of the operand."""
        return self.chance.choice(
            (self.name(), f"[{self.value(depth)}, {self.literal()}]", f"*.{self.name()}", "refs[]._ref")
        )

    def expression(self, depth: int) -> str:
        """Any expression."""
        return self.chance.choice((self.condition, self.value, self.documents))(depth)

    def value(self, depth: int) -> str:
        """Any value."""
        if depth <= 0:
            return self.chance.choice((self.name(), self.name(), self.literal(), "@", "^." + self.name(), "_id"))
        kind = self.chance.randint(0, 9)
        if kind <= 3:
            return self.traversal(depth)
        if kind <= 5:
            return self.call(depth)
        return (
            f"({self.value(depth - 1)} {self.chance.choice('+-*/%')} {self.value(depth - 1)})",
            f"[{self.value(depth - 1)}, ...{self.value(depth - 1)}]",
            self.object(depth),
            f"({self.documents(depth - 1)})",
        )[kind - 6]

    def traversal(self, depth: int) -> str:
        """A value with steps behind it."""
        base = self.chance.choice((self.name(), "@", "^", f"({self.value(depth - 1)})", self.object(depth - 1), "*"))
        return base + "".join(self.step(depth - 1) for _ in range(self.chance.randint(1, 3)))

    def step(self, depth: int) -> str:
        """One step of a traversal."""
        name = self.chance.choice(NAMES)
        index = self.chance.randint(-2, 3)
        dots = self.chance.choice(("..", "..."))
        simple = (f".{name}", f".{name}", "[]", f"[{index}]", f"[{index}{dots}{self.chance.randint(-1, 3)}]", "->")
        if depth <= 0 or self.chance.randint(0, 2):
            return self.chance.choice((*simple, f"->{name}", '["name"]'))
        return self.chance.choice((f"[{self.condition(depth - 1)}]", self.object(depth - 1)))

    def object(self, depth: int) -> str:
        """An object literal or the body of a projection."""
        entries = [self.entry(depth, number) for number in range(self.chance.randint(1, 3))]
        return "{" + ", ".join(entries) + "}"

    def entry(self, depth: int, number: int) -> str:
        """One entry of an object."""
        return self.chance.choice(
            (
                self.name(),
                "...",
                f'"k{number}": {self.value(depth - 1)}',
                f'"k{number}": {self.condition(depth - 1)}',
                f'{self.condition(depth - 1)} => {{"c": {self.value(depth - 1)}}}',
                f"...{self.chance.choice(('obj', 'ref', 'name'))}",
                f"{self.chance.choice(('items', 'refs'))}[]{{n}}",
                "ref->{name, n}",
            )
        )

    def call(self, depth: int) -> str:
        """A call of a function that both engines have."""
        one = self.value(depth - 1)
        two = self.value(depth - 1)
        return self.chance.choice(
            (
                f"count({one})",
                f"length({one})",
                f"coalesce({one}, {two})",
                f"select({self.condition(depth - 1)} => {one}, {two})",
                f"lower({one})",
                f"upper({one})",
                f"string({one})",
                f"round({one}, {self.chance.choice('012')})",
                f"defined({one})",
                f"dateTime({self.chance.choice((one, 'at'))})",
                f"array::join({one}, {self.text()})",
                f"array::compact({one})",
                f"array::unique(array::compact({one}))",
                f"array::intersects({one}, {two})",
                f"string::split({one}, {self.text()})",
                f"string::startsWith({one}, {self.text()})",
                f"math::sum({one})",
                f"math::avg({one})",
                f"math::min({one})",
                f"math::max({one})",
                f"pt::text({self.chance.choice((one, 'body'))})",
            )
        )

    def name(self) -> str:
        """An attribute of the documents."""
        return self.chance.choice(NAMES)

    def text(self) -> str:
        """A string literal."""
        return f'"{self.chance.choice((*WORDS, "re*", "b", "*"))}"'

    def literal(self) -> str:
        """A constant."""
        return self.chance.choice((self.chance.choice(NUMBERS), self.text(), "null", "true", "false"))
