"""What is asked of the content store, and which written documents could change the answer."""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any, TypeVar

import orjson

Json = Any
T = TypeVar("T")

_TYPE = re.compile(r'_type == "([\w.]+)"')
_BY_ID = re.compile(r'\*\[_type == "[\w.]+" && _id in \$ids\]')
_FOLLOWED = re.compile(r"(?<!asset)->")
"""References that are followed to documents that may change; the assets of pictures never do."""


class Perspective(Enum):
    """Which versions of documents a query sees."""

    PUBLISHED = "published"
    DRAFTS = "drafts"
    RAW = "raw"


@dataclass(frozen=True, slots=True)
class Written:
    """A document that a write of ours touched; None where the write did not name its id or type."""

    document_id: str | None
    document_type: str | None

    @property
    def is_published(self) -> bool:
        """Whether published answers can notice it; drafts and versions of releases are not among them."""
        return self.document_id is None or not self.document_id.startswith(("drafts.", "versions."))


@dataclass(frozen=True, slots=True)
class Question:
    """A GROQ query with its parameters; `tag` names it in the store's request log."""

    groq: str
    params: Mapping[str, Json]
    tag: str
    perspective: Perspective

    @property
    def kind(self) -> str:
        """The first part of the tag: what the answer is about."""
        return self.tag.partition(".")[0]

    def key(self) -> bytes:
        """The same for equal questions, whatever their tags: a digest of the text, and the parameters as they are."""
        asked = _digest(self.groq, self.perspective)
        return asked + orjson.dumps(dict(self.params), option=orjson.OPT_SORT_KEYS) if self.params else asked

    def may_notice(self, written: Written) -> bool:
        """Whether that write can change the answer; in doubt it can."""
        if not written.is_published:
            return False
        reading = _reading(self.groq)
        if reading.is_by_id:
            return written.document_id is None or written.document_id in self.params["ids"]
        return reading.is_open or written.document_type is None or written.document_type in reading.types


class Answer:
    """A result, and the records that were read from it: made once, since a result never changes."""

    __slots__ = ("_records", "result")

    def __init__(self, result: Json) -> None:
        self.result = result
        self._records: dict[Callable[[Json], Any], Any] = {}

    def records(self, read: Callable[[Json], T]) -> T:
        """What `read`, a function of a module, makes of the result; everybody gets the same, so nobody changes it."""
        known = self._records.get(read, self)
        if known is self:
            known = self._records[read] = read(self.result)
        found: T = known
        return found


@lru_cache(maxsize=256)
def _digest(groq: str, perspective: Perspective) -> bytes:
    return hashlib.sha256(orjson.dumps((groq, perspective.value))).digest()


@dataclass(frozen=True, slots=True)
class _Reading:
    """What the text of a query says about the documents it reads."""

    types: frozenset[str]
    is_by_id: bool
    is_open: bool


@lru_cache(maxsize=256)
def _reading(groq: str) -> _Reading:
    types = frozenset(_TYPE.findall(groq))
    is_open = not types or _FOLLOWED.search(groq) is not None
    is_by_id = not is_open and _BY_ID.match(groq) is not None and groq.count("*[") == 1
    return _Reading(types, is_by_id, is_open)
