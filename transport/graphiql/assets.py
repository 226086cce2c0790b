"""The four files GraphiQL needs: pinned, verified by hash, kept in the data folder where npm can bring them."""

import base64
import hashlib
import io
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

CDN: Final = "https://unpkg.com"
_NPM_SECONDS: Final = 60.0
_MAX_FILE_BYTES: Final = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Asset:
    """One file of an npm package, by its name on our side; `integrity` is what a browser checks."""

    name: str
    package: str
    version: str
    path: str
    integrity: str

    @property
    def cdn_url(self) -> str:
        """Where the very same file is public."""
        return f"{CDN}/{self.package}@{self.version}/{self.path}"

    @property
    def media_type(self) -> str:
        """What it is served as."""
        return "text/css; charset=utf-8" if self.name.endswith(".css") else "text/javascript; charset=utf-8"


ASSETS: Final = (
    Asset(
        name="react.js",
        package="react",
        version="18.3.1",
        path="umd/react.production.min.js",
        integrity="sha384-DGyLxAyjq0f9SPpVevD6IgztCFlnMF6oW/XQGmfe+IsZ8TqEiDrcHkMLKI6fiB/Z",
    ),
    Asset(
        name="react-dom.js",
        package="react-dom",
        version="18.3.1",
        path="umd/react-dom.production.min.js",
        integrity="sha384-gTGxhz21lVGYNMcdJOyq01Edg0jhn/c22nsx0kyqP0TxaV5WVdsSH1fSDUf5YJj1",
    ),
    Asset(
        name="graphiql.js",
        package="graphiql",
        version="4.1.2",
        path="graphiql.min.js",
        integrity="sha384-9XdHu7ajgGJziD4J1zNBKQ842Q/+zZfDv+ib1eMhZWBH6hPAs806x+Jbcf0yNO6B",
    ),
    Asset(
        name="graphiql.css",
        package="graphiql",
        version="4.1.2",
        path="graphiql.min.css",
        integrity="sha384-1el1QShFBnnXTx9x/Cprg82hZWKt0ry29OAYIXt05swbi0KcZDFoj0CWguMpopJr",
    ),
)


class AssetsError(Exception):
    """The files of the page could not be brought; the message says why in one sentence."""


def fetch_assets(directory: Path) -> None:
    """Bring missing files from the npm registry that npm is set up with; verifies each one. Takes seconds, blocks.

    Raises AssetsError where npm is absent, fails, or brings other bytes than the pinned ones.
    """
    missing = [asset for asset in ASSETS if read_asset(directory, asset) is None]
    if not missing:
        return
    npm = shutil.which("npm")
    if npm is None:
        raise AssetsError("npm is not installed")
    directory.mkdir(parents=True, exist_ok=True)
    for package, version in sorted({(asset.package, asset.version) for asset in missing}):
        wanted = [asset for asset in missing if asset.package == package]
        archive = _pack(npm, f"{package}@{version}")
        for asset in wanted:
            content = _extract(archive, asset)
            partial = directory / f".{asset.name}.partial"
            partial.write_bytes(content)
            partial.replace(directory / asset.name)


def read_asset(directory: Path | None, asset: Asset) -> bytes | None:
    """The verified bytes of a file of the data folder, or None."""
    if directory is None:
        return None
    path = directory / asset.name
    try:
        return _read_verified(path, path.stat().st_mtime_ns, asset)
    except OSError:
        return None


def find_asset(name: str) -> Asset | None:
    """The asset of a name."""
    return next((asset for asset in ASSETS if asset.name == name), None)


@lru_cache(maxsize=len(ASSETS) * 2)
def _read_verified(path: Path, _changed_at: int, asset: Asset) -> bytes | None:
    content = path.read_bytes()
    return content if integrity_of(content) == asset.integrity else None


def integrity_of(content: bytes) -> str:
    """The subresource integrity of some bytes."""
    return "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode()


def _pack(npm: str, package: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        command = [npm, "pack", package, "--silent", "--pack-destination", folder]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=_NPM_SECONDS, cwd=folder)  # noqa: S603  # fixed arguments, pinned versions
        except (subprocess.SubprocessError, OSError) as error:
            raise AssetsError(f"npm could not bring {package}") from error
        archives = list(Path(folder).glob("*.tgz"))
        if len(archives) != 1:
            raise AssetsError(f"npm brought no archive of {package}")
        return archives[0].read_bytes()


def _extract(archive: bytes, asset: Asset) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as files:
        try:
            member = files.extractfile(f"package/{asset.path}")
        except KeyError:
            member = None
        content = member.read(_MAX_FILE_BYTES) if member is not None else b""
    if integrity_of(content) != asset.integrity:
        raise AssetsError(f"{asset.package} {asset.version} does not hold the pinned {asset.path}")
    return content
