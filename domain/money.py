"""Money: integer minor units with an ISO 4217 currency, never a float."""

import re
from dataclasses import dataclass

_CURRENCY = re.compile(r"[A-Z]{3}")
_ZERO_DECIMAL = frozenset({"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "XAF", "XOF"})
LARGEST_AMOUNT_MINOR = 2**53 - 1
"""Amounts stay exact in JSON numbers and in Redis scores (auction rules, money)."""


class MoneyError(ValueError):
    """An amount or currency that cannot be money."""


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in minor units (cents for ZAR) and its ISO currency."""

    amount_minor: int
    currency: str

    def __post_init__(self) -> None:
        if not _CURRENCY.fullmatch(self.currency):
            raise MoneyError(f"'{self.currency}' is not a three-letter currency code.")
        if abs(self.amount_minor) > LARGEST_AMOUNT_MINOR:
            raise MoneyError("The amount is too large.")

    @property
    def exponent(self) -> int:
        """How many decimal digits the currency's minor unit has."""
        return 0 if self.currency in _ZERO_DECIMAL else 2

    @property
    def amount(self) -> str:
        """The amount as an exact decimal text in major units, such as ``2999.99``."""
        if self.exponent == 0:
            return str(self.amount_minor)
        sign = "-" if self.amount_minor < 0 else ""
        major, minor = divmod(abs(self.amount_minor), 100)
        return f"{sign}{major}.{minor:02d}"

    @property
    def formatted(self) -> str:
        """The amount for reading: ``R2,999.99`` for rand, ``EUR 10.00`` for others."""
        sign = "-" if self.amount_minor < 0 else ""
        major, _, minor = self.amount.removeprefix("-").partition(".")
        digits = f"{int(major):,}" + (f".{minor}" if minor and minor != "00" else "")
        return f"{sign}R{digits}" if self.currency == "ZAR" else f"{self.currency} {sign}{digits}"
