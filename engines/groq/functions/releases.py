"""How document ids tell drafts and versions of releases apart."""

from __future__ import annotations

from engines.groq.values import Value


def is_version_of(document: Value, base_id: Value) -> Value:
    """Whether the document is the published one, the draft, or a release's version of that id."""
    if type(base_id) is not str or type(document) is not dict or type(document.get("_id")) is not str:
        return None
    document_id: str = document["_id"]
    if document_id == base_id:
        return True
    parts = document_id.split(".")
    if parts[0] == "drafts":
        return ".".join(parts[1:]) == base_id
    return parts[0] == "versions" and len(parts) >= 3 and ".".join(parts[2:]) == base_id


def is_part_of_release(document: Value, release: Value) -> Value:
    """Whether the document is a version that belongs to the release."""
    if type(release) is not str or type(document) is not dict or type(document.get("_id")) is not str:
        return None
    parts = document["_id"].split(".")
    return len(parts) >= 3 and parts[0] == "versions" and parts[1] == release
