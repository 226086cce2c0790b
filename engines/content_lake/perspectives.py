"""Perspectives: which variant of each document a query sees, and the collections kept up to date for them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from engines.content_lake.faults import plain_fault
from engines.content_lake.records import Document
from engines.groq import Dataset

RAW = ("raw",)
RAW_WITHOUT_RELEASES = ("raw", "no releases")
PUBLISHED = ("published",)

MAX_LAYERS = 50

_UNSTACKED = (RAW, RAW_WITHOUT_RELEASES, PUBLISHED)


@dataclass(frozen=True, slots=True)
class Perspective:
    """A stack of layers, the left-most wins. `is_public` hides every id that contains a dot."""

    layers: tuple[str, ...]
    is_public: bool = False


def read_perspective(text: str | None, *, default: tuple[str, ...]) -> tuple[str, ...]:
    """The layers named by a `perspective` parameter: one name or a comma separated stack."""
    if not text:
        return default
    layers = tuple(name.strip() for name in text.strip("[]").replace('"', "").split(","))
    layers = tuple("drafts" if name == "previewDrafts" else name for name in layers)
    if not all(layers) or len(layers) > MAX_LAYERS:
        raise plain_fault(400, f'Invalid perspective "{text}"')
    if "raw" in layers and len(layers) > 1:
        raise plain_fault(400, "The perspective raw cannot be combined with other perspectives")
    return layers


def split_id(document_id: str) -> tuple[str, str]:
    """The published id and the layer of a document id: `versions.r1.a` is (`a`, `r1`)."""
    if document_id.startswith("drafts."):
        return document_id[7:], "drafts"
    if document_id.startswith("versions."):
        release, _, published_id = document_id[9:].partition(".")
        if published_id:
            return published_id, release
    return document_id, "published"


def variant_id(published_id: str, layer: str) -> str:
    """The id of a document's variant in a layer."""
    if layer == "published":
        return published_id
    return f"drafts.{published_id}" if layer == "drafts" else f"versions.{layer}.{published_id}"


def is_version_id(document_id: str) -> bool:
    """Whether an id belongs to a release (`versions.<release>.<id>`)."""
    return document_id.startswith("versions.")


class View:
    """The documents of one perspective as an indexed collection."""

    def __init__(self, perspective: Perspective, find: Callable[[str], Document | None]) -> None:
        self.perspective = perspective
        self.dataset = Dataset()
        self._find = find

    def fill(self, documents: Iterable[Document]) -> None:
        """Loads the view from every raw document."""
        if self.perspective.layers in _UNSTACKED:
            self.dataset = Dataset(document for document in documents if self._shows(document["_id"]))
            return
        published_ids = dict.fromkeys(split_id(document["_id"])[0] for document in documents)
        shown = (self._effective(published_id) for published_id in published_ids)
        self.dataset = Dataset(document for document in shown if document is not None)

    def update(self, document_id: str, after: Document | None) -> None:
        """Follows one changed document."""
        if self.perspective.layers in _UNSTACKED:
            if not self._shows(document_id):
                return
            if after is None:
                self.dataset.remove(document_id)
            else:
                self.dataset.put(after)
        else:
            self._overlay(split_id(document_id)[0])

    def _shows(self, document_id: str) -> bool:
        if self.perspective.is_public and "." in document_id:
            return False
        if self.perspective.layers == PUBLISHED:
            return split_id(document_id)[1] == "published"
        return self.perspective.layers == RAW or not is_version_id(document_id)

    def _overlay(self, published_id: str) -> None:
        shown = self._effective(published_id)
        if shown is not None:
            self.dataset.put(shown)
        elif self.dataset.get(published_id) is not None:
            self.dataset.remove(published_id)

    def _effective(self, published_id: str) -> Document | None:
        for layer in (*self.perspective.layers, "published"):
            original_id = variant_id(published_id, layer)
            found = None if self.perspective.is_public and "." in original_id else self._find(original_id)
            if found is not None:
                if _is_removal(found):
                    return None
                return {**found, "_id": published_id, "_originalId": original_id}
        return None


def _is_removal(document: Mapping[str, object]) -> bool:
    """A version that says the document will be unpublished by its release."""
    system = document.get("_system")
    return isinstance(system, dict) and system.get("delete") is True
