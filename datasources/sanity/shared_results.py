"""What the client asks of a store of answers that all processes share; an outage of it is never an error here."""

from collections.abc import Sequence
from typing import Protocol


class Lookup(Protocol):
    """What was found, and a stamp of when it was looked for; no stamp means that the store is away."""

    @property
    def body(self) -> bytes | None: ...  # noqa: D102 - the bytes as they were kept
    @property
    def stamp(self) -> str | None: ...  # noqa: D102 - the store's own time


class SharedResults(Protocol):
    """Bytes by key, made unusable by tag."""

    async def find(self, key: str) -> Lookup:
        """The bytes, unless one of their tags changed after their stamp."""
        ...

    async def keep(self, key: str, body: bytes, *, tags: Sequence[str], stamp: str, seconds: int) -> None:
        """Remember bytes that were asked of the content store after `stamp`."""
        ...

    async def forget(self, tags: Sequence[str], *, position: str) -> bool:
        """Make what is under these tags unusable, and remember the place in the stream of events; False: not done."""
        ...

    async def forget_everything(self, *, position: str) -> bool:
        """Make everything unusable; False: not done."""
        ...

    async def position(self) -> str:
        """The place in the stream of events that was remembered last; '' where there is none or it cannot be read."""
        ...
