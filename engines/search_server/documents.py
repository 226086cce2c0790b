"""Reading the documents of a write: formats, primary keys, ids, and coordinates."""

import csv
import io
import re
from collections.abc import Mapping
from typing import Any

import orjson

from engines.search_server.geography import point_of
from engines.search_server.problems import ApiError

Document = dict[str, Any]
_ID = re.compile(r"^[A-Za-z0-9_-]{1,511}$")


def read_documents(body: bytes, content_type: str, delimiter: str = ",") -> list[Document]:
    """The documents of a request body in JSON, NDJSON or CSV.

    Raises:
        ApiError: the body is empty or not of that format.
    """
    if not body.strip():
        raise ApiError("missing_payload", f"A {content_type} payload is missing.")
    try:
        if content_type == "application/json":
            loaded = orjson.loads(body)
            found = loaded if isinstance(loaded, list) else [loaded]
        elif content_type == "application/x-ndjson":
            found = [orjson.loads(line) for line in body.splitlines() if line.strip()]
        else:
            found = _read_csv(body.decode(), delimiter)
    except (ValueError, csv.Error) as reason:
        raise ApiError("malformed_payload", f"The payload is not valid {content_type}: {reason}.") from None
    if not all(isinstance(document, dict) for document in found):
        raise ApiError("malformed_payload", "Every document must be a JSON object.")
    return found


def _read_csv(text: str, delimiter: str) -> list[Document]:
    rows = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    header = [
        name.rpartition(":") if name.endswith((":number", ":boolean", ":string")) else (name, "", "")
        for name in next(rows)
    ]
    documents = []
    for row in rows:
        if len(row) != len(header):
            raise ValueError(f"line {rows.line_num} has {len(row)} fields instead of {len(header)}")
        documents.append({name: _csv_value(text, kind) for (name, _, kind), text in zip(header, row, strict=True)})
    return documents


def _csv_value(text: str, kind: str) -> object:
    if not text:
        return None
    if kind == "number":
        return float(text) if re.search(r"[.eE]", text) else int(text)
    if kind == "boolean":
        return {"true": True, "false": False}[text.lower()] if text.lower() in {"true", "false"} else text
    return text


def inferred_primary_key(document: Document) -> str:
    """The one attribute whose name ends in `id`.

    Raises:
        ApiError: there is none, or more than one.
    """
    candidates = [name for name in document if name.lower().endswith("id")]
    if not candidates:
        raise ApiError(
            "index_primary_key_no_candidate_found",
            "The primary key inference failed as the engine did not find any field ending with `id` in its name. "
            "Please specify the primary key manually using the `primaryKey` query parameter.",
        )
    if len(candidates) > 1:
        raise ApiError(
            "index_primary_key_multiple_candidates_found",
            f"The primary key inference failed as the engine found {len(candidates)} fields ending with `id` in their "
            f"names: '{candidates[0]}' and '{candidates[1]}'. "
            "Please specify the primary key manually using the `primaryKey` query parameter.",
        )
    return candidates[0]


def document_id(document: Document, primary_key: str) -> str:
    """The id of a document as text.

    Raises:
        ApiError: it is missing or not made of letters, digits, hyphens and underscores.
    """
    value: Any = document
    for name in primary_key.split(".") if primary_key not in document else [primary_key]:
        value = value.get(name) if isinstance(value, Mapping) else None
    if value is None:
        raise ApiError(
            "missing_document_id", f"Document doesn't have a `{primary_key}` attribute: `{_shown(document)}`."
        )
    if isinstance(value, bool) or not isinstance(value, int | str) or not _ID.match(str(value)):
        raise ApiError(
            "invalid_document_id",
            f"Document identifier `{_shown(value)}` is invalid. A document identifier is an integer or text, "
            "composed of letters a-z and A-Z, digits, hyphens (-) and underscores (_), "
            "and can not be more than 511 bytes.",
        )
    return str(value)


def encoded(document: Document, key: str) -> bytes:
    """The stored form of a sound document.

    Raises:
        ApiError: its `_geo` is no point, or it nests too deep.
    """
    try:
        point_of(document.get("_geo"))
    except ValueError as reason:
        raise ApiError(
            "invalid_document_geo_field",
            f"The `_geo` field in the document with the id `{key}` is not valid: {reason}.",
        ) from None
    try:
        return orjson.dumps(document)
    except (TypeError, ValueError):
        raise ApiError("malformed_payload", f"The document with the id `{key}` nests too deep.") from None


def _shown(value: object) -> str:
    return orjson.dumps(value, default=str).decode()[:200]
