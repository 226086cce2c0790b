"""The recent transactions of a dataset, and everybody who follows them as they happen."""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from engines.content_lake.datasets import LiveDataset
from engines.content_lake.faults import plain_fault
from engines.content_lake.records import Transaction

MAX_FOLLOWERS = 1_000
MAX_WAITING = 1_000
KEPT_TRANSACTIONS = 1_000
KEPT_CHANGES = 20_000


class Follower:
    """One open stream. When it reads too slowly it is cut off, and told so by `is_lost`."""

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[Transaction | None] = asyncio.Queue(MAX_WAITING)
        self.is_lost = False
        self.is_ended = False

    def end(self) -> None:
        """Says that nothing will ever come again: the dataset is gone."""
        self.is_ended = True
        with suppress(asyncio.QueueFull):
            self._waiting.put_nowait(None)

    def cut_off(self) -> None:
        """Ends the stream so that its reader connects again: the server stops."""
        self.is_lost = True
        with suppress(asyncio.QueueFull):
            self._waiting.put_nowait(None)

    def offer(self, transaction: Transaction) -> None:
        """Adds a transaction; a full queue loses the follower."""
        if self.is_lost:
            return
        try:
            self._waiting.put_nowait(transaction)
        except asyncio.QueueFull:
            self.is_lost = True

    async def next(self, seconds: float) -> Transaction | None:
        """The next transaction, or None when none came in time or the follower is lost."""
        if self.is_lost:
            return None
        try:
            return await asyncio.wait_for(self._waiting.get(), max(seconds, 0.001))
        except TimeoutError:
            return None


class EventLog:
    """The newest transactions of one dataset in memory; belongs to the event loop."""

    def __init__(self, position: int) -> None:
        self._kept: deque[Transaction] = deque()
        self._changes = 0
        self._position = position
        self._newest_id = ""
        self._followers: set[Follower] = set()

    @property
    def position(self) -> int:
        """The sequence number of the newest transaction."""
        return self._position

    def append(self, transaction: Transaction) -> None:
        """Remembers a transaction and passes it on."""
        self._position = transaction.sequence
        self._kept.append(transaction)
        self._changes += len(transaction.changes)
        while self._kept and (len(self._kept) > KEPT_TRANSACTIONS or self._changes > KEPT_CHANGES):
            self._changes -= len(self._kept.popleft().changes)
        for follower in self._followers:
            follower.offer(transaction)

    def end(self) -> None:
        """Tells every follower that the dataset is gone."""
        for follower in self._followers:
            follower.end()

    def cut_off(self) -> None:
        """Ends every stream; their readers may connect again."""
        for follower in self._followers:
            follower.cut_off()

    def since(self, sequence: int) -> list[Transaction] | None:
        """Transactions after a position, or None when some of them are no longer known."""
        if sequence > self._position:
            return None
        after = [transaction for transaction in self._kept if transaction.sequence > sequence]
        return after if len(after) == self._position - sequence else None

    def sequence_of(self, transaction_id: str) -> int | None:
        """The position of a transaction that is still remembered."""
        return next((one.sequence for one in reversed(self._kept) if one.transaction_id == transaction_id), None)

    @contextmanager
    def following(self) -> Iterator[Follower]:
        """A follower of everything from now on."""
        if len(self._followers) >= MAX_FOLLOWERS:
            raise plain_fault(429, f"At most {MAX_FOLLOWERS} listeners may be open", headers={"retry-after": "30"})
        follower = Follower()
        self._followers.add(follower)
        try:
            yield follower
        finally:
            self._followers.discard(follower)


class EventLogs:
    """The logs of all datasets of a lake."""

    def __init__(self) -> None:
        self._logs: dict[str, EventLog] = {}

    def of(self, dataset: LiveDataset) -> EventLog:
        """The log of a dataset; it begins when it is first asked for."""
        log = self._logs.get(dataset.name)
        if log is None:
            log = self._logs[dataset.name] = EventLog(dataset.position)
        return log

    def follow(self, dataset: LiveDataset, transaction: Transaction) -> None:
        """Hears of a committed transaction; in order, in the event loop."""
        log = self._logs.get(dataset.name)
        if log is None:
            log = self._logs[dataset.name] = EventLog(transaction.sequence - 1)
        log.append(transaction)

    def end(self, name: str) -> None:
        """Ends the streams of a dataset that was removed."""
        log = self._logs.pop(name, None)
        if log is not None:
            log.end()

    def cut_off(self) -> None:
        """Ends every stream of every dataset: the server stops."""
        for log in self._logs.values():
            log.cut_off()
