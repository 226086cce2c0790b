"""Bringing a content export into the content store: read and checked as a whole, then written in transactions."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from datasources.sources import Sources
from domain.exports import (
    BrokenLine,
    Document,
    asset_files,
    batches,
    in_reference_order,
    read_export,
    with_assets,
)

_MOST_BYTES = 1_000_000
_MOST_DOCUMENTS = 250
"""Well under the content store's limit of 4 MB a transaction, and small enough for progress to move."""

Progress = Callable[[str, int, int], None]
ReadFile = Callable[[str], bytes | None]
Prepare = Callable[[Document], Document]


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import wrote."""

    documents: int
    assets: int
    missing_files: tuple[str, ...]


async def import_export(
    sources: Sources,
    lines: Iterable[str],
    *,
    read_file: ReadFile,
    prepare: Prepare,
    progress: Progress,
) -> Imported | BrokenLine:
    """Write every document of an export; documents that stand already are replaced, so a stopped import is run again.

    `read_file` gives the bytes of a picture beside the export (None when it is missing), `prepare` changes each
    document before it is written, `progress` hears a step's name, what is done and how much there is.
    """
    documents = read_export(lines)
    if isinstance(documents, BrokenLine):
        return documents
    files = asset_files(documents)
    ids: dict[str, str] = {}
    missing = []
    for index, name in enumerate(files):
        content = read_file(name)
        if content is None:
            missing.append(name)
        else:
            ids[name] = await sources.sanity.upload_image(content, filename=name.rpartition("/")[2])
        progress("Uploading pictures", index + 1, len(files))
    ready = in_reference_order([prepare(with_assets(each, ids)) for each in documents])
    written = 0
    for batch in batches(ready, most_bytes=_MOST_BYTES, most_documents=_MOST_DOCUMENTS):
        await sources.sanity.mutate([{"createOrReplace": _writable(each)} for each in batch], tag="import")
        written += len(batch)
        progress("Importing content", written, len(ready))
    return Imported(documents=written, assets=len(ids), missing_files=tuple(missing))


def _writable(document: Document) -> Document:
    return {name: value for name, value in document.items() if name not in {"_rev", "_updatedAt"}}
