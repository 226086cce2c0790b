"""The issuer's RS256 keys: kept in the data folder, the newest signs, the ones before it stay published."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from joserfc.jwk import KeySet, RSAKey

KEY_BITS = 2048
PUBLISHED_KEYS = 3


class SigningKeys:
    """The keys of one data folder; safe to use from several processes at once."""

    def __init__(self, data_dir: Path) -> None:
        self._file = data_dir / "keys.json"
        self._lock_file = data_dir / "keys.lock"
        self._loaded: tuple[tuple[int, int], list[RSAKey]] | None = None

    def newest(self) -> RSAKey:
        """The key that signs now; the first one is made when it is first asked for."""
        return self._keys()[0]

    def published(self) -> list[dict[str, object]]:
        """The public halves as JSON Web Keys, newest first."""
        return [dict(key.as_dict(private=False)) for key in self._keys()]

    def key_set(self) -> KeySet:
        """The same keys, to verify with."""
        return KeySet([*self._keys()])

    def rotate(self) -> RSAKey:
        """Sign with a new key from now on; tokens signed by the last two stay verifiable."""
        with self._locked():
            key = _new_key()
            self._write([key, *self._read()][:PUBLISHED_KEYS])
            return key

    def _keys(self) -> list[RSAKey]:
        """The stored keys, read again only when another process changed them."""
        try:
            status = self._file.stat()
        except FileNotFoundError:
            with self._locked():
                if not self._read():
                    self._write([_new_key()])
            status = self._file.stat()
        version = (status.st_mtime_ns, status.st_ino)
        if self._loaded is None or self._loaded[0] != version:
            self._loaded = (version, self._read())
        return self._loaded[1]

    def _read(self) -> list[RSAKey]:
        try:
            stored = json.loads(self._file.read_text())
        except FileNotFoundError:
            return []
        return [RSAKey.import_key(key) for key in stored["keys"]]

    def _write(self, keys: list[RSAKey]) -> None:
        """Replace the file in one step: a reader never sees half of it."""
        unfinished = self._file.with_suffix(".unfinished")
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump({"keys": [key.as_dict(private=True) for key in keys]}, file)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self._file)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._lock_file.parent.mkdir(parents=True, exist_ok=True)
        with self._lock_file.open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _new_key() -> RSAKey:
    return RSAKey.generate_key(KEY_BITS, {"use": "sig", "alg": "RS256"}, auto_kid=True)
