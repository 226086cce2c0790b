"""Every word of an index and its number; tantivy's automata find the words near a misspelling or behind a prefix."""

import tantivy

from engines.search_server.problems import ApiError

WRITER_BYTES = 15_000_000  # the least tantivy accepts
MOST_WORDS = 1_100_000  # a word's number doubles as a Unicode code point in the forward index
FUZZY_LIMIT = 200
PREFIX_LIMIT = 1_000


class Vocabulary:
    """Words numbered from 1, with fuzzy and prefix lookup over those published so far."""

    def __init__(self) -> None:
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("word", tokenizer_name="raw", index_option="basic")
        builder.add_unsigned_field("number", fast=True)
        self._schema = builder.build()
        self._index = tantivy.Index(self._schema)
        self._writer = self._index.writer(WRITER_BYTES, 1)
        self._searcher = self._index.searcher()
        self._dirty = False
        self.numbers: dict[str, int] = {}
        self.words: list[str] = [""]

    def number(self, word: str) -> int:
        """The number of a word, given out on first sight."""
        known = self.numbers.get(word)
        if known is not None:
            return known
        number = len(self.words)
        if number > MOST_WORDS:
            raise ApiError("internal", f"This local search server holds at most {MOST_WORDS} different words an index.")
        self.numbers[word] = number
        self.words.append(word)
        document = tantivy.Document()
        document.add_text("word", word)
        document.add_unsigned("number", number)
        self._writer.add_document(document)
        self._dirty = True
        return number

    def publish(self) -> None:
        """Make new words visible to fuzzy and prefix lookup."""
        if self._dirty:
            self._writer.commit()
            self._index.reload()
            self._searcher = self._index.searcher()
            self._dirty = False

    def near(self, word: str, distance: int, *, as_prefix: bool) -> list[int]:
        """Numbers of the words within an edit distance of 1 or 2 (a swap of neighbours is one edit)."""
        query = tantivy.Query.fuzzy_term_query(
            self._schema, "word", word, distance=distance, transposition_cost_one=True, prefix=as_prefix
        )
        searcher = self._searcher  # addresses are only good in the searcher they come from
        found = searcher.search(query, limit=FUZZY_LIMIT, count=False).hits
        numbers = searcher.fast_field_values("number", [address for _, address in found])
        return sorted(int(number) for number in numbers if number is not None)

    def starting_with(self, prefix: str) -> list[int]:
        """Numbers of the words that begin with a prefix, the word itself included."""
        found = self._searcher.terms_with_prefix("word", prefix, limit=PREFIX_LIMIT)
        return sorted(self.numbers[word] for word, _ in found)
