"""Asset bytes on disk: originals by name, and a bounded cache of transformed images."""

import hashlib
import os
import tempfile
import threading
from pathlib import Path

MAX_CACHE_BYTES = 256 * 1024 * 1024


class AssetFiles:
    """The folders of a lake's assets. Names are checked by the callers; nothing else reaches a path."""

    def __init__(self, data_dir: Path, *, max_cache_bytes: int = MAX_CACHE_BYTES) -> None:
        self._originals = data_dir / "assets"
        self._cache = data_dir / "image-cache"
        self._max_cache_bytes = max_cache_bytes
        self._lock = threading.Lock()
        self._cached_bytes = sum(path.stat().st_size for path in self._cache.glob("*")) if self._cache.exists() else 0

    def store(self, dataset: str, name: str, content: bytes) -> None:
        """Keeps an original; it is on disk when this returns."""
        _write(self._originals / dataset / name, content, is_durable=True)

    def original(self, dataset: str, name: str) -> bytes | None:
        """The bytes of an original."""
        try:
            return (self._originals / dataset / name).read_bytes()
        except OSError:
            return None

    def cached(self, key: str) -> bytes | None:
        """A transformed image that was made before."""
        path = self._cached_path(key)
        try:
            content = path.read_bytes()
            os.utime(path)
        except OSError:
            return None
        return content

    def keep(self, key: str, content: bytes) -> None:
        """Keeps a transformed image; when the cache is full, the ones unused for longest go."""
        if len(content) > self._max_cache_bytes // 4:
            return
        _write(self._cached_path(key), content, is_durable=False)
        with self._lock:
            self._cached_bytes += len(content)
            if self._cached_bytes > self._max_cache_bytes:
                self._shrink()

    def _cached_path(self, key: str) -> Path:
        return self._cache / hashlib.sha256(key.encode()).hexdigest()

    def _shrink(self) -> None:
        known = [(path.stat().st_mtime, path.stat().st_size, path) for path in self._cache.glob("[0-9a-f]*")]
        self._cached_bytes = sum(size for _, size, _ in known)
        for _, size, path in sorted(known):
            if self._cached_bytes <= self._max_cache_bytes * 3 // 4:
                break
            path.unlink(missing_ok=True)
            self._cached_bytes -= size


def _write(path: Path, content: bytes, *, is_durable: bool) -> None:
    """Puts a whole file in place: nobody ever sees a part of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            if is_durable:
                file.flush()
                os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
