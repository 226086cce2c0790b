"""The indexed collection: it changes, it stays in order, and no index ever changes an answer."""

from __future__ import annotations

import json
import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.groq.generator import QueryMaker, make_documents
from engines.groq import Dataset, GroqError, evaluate, explain, parse
from engines.groq.compiler import loops


def ask(query: str, documents: Any, **params: Any) -> Any:
    return evaluate(parse(query, params), documents, params)


def make_catalogue(size: int = 60) -> list[dict[str, Any]]:
    documents: list[dict[str, Any]] = [
        {
            "_id": f"item-{number:03d}",
            "_type": "item",
            "slug": {"current": f"slug-{number % 7}"},
            "category": {"_ref": f"category-{number % 5}"},
            "tags": [{"_ref": f"tag-{number % 3}"}, {"_ref": f"tag-{number % 4}"}],
            "n": number,
        }
        for number in range(size)
    ]
    documents += [{"_id": f"category-{number}", "_type": "category", "title": f"C{number}"} for number in range(5)]
    documents += [{"_id": f"tag-{number}", "_type": "tag"} for number in range(4)]
    return documents


INDEXED = [
    ('*[_id == "item-003"]', "_id index"),
    ('*[_id in ["item-003", "tag-1", "none", "item-003"]]._id', "_id index"),
    ('*[_type == "tag"]._id', "_type index"),
    ('*[_type in ["tag", "category"]]._id', "_type index"),
    ('*["category" == _type && title > "C2"]._id', "_type index"),
    ('*[slug.current == "slug-2"]._id', "slug.current"),
    ('*[_type == "item" && slug.current == $slug]._id', "slug.current"),
    ('*[references("tag-2")]._id', "reference index"),
    ('*[_type == "item" && references("tag-2", "category-1") && n > 10]._id', "reference index"),
    ('*[_type == "category"]{_id, "n": count(*[references(^._id)])}', "reference index"),
    ('*[_type == "category"]{_id, "all": *[_type == "item" && category._ref == ^._id]._id}', "join index"),
    ('*[_type == "tag"]{_id, "all": *[^._id in tags[]._ref]._id}', "join index"),
    ('*[_type == "item"][n in *[_type == "item" && n < 3].n]._id', "once per evaluation"),
    ("*[n > 50]._id", "every document"),
]


@pytest.mark.parametrize(("query", "plan"), INDEXED)
def test_indexes_and_full_scans_give_the_same_answer(query: str, plan: str) -> None:
    documents = sorted(make_catalogue(), key=lambda document: str(document["_id"]))
    params = {"slug": "slug-3"}
    indexed = ask(query, Dataset(documents), **params)
    # A condition that hides the document behind an array leaves nothing for an index to hold on to.
    hidden = (
        query.replace("_id ==", "[_id][0] ==").replace("_type ==", "[_type][0] ==").replace("_type in", "[_type][0] in")
    )
    hidden = hidden.replace("slug.current ==", "[slug][0].current ==").replace("_id in [", "[_id][0] in [")
    assert indexed == ask(query, documents, **params) == ask(hidden, documents, **params)
    assert indexed
    assert plan in explain(query)


@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False))
def test_random_queries_answer_the_same_over_a_list_an_indexed_dataset_and_long_arrays(chance: random.Random) -> None:
    documents = make_documents(chance, size=6)
    text = QueryMaker(chance).query()
    answers = []
    for bulk_from in (loops.BULK_FROM, 0):
        for source in (documents, Dataset(documents)):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("engines.groq.compiler.stages.BULK_FROM", bulk_from)
                patch.setattr("engines.groq.compiler.pipes.BULK_FROM", bulk_from)
                try:
                    answers.append(json.dumps(ask(text, source)))
                except GroqError as refusal:
                    answers.append(repr(refusal))
    assert len(set(answers)) == 1, text


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["put", "remove"]), st.integers(0, 12), st.integers(0, 3)), max_size=40))
def test_a_changed_dataset_equals_one_built_afresh(changes: list[tuple[str, int, int]]) -> None:
    dataset = Dataset()
    expected: dict[str, dict[str, Any]] = {}
    for action, number, variant in changes:
        document_id = f"d{number:02d}"
        if action == "remove":
            dataset.remove(document_id)
            expected.pop(document_id, None)
        else:
            document = {
                "_id": document_id,
                "_type": f"t{variant}",
                "slug": {"current": f"s{variant % 2}"},
                "ref": {"_ref": f"d{variant:02d}"},
            }
            dataset.put(document)
            expected[document_id] = document
    fresh = Dataset(expected.values())
    assert len(dataset) == len(fresh) == len(expected)
    assert list(dataset) == list(fresh) == [expected[name] for name in sorted(expected)]
    for query in ('*[_type == "t1"]', '*[slug.current == "s0"]', '*[references("d01")]', '*[_id == "d05"]'):
        assert ask(query, dataset) == ask(query, fresh) == ask(query, list(fresh))


def test_a_reader_goes_on_with_the_list_it_began_with() -> None:
    dataset = Dataset({"_id": f"d{number}"} for number in range(3))
    reading = iter(dataset)
    next(reading)
    dataset.put({"_id": "d00"})
    dataset.remove("d2")
    assert [document["_id"] for document in reading] == ["d1", "d2"]
    assert [document["_id"] for document in dataset] == ["d0", "d00", "d1"]


def test_a_dataset_gives_its_documents_by_id() -> None:
    dataset = Dataset([{"_id": "a", "n": 1}])
    assert dataset.get("a") == {"_id": "a", "n": 1}
    assert dataset.get("b") is None
    dataset.remove("b")
    with pytest.raises(ValueError, match="_id"):
        dataset.put({"n": 1})


def test_other_paths_can_be_declared() -> None:
    documents = [{"_id": str(number), "sku": {"code": f"c{number}"}} for number in range(5)]
    assert ask('*[sku.code == "c3"]._id', Dataset(documents, equality_paths=("sku.code",))) == ["3"]


def test_a_list_keeps_its_order_and_its_doubles() -> None:
    documents = [{"_id": "b", "n": 1}, {"_id": "a", "n": 2}, {"_id": "b", "n": 3}]
    assert ask("*.n", documents) == [1, 2, 3]
    assert ask('*[_id == "b"].n', documents) == [1, 3]
    assert ask('*[_id in ["a", "b"]].n', documents) == [1, 2, 3]
    assert ask('{"_ref": "b"}->n', documents) == 1


def test_a_plan_names_the_index_of_each_access() -> None:
    plan = explain('*[_type == "post" && slug.current == $s]{"more": *[references(^._id)]{title}}')
    first, second, third = plan.splitlines()
    assert "slug.current (if declared) index for slug.current == $s, then filtered by _type" in first
    assert "else : _type index" in second
    assert third.startswith("  *[references(^._id)] : reference index")
    assert explain("1 + 1") == "no access to the dataset"


def test_queries_are_shared_between_threads() -> None:
    dataset = Dataset(make_catalogue(400))
    query = parse('*[_type == "item" && n > $n]{n, "c": category->title}[0...3].n')
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda n: evaluate(query, dataset, {"n": n}), range(200)))
    assert answers == [[n + 1, n + 2, n + 3] for n in range(200)]
