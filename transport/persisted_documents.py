"""Persisted documents: a hash instead of a text, by Apollo's automatic protocol or from a trusted list."""

import re
from collections import OrderedDict
from collections.abc import Mapping
from typing import Final, Protocol

from .documents import digest_of
from .errors import (
    BAD_REQUEST,
    DOCUMENT_NOT_TRUSTED,
    PERSISTED_QUERY_NOT_FOUND,
    PERSISTED_QUERY_NOT_SUPPORTED,
    Refused,
    error_body,
    refuse,
)
from .requests import GraphQLRequest

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


class DocumentSource(Protocol):
    """Texts by id."""

    async def find(self, digest: str) -> str | None:
        """The text of a hash or id, or None."""
        ...


class DocumentStore(DocumentSource, Protocol):
    """Texts by hash; bounded, and allowed to forget."""

    async def keep(self, digest: str, source: str, *, owner: str) -> None:
        """Remember a text whose hash has been verified; `owner` is whose quota it counts against."""
        ...


class MemoryDocumentStore:
    """The latest texts in this process, least recently used first out."""

    def __init__(self, *, max_entries: int = 1_000) -> None:
        self._texts: OrderedDict[str, str] = OrderedDict()
        self._max_entries = max_entries

    async def find(self, digest: str) -> str | None:
        """The text of a hash, or None."""
        text = self._texts.get(digest)
        if text is not None:
            self._texts.move_to_end(digest)
        return text

    async def keep(self, digest: str, source: str, *, owner: str) -> None:  # noqa: ARG002  # one owner: this process
        """Remember a text."""
        self._texts[digest] = source
        self._texts.move_to_end(digest)
        if len(self._texts) > self._max_entries:
            self._texts.popitem(last=False)


class TrustedDocuments:
    """A trusted list that is known at start-up."""

    def __init__(self, documents: Mapping[str, str]) -> None:
        self._documents = {**documents, **{digest_of(text): text for text in documents.values()}}

    async def find(self, digest: str) -> str | None:
        """The text of a hash or id, or None."""
        return self._documents.get(digest)


class DocumentResolver:
    """Turns a request into a document's text.

    Trusted documents are found by `extensions.persistedQuery.sha256Hash` (Apollo, urql) or by the ids of Relay and the
    persisted-documents draft, which clients send as `documentId`, `id` or `doc_id`. With `trusted_only`, nothing else
    is executed: a text passes only if its own hash is on the list.
    """

    def __init__(
        self,
        *,
        trusted: DocumentSource | None = None,
        trusted_only: bool = False,
        store: DocumentStore | None = None,
        max_bytes: int = 64 * 1024,
    ) -> None:
        self._trusted = trusted or TrustedDocuments({})
        self._trusted_only = trusted_only
        self._store = store
        self._max_bytes = max_bytes

    def plain(self, request: GraphQLRequest) -> str | None:
        """The text where the request itself brings it and that is enough; None leaves the question to `resolve`."""
        if (
            self._trusted_only
            or request.document_id is not None
            or request.extensions.get("persistedQuery") is not None
        ):
            return None
        return request.query

    async def resolve(self, request: GraphQLRequest) -> str | Refused:
        """The text to execute, or why there is none."""
        digest = _digest_asked(request)
        if isinstance(digest, Refused):
            return digest
        if digest is None:
            return await self._plain(request)
        known = await self._find_trusted(digest)
        if known is not None:
            return known if request.query is None or request.query == known else _mismatch()
        if self._trusted_only:
            return _not_trusted()
        if not _DIGEST.fullmatch(digest):
            return _not_found()
        if self._store is None:
            message = "This endpoint does not keep documents."
            return Refused(status=400, errors=[error_body(PERSISTED_QUERY_NOT_SUPPORTED, message)], is_graphql=True)
        if request.query is None:
            return await self._store.find(digest) or _not_found()
        return request.query if digest_of(request.query) == digest else _mismatch()

    async def remember(self, request: GraphQLRequest, *, owner: str) -> None:
        """Keep a text that came with its hash; called once the text was resolved and found valid, never before."""
        digest = _digest_asked(request)
        if self._store is None or request.query is None or not isinstance(digest, str) or self._trusted_only:
            return
        if len(request.query) <= self._max_bytes and await self._find_trusted(digest) is None:
            await self._store.keep(digest, request.query, owner=owner)

    async def _find_trusted(self, digest: str) -> str | None:
        """A trusted text; where other texts are welcome too, an outage of the list makes none of them wait."""
        try:
            return await self._trusted.find(digest)
        except Exception:
            if self._trusted_only:
                raise
            return None

    async def _plain(self, request: GraphQLRequest) -> str | Refused:
        if request.query is None:
            return refuse(400, BAD_REQUEST, "The request has no query.")
        if self._trusted_only and await self._find_trusted(digest_of(request.query)) != request.query:
            return _not_trusted()
        return request.query


def _digest_asked(request: GraphQLRequest) -> str | Refused | None:
    asked = request.extensions.get("persistedQuery")
    if asked is None:
        return request.document_id
    if not isinstance(asked, dict) or asked.get("version") != 1 or not isinstance(asked.get("sha256Hash"), str):
        return refuse(400, BAD_REQUEST, "extensions.persistedQuery needs version 1 and a sha256Hash.")
    return str(asked["sha256Hash"]).removeprefix("sha256:")[:256]


def _mismatch() -> Refused:
    return refuse(400, BAD_REQUEST, "The hash given is not that of the query given.")


def _not_found() -> Refused:
    """Apollo's clients look for this very sentence and code, and answer with the text."""
    return Refused(status=200, errors=[error_body(PERSISTED_QUERY_NOT_FOUND, "PersistedQueryNotFound")])


def _not_trusted() -> Refused:
    return refuse(400, DOCUMENT_NOT_TRUSTED, "This endpoint executes only documents of its trusted list.")
