"""Whatever a search asks, the local search server answers it or names what is wrong with it."""

from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.search_server.contents import Contents, Entry
from engines.search_server.documents import encoded, read_documents
from engines.search_server.problems import ApiError
from engines.search_server.search_requests import read_search, search_from_query_string
from engines.search_server.searching import search, search_facet
from engines.search_server.settings import default_settings, updated

unhurried = settings(deadline=None, max_examples=50)  # each example opens an index, which a busy machine delays

SETTINGS = updated(
    default_settings(),
    {
        "filterableAttributes": ["price", "tags", "deep", "_geo"],
        "sortableAttributes": ["price", "title", "_geo"],
        "synonyms": {"red": ["crimson", "deep red"]},
        "stopWords": ["the"],
    },
)
words = st.sampled_from(
    ["hilux", "Toyota", "red", "the", "bakkie", "r", '"', "-", "5", "wheel", "chair", "éa", "🙂", "_"]
)
queries = st.lists(words, max_size=8).map(" ".join) | st.lists(words, max_size=6).map("".join) | st.text(max_size=20)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | queries,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "lat", "lng"]), inner, max_size=3)
    ),
    max_leaves=6,
)
documents = st.lists(
    st.fixed_dictionaries(
        {"title": queries},
        optional={
            "price": st.integers(0, 9),
            "tags": st.lists(words, max_size=3),
            "deep": json_values,
            "_geo": st.just({"lat": 1, "lng": 2}),
        },
    ),
    max_size=8,
)
attributes = st.lists(st.sampled_from(["title", "tags", "deep.a", "*", "title:2", "nope"]), max_size=3)
sound = st.fixed_dictionaries(
    {"q": queries},
    optional={
        "filter": st.sampled_from(["price > 3", "NOT tags = red", "deep EXISTS", ["price < 4", ["tags = red"]], ""]),
        "sort": st.lists(st.sampled_from(["price:asc", "title:desc", "_geoPoint(0,0):asc"]), max_size=2),
        "facets": st.lists(st.sampled_from(["*", "price", "tags"]), max_size=2),
        "distinct": st.sampled_from(["tags", "price"]),
        "offset": st.integers(0, 5),
        "limit": st.integers(0, 9),
        "page": st.integers(0, 3),
        "hitsPerPage": st.integers(0, 3),
        "attributesToRetrieve": attributes,
        "attributesToHighlight": attributes,
        "attributesToCrop": attributes,
        "cropLength": st.integers(0, 4),
        "showMatchesPosition": st.booleans(),
        "showRankingScore": st.booleans(),
        "rankingScoreThreshold": st.floats(0, 1),
        "matchingStrategy": st.sampled_from(["last", "all", "frequency"]),
    },
)
names = st.sampled_from(
    ["q", "filter", "sort", "facets", "limit", "page", "distinct", "cropLength", "showRankingScore"]
)
broken = st.dictionaries(names, json_values, max_size=4)


def filled(given_documents: list[dict[str, Any]]) -> Contents:
    contents = Contents(SETTINGS)
    contents.change(
        Entry(str(number), encoded(document, str(number)), {**document, "id": number})
        for number, document in enumerate(given_documents)
    )
    return contents


@unhurried
@given(documents, st.lists(sound, min_size=1, max_size=5))
def test_a_sound_search_is_answered_consistently(
    given_documents: list[dict[str, Any]], searches: list[dict[str, Any]]
) -> None:
    contents = filled(given_documents)
    for body in searches:
        answer = search(contents, read_search(body))
        orjson.dumps(answer)
        total = int(answer.get("estimatedTotalHits", 0) or answer.get("totalHits", 0))
        assert len(answer["hits"]) <= total <= len(given_documents)
        everything = search(
            contents, read_search({**body, "offset": 0, "limit": 50, "page": None, "hitsPerPage": None})
        )
        assert len(everything["hits"]) == everything["estimatedTotalHits"] == total
        search_facet(contents, "tags", body["q"], read_search({"q": body["q"]}))


@unhurried
@given(documents, broken)
def test_an_unsound_search_is_refused_by_name(given_documents: list[dict[str, Any]], body: dict[str, Any]) -> None:
    try:
        search(filled(given_documents), read_search(body))
    except ApiError as refusal:
        code, sentence = refusal.code, refusal.message
    else:
        return
    assert code.startswith(("invalid_search_", "bad_request"))
    assert sentence.endswith((".", "`"))


@unhurried
@given(st.dictionaries(names, st.text(max_size=10), max_size=4))
def test_any_query_string_is_read_or_refused(parameters: dict[str, str]) -> None:
    try:
        search(filled([]), search_from_query_string(parameters))
    except ApiError as refusal:
        assert refusal.status == 400  # noqa: PT017 - an answer is fine as well


@unhurried
@given(st.binary(max_size=60), st.sampled_from(["application/json", "application/x-ndjson", "text/csv"]))
def test_any_body_is_read_as_documents_or_refused(body: bytes, content_type: str) -> None:
    try:
        found = read_documents(body, content_type)
    except ApiError as refusal:
        assert refusal.code in {"missing_payload", "malformed_payload"}  # noqa: PT017 - documents are fine as well
    else:
        assert all(isinstance(document, dict) for document in found)


@unhurried
@given(st.dictionaries(st.sampled_from(sorted(default_settings())), json_values, max_size=3))
def test_any_settings_are_taken_or_refused(change: dict[str, Any]) -> None:
    try:
        taken = updated(default_settings(), change)
    except ApiError as refusal:
        assert refusal.status == 400  # noqa: PT017 - taken is fine as well
    else:
        Contents(taken)
