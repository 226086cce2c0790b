"""Trusted documents from manifests: Apollo's, and the id-to-text objects that Relay and urql's codegen write."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import orjson

from .documents import Documents, digest_of
from .errors import Refused

_ID: Final = re.compile(r"[0-9A-Za-z_.:+/=-]{4,256}")
_MAX_DOCUMENTS: Final = 10_000
_MAX_BYTES: Final = 32 * 1024 * 1024


class ManifestError(Exception):
    """The manifest cannot be read; the message is one sentence for the person who pushed it."""


class TrustedStore(Protocol):
    """Where trusted documents are kept."""

    async def keep_trusted(self, documents: Mapping[str, str]) -> int:
        """Add documents by id; how many were new. An id that is known keeps its first text."""
        ...


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    """One document of a manifest."""

    id: str
    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PushReport:
    """What a push did; with refused documents, nothing was stored."""

    documents: int
    added: int
    refused: Mapping[str, str]


def read_manifest(content: bytes) -> tuple[ManifestEntry, ...]:
    """The documents of a manifest of any of the three formats. Raises ManifestError."""
    if len(content) > _MAX_BYTES:
        raise ManifestError(f"The manifest is longer than {_MAX_BYTES} bytes.")
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise ManifestError("The manifest is not valid JSON.") from error
    if not isinstance(value, dict):
        raise ManifestError("The manifest is not a JSON object.")
    entries = _apollo(value) if "operations" in value else _plain(value)
    if not entries:
        raise ManifestError("The manifest holds no documents.")
    if len(entries) > _MAX_DOCUMENTS:
        raise ManifestError(f"The manifest holds more than {_MAX_DOCUMENTS} documents.")
    return entries


async def push_manifest(content: bytes, *, documents: Documents, store: TrustedStore) -> PushReport:
    """Check every document against the schema and its limits, then store them all, or none.

    Each is found later by its manifest id and by the SHA-256 of its text. Raises ManifestError.
    """
    entries = read_manifest(content)
    refused: dict[str, str] = {}
    judge = documents.outspoken()
    for entry in entries:
        judged = await judge.prepare(entry.text, None)
        if isinstance(judged, Refused):
            refused[entry.name] = "; ".join(str(error["message"]) for error in judged.errors)
    if refused:
        return PushReport(documents=len(entries), added=0, refused=refused)
    kept = {entry.id: entry.text for entry in entries} | {digest_of(entry.text): entry.text for entry in entries}
    added = await store.keep_trusted(kept)
    return PushReport(documents=len(entries), added=added, refused={})


def _apollo(value: Mapping[str, Any]) -> tuple[ManifestEntry, ...]:
    if value.get("format") != "apollo-persisted-query-manifest" or value.get("version") != 1:
        raise ManifestError('An Apollo manifest has format "apollo-persisted-query-manifest" and version 1.')
    operations = value["operations"]
    if not isinstance(operations, list):
        raise ManifestError("operations is not a list.")
    entries = []
    for index, operation in enumerate(operations):
        if not isinstance(operation, dict):
            raise ManifestError(f"Operation {index} is not an object.")
        entries.append(_entry(operation.get("id"), operation.get("body"), str(operation.get("name") or index)))
    return tuple(entries)


def _plain(value: Mapping[str, Any]) -> tuple[ManifestEntry, ...]:
    return tuple(_entry(key, text, key) for key, text in value.items())


def _entry(key: object, text: object, name: str) -> ManifestEntry:
    if not isinstance(key, str) or not _ID.fullmatch(key):
        raise ManifestError(f"The id of document {name} is not 4 to 256 plain characters.")
    if not isinstance(text, str) or not text.strip():
        raise ManifestError(f"Document {name} has no text.")
    return ManifestEntry(key.removeprefix("sha256:"), name, text)
