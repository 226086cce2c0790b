"""The page itself: written from its template, with where its files come from decided anew for every request."""

import html
import json
from dataclasses import asdict
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from transport.options import GraphiQLOptions

from .assets import ASSETS, CDN, Asset, find_asset, read_asset

_OWN_FILES: Final = {"page.js": "text/javascript; charset=utf-8", "page.css": "text/css; charset=utf-8"}


def build_page(options: GraphiQLOptions, path: str) -> tuple[bytes, dict[str, str]]:
    """The page's HTML and its headers; the policy allows exactly the places that its files come from."""
    directory = Path(options.assets_dir) if options.assets_dir is not None else None
    is_local = all(read_asset(directory, asset) is not None for asset in ASSETS)
    uses_cdn = not is_local and options.allow_cdn
    styles, scripts = [], []
    for asset in ASSETS if is_local or uses_cdn else ():
        source = html.escape(f"{path}?asset={asset.name}" if is_local else asset.cdn_url, quote=True)
        checked = f'integrity="{asset.integrity}" crossorigin="anonymous"'
        if asset.name.endswith(".css"):
            styles.append(f'<link rel="stylesheet" href="{source}" {checked} />')
        else:
            scripts.append(f'<script src="{source}" {checked}></script>')
    settings = {
        "path": path,
        "examples": [asdict(example) for example in options.examples],
        "signInPath": options.sign_in_path,
    }
    filled = {
        "@TITLE@": html.escape(options.title),
        "@PATH@": html.escape(path, quote=True),
        "@NOTE@": "",
        "@STYLES@": "\n    ".join(styles),
        "@SCRIPTS@": "\n    ".join(scripts),
        "@SETTINGS@": json.dumps(settings).replace("<", "\\u003c"),
    }
    page = _own_file("page.html").decode()
    for mark, text in filled.items():
        page = page.replace(mark, text)
    return page.encode(), {
        "content-type": "text/html; charset=utf-8",
        "cache-control": "no-store",
        "vary": "accept",
        "content-security-policy": _policy(CDN if uses_cdn else ""),
    }


def find_file(options: GraphiQLOptions, name: str) -> tuple[bytes, str] | None:
    """One of the page's files and its media type."""
    if name in _OWN_FILES:
        return _own_file(name), _OWN_FILES[name]
    asset: Asset | None = find_asset(name)
    directory = Path(options.assets_dir) if options.assets_dir is not None else None
    content = read_asset(directory, asset) if asset is not None else None
    return (content, asset.media_type) if asset is not None and content is not None else None


def _policy(elsewhere: str) -> str:
    return (
        f"default-src 'none'; script-src 'self' {elsewhere}; style-src 'self' 'unsafe-inline' {elsewhere}; "
        "img-src 'self' data: https:; font-src 'self' data:; connect-src 'self' ws: wss:; worker-src 'self' blob:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


@cache
def _own_file(name: str) -> bytes:
    return files(__package__).joinpath(name).read_bytes()
