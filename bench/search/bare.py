"""The peer: the same documents in tantivy with nothing around it, queried in process."""

from collections.abc import Sequence
from typing import Any

import tantivy
from tantivy import FieldType, Occur, Query

from bench.search.truth import FACETS, Case

_NAMES = {"attributes.make": "make", "city": "city", "condition": "condition"}


class BareTantivy:
    """A tantivy index with fast fields for the price, the place and the facets."""

    def __init__(self, documents: Sequence[dict[str, Any]]) -> None:
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("words")
        builder.add_integer_field("number", fast=True)
        builder.add_integer_field("price", indexed=True, fast=True)
        for name in ("latitude", "longitude"):
            builder.add_float_field(name, indexed=True, fast=True)
        for name in _NAMES.values():
            builder.add_text_field(name, fast=True, tokenizer_name="raw")
        self._schema = builder.build()
        self._index = tantivy.Index(self._schema)
        writer = self._index.writer(50_000_000, 1)
        for number, document in enumerate(documents):
            attributes = document["attributes"]
            writer.add_document(
                tantivy.Document(
                    words=f"{document['title']} {document['text']} {document['city']} {attributes['make']}",
                    number=number,
                    price=document["priceMinor"],
                    latitude=document["_geo"]["lat"],
                    longitude=document["_geo"]["lng"],
                    make=attributes["make"],
                    city=document["city"],
                    condition=document["condition"],
                )
            )
        writer.commit()
        self._index.reload()
        self._searcher = self._index.searcher()

    def search(self, case: Case) -> int:
        """The best 20, the facets and the price range: exact words and a box instead of a circle."""
        width = case.metres / 111_000
        words = [Query.term_query(self._schema, "words", word) for word in case.text.lower().split()]
        ranges: list[tuple[str, FieldType, float | None, float]] = [
            ("price", FieldType.Integer, None, case.most),
            ("latitude", FieldType.Float, case.latitude - width, case.latitude + width),
            ("longitude", FieldType.Float, case.longitude - width, case.longitude + width),
        ]
        limits = [Query.range_query(self._schema, name, kind, low, high) for name, kind, low, high in ranges]
        query = Query.boolean_query([(Occur.Must, part) for part in (*words, *limits)])
        found = self._searcher.search(query, limit=20)
        facets: dict[str, Any] = {_NAMES[name]: {"terms": {"field": _NAMES[name], "size": 100}} for name in FACETS}
        self._searcher.aggregate(query, {**facets, "price": {"stats": {"field": "price"}}})
        return len(self._searcher.fast_field_values("number", [address for _, address in found.hits]))
