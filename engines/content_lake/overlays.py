"""A dataset as it will be after a transaction, for following references from the documents that it changes."""

from collections.abc import Collection, Iterable

from engines.content_lake.records import Change, Document
from engines.groq import Dataset


class OverlaidDataset(Dataset):
    """Looks documents up by id: first among the changes, then in the dataset as it still is."""

    def __init__(self, documents: Dataset, changes: Iterable[Change]) -> None:
        self._source = documents
        self._changed = {change.document_id: change.after for change in changes}

    def get(self, document_id: str) -> Document | None:
        """The document of that id after the changes."""
        if document_id in self._changed:
            return self._changed[document_id]
        return self._source.get(document_id)

    by_id = get

    def with_ids(self, ids: Collection[str]) -> list[Document]:
        """The documents of those ids after the changes, in the order of ids."""
        return [found for document_id in sorted(set(ids)) if (found := self.get(document_id)) is not None]
