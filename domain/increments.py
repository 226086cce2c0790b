"""Bid increments: an immutable table of steps per policy, and the amounts a bidder may offer next."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from domain.money import Money

_LARGEST_TABLE = 50
_LONGEST_LIST = 20


class IncrementPolicyError(ValueError):
    """A table of steps that cannot give every price a step."""


@dataclass(frozen=True, slots=True, order=True)
class IncrementRow:
    """From this price on (minor units) the next bid must be at least one step higher."""

    from_minor: int
    step_minor: int


@dataclass(frozen=True, slots=True)
class IncrementPolicy:
    """Rows in rising order, the first from zero; frozen for a lot when it opens."""

    policy_id: str
    rows: tuple[IncrementRow, ...]

    def __post_init__(self) -> None:
        starts = [row.from_minor for row in self.rows]
        if not 1 <= len(starts) <= _LARGEST_TABLE or starts[0] != 0 or starts != sorted(set(starts)):
            raise IncrementPolicyError("An increment table starts at zero and rises, with 1 to 50 rows.")
        if any(row.step_minor < 1 for row in self.rows):
            raise IncrementPolicyError("Every increment is at least one minor unit.")

    def step(self, price_minor: int) -> int:
        """The step of the row that contains this price."""
        row = bisect_right(self.rows, price_minor, key=lambda each: each.from_minor) - 1
        return self.rows[max(row, 0)].step_minor

    def next_minimum(self, price_minor: int) -> int:
        """The least amount that beats this price."""
        return price_minor + self.step(price_minor)

    def ladder(self, minimum_minor: int) -> Iterator[int]:
        """The minimum, then each amount one step above the one before, without end."""
        amount = minimum_minor
        while True:
            yield amount
            amount = self.next_minimum(amount)

    def next_amounts(self, minimum: Money, count: int) -> tuple[Money, ...]:
        """The next amounts to offer on buttons, at most twenty."""
        ladder = self.ladder(minimum.amount_minor)
        return tuple(Money(next(ladder), minimum.currency) for _ in range(min(max(count, 0), _LONGEST_LIST)))


_MAJOR_UNIT_ROWS = (
    (0, 5),
    (1, 25),
    (5, 50),
    (25, 100),
    (100, 250),
    (250, 500),
    (500, 1_000),
    (1_000, 2_500),
    (2_500, 5_000),
    (5_000, 10_000),
)
"""Prices in major units and steps in hundredths of them (auction rules, increments)."""


def default_policy(currency: str) -> IncrementPolicy:
    """The default table in the minor units of a currency; currencies without minor units round steps up to one."""
    unit = 10 ** Money(0, currency).exponent
    rows: dict[int, int] = {}
    for from_major, step_hundredths in _MAJOR_UNIT_ROWS:
        rows[from_major * unit] = max(1, step_hundredths * unit // 100)
    return IncrementPolicy(f"default-{unit}", tuple(IncrementRow(*row) for row in rows.items()))
