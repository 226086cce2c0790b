"""Which documents words find, in which order, and how matches are shown."""

from typing import Any

import orjson
import pytest

from engines.search_server.contents import Contents, Entry
from engines.search_server.problems import ApiError
from engines.search_server.search_requests import read_search
from engines.search_server.searching import search
from engines.search_server.settings import default_settings, updated


def filled(documents: list[dict[str, Any]], **settings: Any) -> Contents:
    contents = Contents(updated(default_settings(), settings))
    contents.change(Entry(str(each["id"]), orjson.dumps(each), each) for each in documents)
    return contents


def titled(*titles: str, **settings: Any) -> Contents:
    return filled([{"id": number, "title": title} for number, title in enumerate(titles)], **settings)


def answer(contents: Contents, text: str, **parameters: Any) -> dict[str, Any]:
    return search(contents, read_search({"q": text, **parameters}))


def found(contents: Contents, text: str, **parameters: Any) -> list[Any]:
    return [hit["id"] for hit in answer(contents, text, **parameters)["hits"]]


def test_the_model_named_comes_before_its_relatives() -> None:
    contents = titled("Toyota Corolla", "Ford Ranger hilux canopy", "Toyota Hilux 2.4 GD-6", "Toyota Hiluxx special")
    assert found(contents, "toyota hilux")[0] == 2


def test_whole_words_come_before_prefixes_and_prefixes_before_typos() -> None:
    contents = titled("hilax", "hiluxes", "hilux")
    assert found(contents, "hilux") == [2, 1, 0]


def test_accents_and_case_do_not_matter() -> None:
    contents = titled("CITROËN C3", "Citroen C4")
    assert found(contents, "citroen") == [0, 1]
    assert found(contents, "Citroën") == [0, 1]


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("polo", True),
        ("pola", False),  # fewer than 5 letters: no typo
        ("amarok", True),
        ("amarik", True),  # 5 letters or more: one typo
        ("amraok", True),  # neighbours swapped are one typo
        ("omarok", False),  # a wrong first letter counts two
        ("amarik2", False),
        ("volkswagen", True),
        ("wolkswagen", True),  # 9 letters or more: two typos, a first letter is two
        ("volksvagon", True),
        ("valksvagon", False),
    ],
)
def test_typos_are_forgiven_by_the_length_of_the_word(text: str, is_found: bool) -> None:  # noqa: FBT001 - a parameter of the table
    contents = titled("Volkswagen Amarok Polo")
    assert bool(found(contents, f"{text} ")) == is_found


def test_typo_tolerance_follows_the_settings() -> None:
    words = {"minWordSizeForTypos": {"oneTypo": 3, "twoTypos": 4}}
    assert found(titled("polo", typoTolerance=words), "pala ") == [0]
    assert found(titled("amarok", typoTolerance={"enabled": False}), "amarik ") == []
    assert found(titled("amarok", typoTolerance={"disableOnWords": ["amarik"]}), "amarik ") == []
    assert found(titled("123456", typoTolerance={"disableOnNumbers": True}), "123466 ") == []
    exact = filled([{"id": 1, "code": "amarok", "title": ""}], typoTolerance={"disableOnAttributes": ["code"]})
    assert found(exact, "amarik ") == []
    assert found(exact, "amarok ") == [1]


def test_the_last_word_is_a_prefix_until_a_space_follows() -> None:
    contents = titled("hilux", "hill")
    assert sorted(found(contents, "hil")) == [0, 1]
    assert found(contents, "hil ") == []
    assert found(titled("hilux", prefixSearch="disabled"), "hil") == []


def test_a_phrase_must_stand_as_written() -> None:
    contents = titled("double cab bakkie", "cab double bakkie", "double white cab")
    assert found(contents, '"double cab"') == [0]
    assert found(contents, 'bakkie "double cab"') == [0]
    split = filled([{"id": 1, "tags": ["double", "cab"]}, {"id": 2, "tags": ["double cab"]}])
    assert found(split, '"double cab"') == [2]


def test_excluded_words_and_phrases_are_left_out() -> None:
    contents = titled("toyota hilux", "toyota corolla", "toyota double cab")
    assert found(contents, "toyota -corolla") == [0, 2]
    assert found(contents, 'toyota -"double cab"') == [0, 1]
    assert found(contents, "-toyota") == []


def test_words_are_dropped_from_the_end_the_rarest_kept_or_none() -> None:
    contents = titled("red hilux bakkie", "hilux bakkie", "bakkie", "bakkie", "red", "red")
    assert found(contents, "bakkie hilux red") == [0, 1, 2, 3]
    assert found(contents, "bakkie hilux red", matchingStrategy="all") == [0]
    assert found(contents, "bakkie hilux red", matchingStrategy="frequency") == [0, 1]
    assert answer(contents, "bakkie hilux red")["estimatedTotalHits"] == 4


def test_near_words_come_before_far_ones_and_early_attributes_before_late_ones() -> None:
    contents = titled("sea and a long white view", "sea view", "view of the sea")
    assert found(contents, "sea view ") == [1, 2, 0]
    ranked = filled(
        [{"id": 1, "title": "car", "text": "hilux"}, {"id": 2, "title": "hilux", "text": "car"}],
        searchableAttributes=["title", "text"],
    )
    assert found(ranked, "hilux") == [2, 1]


def test_an_attribute_that_is_the_query_comes_first() -> None:
    assert found(titled("hilux spares", "hilux", "hilux parts"), "hilux ") == [1, 0, 2]


def test_a_sort_ranks_where_its_rule_stands() -> None:
    documents = [{"id": 1, "t": "hilux", "price": 9}, {"id": 2, "t": "hilax", "price": 1}, {"id": 3, "t": "hilux"}]
    sorts = {"sortableAttributes": ["price"], "searchableAttributes": ["t"]}
    assert found(filled(documents, **sorts), "hilux", sort=["price:asc"]) == [1, 3, 2]
    first = filled(documents, **sorts, rankingRules=["sort", "words", "typo"])
    assert found(first, "hilux", sort=["price:asc"]) == [2, 1, 3]
    assert found(first, "hilux", sort=["price:desc"]) == [1, 2, 3]


def test_a_custom_rule_orders_what_the_words_leave_equal() -> None:
    documents = [{"id": number, "title": "car", "price": number % 4} for number in range(8)]
    contents = filled(documents, rankingRules=["words", "price:desc"])
    assert found(contents, "car") == [3, 7, 2, 6, 1, 5, 0, 4]
    assert found(contents, "") == [3, 7, 2, 6, 1, 5, 0, 4]


def test_many_documents_sort_the_same_as_few() -> None:
    documents = [{"id": number, "n": (number * 7919) % 1000 if number % 10 else None} for number in range(3000)]
    contents = filled(documents, sortableAttributes=["n"], pagination={"maxTotalHits": 5000})
    for direction, sign in (("asc", 1), ("desc", -1)):
        got = found(contents, "", sort=[f"n:{direction}"], limit=5000)
        wanted = sorted(
            range(3000),
            key=lambda number: (number % 10 == 0, sign * ((number * 7919) % 1000) * (number % 10 > 0), number),
        )
        assert got == wanted


def test_numbers_sort_before_texts_and_missing_values_last() -> None:
    documents: list[dict[str, Any]] = [
        {"id": 1, "x": "b"},
        {"id": 2},
        {"id": 3, "x": 2},
        {"id": 4, "x": "A"},
        {"id": 5, "x": [1, 9]},
    ]
    contents = filled(documents, sortableAttributes=["x"])
    assert found(contents, "", sort=["x:asc"]) == [5, 3, 4, 1, 2]
    assert found(contents, "", sort=["x:desc"]) == [5, 3, 1, 4, 2]


def test_synonyms_of_words_and_of_phrases_count_as_the_words() -> None:
    synonyms = {"bakkie": ["pickup", "utility vehicle"], "new york": ["nyc"]}
    contents = titled("a pickup", "utility vehicle", "vehicle utility", "flat in nyc", synonyms=synonyms)
    assert sorted(found(contents, "bakkie ")) == [0, 1]
    assert found(contents, "new york ") == [3]


def test_split_and_joined_words_find_each_other() -> None:
    contents = titled("wheelchair", "tow bar")
    assert found(contents, "wheel chair") == [0]
    assert found(contents, "towbar") == [1]


def test_stop_words_are_not_asked_for() -> None:
    contents = titled("house sea", stopWords=["by", "the"])
    assert found(contents, "house by the sea", matchingStrategy="all") == [0]


def test_a_search_can_be_limited_to_attributes() -> None:
    documents = [{"id": 1, "title": "hilux", "text": "old"}, {"id": 2, "title": "old", "text": "hilux"}]
    contents = filled(documents, searchableAttributes=["title", "text"])
    assert found(contents, "hilux", attributesToSearchOn=["text"]) == [2]
    with pytest.raises(ApiError, match="not searchable"):
        found(contents, "hilux", attributesToSearchOn=["price"])


def test_only_searchable_attributes_are_searched_and_only_displayed_ones_shown() -> None:
    documents = [{"id": 1, "title": "hilux", "secret": "ranger", "nested": {"a": 1, "b": 2}}]
    contents = filled(documents, searchableAttributes=["title"], displayedAttributes=["id", "nested.a"])
    assert found(contents, "ranger") == []
    assert answer(contents, "hilux")["hits"] == [{"id": 1, "nested": {"a": 1}}]


def test_one_hit_stays_of_each_distinct_value() -> None:
    documents = [{"id": number, "title": "car", "seller": "ab"[number % 2]} for number in range(5)]
    contents = filled(documents, filterableAttributes=["seller"])
    kept = answer(contents, "car", distinct="seller")
    assert [hit["id"] for hit in kept["hits"]] == [0, 1]
    assert kept["estimatedTotalHits"] == 2


def test_hits_below_a_score_are_dropped() -> None:
    contents = titled("toyota hilux", "toyota corolla")
    shown = answer(contents, "toyota hilux", showRankingScore=True)
    scores = [hit["_rankingScore"] for hit in shown["hits"]]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > 0.9
    kept = answer(contents, "toyota hilux", rankingScoreThreshold=0.9)
    assert (len(kept["hits"]), kept["estimatedTotalHits"]) == (1, 1)


def test_highlights_mark_typos_whole_and_prefixes_in_part() -> None:
    contents = titled("Toyota Hiluxes & <b>")
    shown = answer(contents, "toyta hil", attributesToHighlight=["title"], highlightPreTag="[", highlightPostTag="]")
    assert shown["hits"][0]["_formatted"] == {"id": 0, "title": "[Toyota] [Hil]uxes & <b>"}


def test_long_text_is_cropped_around_its_matches() -> None:
    contents = titled("one two three four five six seven eight nine ten", "short text with six")
    shown = answer(contents, "six ", attributesToCrop=["title:3"], attributesToHighlight=["*"])
    texts = [hit["_formatted"]["title"] for hit in shown["hits"]]
    assert texts == ["…text with <em>six</em>", "…five <em>six</em> seven…"]


def test_positions_count_bytes_and_name_array_places() -> None:
    contents = filled([{"id": 1, "tags": ["é hilux", "no"], "deep": {"name": "hilux"}}])
    positions = answer(contents, "hilux", showMatchesPosition=True)["hits"][0]["_matchesPosition"]
    assert positions == {
        "tags": [{"start": 3, "length": 5, "indices": [0]}],
        "deep.name": [{"start": 0, "length": 5}],
    }


def test_facet_values_keep_their_first_spelling_and_their_order() -> None:
    documents = [
        {"id": n, "c": value} for n, value in enumerate(["Red", "red ", "blue", "10", 10, 9, True, ["x", "Red"]])
    ]
    contents = filled(documents, filterableAttributes=["c"])
    assert list(answer(contents, "", facets=["c"])["facetDistribution"]["c"].items()) == [
        ("9", 1),
        ("10", 2),
        ("blue", 1),
        ("Red", 3),
        ("true", 1),
        ("x", 1),
    ]


def test_a_whole_page_deep_in_the_list_is_bounded() -> None:
    contents = titled(*["car"] * 30, pagination={"maxTotalHits": 20})
    assert len(found(contents, "car", offset=15, limit=100)) == 5
    assert found(contents, "car", offset=25) == []
    paged = answer(contents, "car", hitsPerPage=7, page=3)
    assert (len(paged["hits"]), paged["totalHits"], paged["totalPages"]) == (6, 20, 3)
