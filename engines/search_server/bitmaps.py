"""Sets of document numbers as Python integers: one bit a document, so AND, OR and NOT run at memory speed."""

from array import array
from collections.abc import Iterable

CACHE_FROM = 48  # shorter postings are cheap enough to turn into a bitmap each time

_OFFSETS = tuple(tuple(bit for bit in range(8) if byte >> bit & 1) for byte in range(256))


def bitmap_of(numbers: Iterable[int], size: int) -> int:
    """The bitmap of document numbers below `size`."""
    buffer = bytearray((size >> 3) + 1)
    for number in numbers:
        buffer[number >> 3] |= 1 << (number & 7)
    return int.from_bytes(buffer, "little")


def numbers_of(bits: int) -> list[int]:
    """The document numbers in a bitmap, ascending."""
    if not bits:
        return []
    data = bits.to_bytes((bits.bit_length() + 7) >> 3, "little")
    if bits.bit_count() * 16 < len(data):
        return _sparse_numbers(bits)
    return [(place << 3) + offset for place, byte in enumerate(data) if byte for offset in _OFFSETS[byte]]


def _sparse_numbers(bits: int) -> list[int]:
    found: list[int] = []
    data = bits.to_bytes((bits.bit_length() + 7) >> 3, "little")
    rest = data.lstrip(b"\0")
    place = len(data) - len(rest)
    while rest:
        found.extend((place << 3) + offset for offset in _OFFSETS[rest[0]])
        shorter = rest[1:].lstrip(b"\0")
        place += len(rest) - len(shorter)
        rest = shorter
    return found


class Membership:
    """Fast repeated `number in bitmap` tests."""

    __slots__ = ("_data", "_limit")

    def __init__(self, bits: int) -> None:
        self._data = bits.to_bytes((bits.bit_length() + 7) >> 3, "little")
        self._limit = len(self._data) << 3

    def __contains__(self, number: int) -> bool:
        return number < self._limit and bool(self._data[number >> 3] >> (number & 7) & 1)


class Postings:
    """The documents that hold one word or value: appended in ascending order, read as a bitmap."""

    __slots__ = ("_bits", "_done", "numbers")

    def __init__(self) -> None:
        self.numbers = array("I")
        self._bits = 0
        self._done = 0

    def add(self, number: int) -> None:
        """Append a document number; a repeat of the last one is dropped."""
        if not self.numbers or self.numbers[-1] != number:
            self.numbers.append(number)

    def bits(self) -> int:
        """All numbers as a bitmap; long ones are remembered and extended."""
        count = len(self.numbers)
        if count == self._done:
            return self._bits
        size = self.numbers[-1] + 1
        if count < CACHE_FROM:
            result = 0
            for number in self.numbers:
                result |= 1 << number
            return result
        self._bits |= bitmap_of(self.numbers[self._done :], size)
        self._done = count
        return self._bits

    def count_in(self, bits: int, members: Membership) -> int:
        """How many of these documents are in a set, given both as a bitmap and as a membership test."""
        if len(self.numbers) < CACHE_FROM:
            return sum(1 for number in self.numbers if number in members)
        return (self.bits() & bits).bit_count()
