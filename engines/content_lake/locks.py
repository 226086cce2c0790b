"""A lock that many readers share and one writer has alone, for as long as the writer is willing to wait.

A waiting writer goes before new readers, so one slow query would hold up everybody; therefore the writer's patience
is bounded. A query slower than that may see a transaction arrive while it runs, as in any eventually consistent store.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class SharedLock:
    """Queries hold it together; applying a transaction to memory holds it alone, for microseconds."""

    def __init__(self, *, patience: float) -> None:
        self._patience = patience
        self._condition = threading.Condition()
        self._readers = 0
        self._writers_waiting = 0
        self._is_writing = False

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Holds the lock together with other readers. Not reentrant: a nested hold may wait for ever."""
        with self._condition:
            self._condition.wait_for(lambda: not self._is_writing and not self._writers_waiting)
            self._readers += 1
        try:
            yield
        finally:
            with self._condition:
                self._readers -= 1
                self._condition.notify_all()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Holds the lock alone, or after `patience` seconds beside readers that are still at work."""
        with self._condition:
            self._writers_waiting += 1
            try:
                self._condition.wait_for(lambda: not self._is_writing and not self._readers, self._patience)
                self._condition.wait_for(lambda: not self._is_writing)
            finally:
                self._writers_waiting -= 1
            self._is_writing = True
        try:
            yield
        finally:
            with self._condition:
                self._is_writing = False
                self._condition.notify_all()
