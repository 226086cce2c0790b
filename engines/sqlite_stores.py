"""What stand-ins that keep everything in one SQLite file share: the file, and transactions on it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class SqliteStore:
    """One process, one connection: what runs in a transaction is there whole or not at all."""

    def __init__(self, path: Path, schema: str) -> None:
        self._sql = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._sql.executescript("pragma journal_mode=wal; pragma synchronous=normal;" + schema)

    def close(self) -> None:
        """Release the file."""
        self._sql.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing."""
        self._sql.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._sql.execute("rollback")
            raise
        self._sql.execute("commit")
