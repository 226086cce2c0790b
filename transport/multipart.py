"""multipart/mixed: the parts of a deferred answer, and Apollo's form of subscriptions."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any

BOUNDARY = b"-"
_HEAD = b"content-type: application/json; charset=utf-8\r\n\r\n"
Write = Callable[[object], bytes]


async def incremental_chunks(
    parts: AsyncGenerator[dict[str, Any]], write: Write, *, is_old: bool
) -> AsyncIterator[bytes]:
    """Each part of an incremental answer as one chunk; `is_old` speaks the form of August 2022."""
    places: dict[str, dict[str, Any]] = {}
    try:
        async for part in parts:
            spoken = _as_of_2022(part, places) if is_old else part
            end = b"" if part.get("hasNext") else b"\r\n-----\r\n"
            yield b"\r\n---\r\n" + _HEAD + write(spoken) + end
    finally:
        await parts.aclose()


def _as_of_2022(part: dict[str, Any], places: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The same part with paths and labels in place of ids, as clients of the older proposal read it."""
    for pending in part.get("pending", ()):
        places[pending["id"]] = pending
    spoken: dict[str, Any] = {key: part[key] for key in ("data", "errors", "extensions", "hasNext") if key in part}
    found: list[dict[str, Any]] = []
    for entry in part.get("incremental", ()):
        place = places.get(entry["id"], {})
        told = {key: entry[key] for key in ("data", "items", "errors") if key in entry}
        told["path"] = [*place.get("path", ()), *entry.get("subPath", ())]
        if "items" in entry:
            told["path"].append(place.setdefault("sent", 0))
            place["sent"] += len(entry["items"])
        if place.get("label"):
            told["label"] = place["label"]
        found.append(told)
    for done in part.get("completed", ()):
        if done.get("errors"):
            place = places.get(done["id"], {})
            found.append({"path": list(place.get("path", ())), "data": None, "errors": done["errors"]})
    if found:
        spoken["incremental"] = found
    return spoken
