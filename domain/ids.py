"""New ids: UUID version 7, which sort by the time they were made (S2-007)."""

from datetime import datetime
from uuid import UUID

RANDOM_BITS = 74


def uuid7(now: datetime, random_bits: int) -> UUID:
    """The version 7 UUID (RFC 9562) of that moment and those 74 random bits."""
    milliseconds = int(now.timestamp() * 1000) & ((1 << 48) - 1)
    noise = random_bits & ((1 << RANDOM_BITS) - 1)
    high, low = noise >> 62, noise & ((1 << 62) - 1)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)
