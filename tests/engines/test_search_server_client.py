"""The local search server as Meilisearch's official client uses it."""

from collections.abc import Iterator
from typing import Any

import httpx
import meilisearch
import pytest
from meilisearch.errors import MeilisearchApiError
from meilisearch.models.task import Task

from tests.search_servers import SearchServer, running_search_server

KEY = "master"
CARS = [
    {"id": 1, "title": "Toyota Hilux 2.4", "price": 300_000, "brand": "Toyota", "_geo": {"lat": -33.9, "lng": 18.4}},
    {"id": 2, "title": "Toyota Corolla", "price": 150_000, "brand": "Toyota", "_geo": {"lat": -29.8, "lng": 31.0}},
    {"id": 3, "title": "Ford Ranger", "price": 400_000, "brand": "Ford", "colour": None},
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchServer]:
    with running_search_server(tmp_path_factory.mktemp("search"), "--master-key", KEY) as running:
        yield running


@pytest.fixture
def client(server: SearchServer) -> Iterator[meilisearch.Client]:
    """A client of a server without indexes."""
    client = meilisearch.Client(server.url, KEY, timeout=10)
    yield client
    for index in client.get_indexes({"limit": 100})["results"]:
        done(client, index.delete())


@pytest.fixture
def cars(client: meilisearch.Client) -> Any:
    """An index of three cars."""
    index = client.index("cars")
    settings = {"filterableAttributes": ["price", "brand", "_geo", "colour"], "sortableAttributes": ["price", "_geo"]}
    done(client, index.update_settings(settings))
    done(client, index.add_documents(CARS))
    return index


def done(client: meilisearch.Client, task: Any, status: str = "succeeded") -> Task:
    finished = client.wait_for_task(task.task_uid, timeout_in_ms=10_000, interval_in_ms=5)
    assert finished.status == status, finished
    return finished


def ids(answer: dict[str, Any]) -> list[int]:
    return [hit["id"] for hit in answer["hits"]]


def test_indexes_are_created_listed_changed_and_deleted(client: meilisearch.Client) -> None:
    done(client, client.create_index("b", {"primaryKey": "id"}))
    done(client, client.create_index("a"))
    assert [index.uid for index in client.get_indexes()["results"]] == ["a", "b"]
    assert client.get_index("b").primary_key == "id"
    refused = done(client, client.create_index("a"), "failed")
    assert refused.error is not None
    assert refused.error["code"] == "index_already_exists"
    done(client, client.index("a").update(primary_key="key"))
    assert client.get_index("a").primary_key == "key"
    done(client, client.delete_index("a"))
    with pytest.raises(MeilisearchApiError) as caught:
        client.get_index("a")
    assert (caught.value.status_code, caught.value.code) == (404, "index_not_found")


def test_settings_are_merged_read_singly_and_reset(client: meilisearch.Client) -> None:
    index = client.index("cars")
    done(client, index.update_settings({"stopWords": ["the"], "typoTolerance": {"enabled": False}}))
    assert index.get_stop_words() == ["the"]
    tolerance = index.get_typo_tolerance()
    assert tolerance.enabled is False
    assert tolerance.min_word_size_for_typos is not None
    assert tolerance.min_word_size_for_typos.one_typo == 5
    done(client, index.update_ranking_rules(["words", "price:asc"]))
    done(client, index.update_synonyms({"bakkie": ["pickup"]}))
    done(client, index.update_faceting_settings({"maxValuesPerFacet": 3}))
    done(client, index.update_distinct_attribute("brand"))
    settings = index.get_settings()
    assert settings["rankingRules"] == ["words", "price:asc"]
    assert settings["synonyms"] == {"bakkie": ["pickup"]}
    assert settings["faceting"]["maxValuesPerFacet"] == 3
    assert settings["distinctAttribute"] == "brand"
    done(client, index.reset_distinct_attribute())
    assert index.get_distinct_attribute() is None
    done(client, index.reset_settings())
    assert index.get_stop_words() == []
    with pytest.raises(MeilisearchApiError, match="expected an array") as caught:
        index.update_ranking_rules(["nonsense"])
    assert caught.value.code == "invalid_settings_ranking_rules"


def test_documents_are_added_merged_read_and_deleted(client: meilisearch.Client, cars: Any) -> None:
    done(client, cars.update_documents([{"id": 1, "price": 5}, {"id": 4, "title": "New"}]))
    assert dict(cars.get_document(1)) == {**CARS[0], "price": 5}
    done(client, cars.add_documents([{"id": 1, "title": "Replaced"}]))
    assert dict(cars.get_document(1)) == {"id": 1, "title": "Replaced"}
    assert cars.get_documents({"filter": "brand = ford", "fields": ["id"]}).total == 1
    listed = cars.get_documents({"limit": 2, "offset": 1, "fields": ["id"]})
    assert (len(listed.results), listed.total) == (2, 4)
    done(client, cars.delete_document(4))
    with pytest.raises(MeilisearchApiError, match="`4` not found"):
        cars.get_document(4)
    assert done(client, cars.delete_documents(filter="brand = Toyota")).details == {
        "deletedDocuments": 1,
        "originalFilter": "brand = Toyota",
        "providedIds": 0,
    }
    done(client, cars.delete_all_documents())
    assert cars.get_stats().number_of_documents == 0


def test_documents_come_as_ndjson_and_csv_too(client: meilisearch.Client) -> None:
    index = client.index("formats")
    done(client, index.add_documents_ndjson(b'{"id": 1, "name": "one"}\n{"id": 2, "name": "two"}\n', "id"))
    done(client, index.add_documents_csv(b'id,name,size:number\n3,"three, 3",1.5\n', "id"))
    assert dict(index.get_document(3)) == {"id": "3", "name": "three, 3", "size": 1.5}
    assert index.get_stats().number_of_documents == 3


@pytest.mark.parametrize(
    ("documents", "code"),
    [
        ([{"name": "no id"}], "index_primary_key_no_candidate_found"),
        ([{"id": 1, "seller_id": 2}], "index_primary_key_multiple_candidates_found"),
        ([{"id": 1}, {"name": "x"}], "missing_document_id"),
        ([{"id": "a b"}], "invalid_document_id"),
        ([{"id": 1, "_geo": {"lat": 91, "lng": 0}}], "invalid_document_geo_field"),
    ],
)
def test_a_document_that_cannot_be_stored_fails_its_whole_task(
    client: meilisearch.Client, documents: list[dict[str, Any]], code: str
) -> None:
    index = client.index("strict")
    failed = done(client, index.add_documents(documents), "failed")
    assert failed.error is not None
    assert failed.error["code"] == code
    assert failed.error["type"] == "invalid_request"
    assert index.get_stats().number_of_documents == 0


def test_a_search_filters_sorts_counts_and_marks(cars: Any) -> None:
    answer = cars.search(
        "toyota",
        {
            "filter": ["price < 350000", ["brand = Toyota", "brand = Ford"]],
            "sort": ["price:asc"],
            "facets": ["brand", "price"],
            "attributesToHighlight": ["title"],
            "attributesToRetrieve": ["id"],
            "showMatchesPosition": True,
            "showRankingScore": True,
        },
    )
    assert ids(answer) == [2, 1]
    assert answer["facetDistribution"] == {"brand": {"Toyota": 2}, "price": {"150000": 1, "300000": 1}}
    assert answer["facetStats"] == {"price": {"min": 150_000, "max": 300_000}}
    assert answer["estimatedTotalHits"] == 2
    first = answer["hits"][0]
    assert first["_formatted"]["title"] == "<em>Toyota</em> Corolla"
    assert first["_matchesPosition"]["title"] == [{"start": 0, "length": 6}]
    assert 0 < first["_rankingScore"] <= 1
    assert set(first) == {"id", "_formatted", "_matchesPosition", "_rankingScore"}


def test_places_filter_and_sort(cars: Any) -> None:
    near = cars.search("", {"filter": "_geoRadius(-33.9, 18.4, 2000000)", "sort": ["_geoPoint(-29.8, 31.0):asc"]})
    assert ids(near) == [2, 1]
    assert near["hits"][0]["_geoDistance"] == 0
    assert ids(cars.search("", {"filter": "_geoBoundingBox([-33, 19], [-34, 18])"})) == [1]


def test_pages_are_counted_when_asked_for(cars: Any) -> None:
    answer = cars.search("", {"page": 2, "hitsPerPage": 2})
    assert ids(answer) == [3]
    counted = {name: answer[name] for name in ("page", "hitsPerPage", "totalPages", "totalHits")}
    assert counted == {"page": 2, "hitsPerPage": 2, "totalPages": 2, "totalHits": 3}


def test_many_searches_go_in_one_call_and_one_fault_refuses_them(client: meilisearch.Client, cars: Any) -> None:
    found = client.multi_search([{"indexUid": "cars", "q": "ford"}, {"indexUid": "cars", "q": "", "limit": 1}])
    assert [(each["indexUid"], len(each["hits"])) for each in found["results"]] == [("cars", 1), ("cars", 1)]
    with pytest.raises(MeilisearchApiError, match=r"Inside `\.queries\[1\]`: Index `nope` not found"):
        client.multi_search([{"indexUid": "cars"}, {"indexUid": "nope"}])


def test_facet_values_are_searched_among_the_hits(cars: Any) -> None:
    assert cars.facet_search("brand", "to")["facetHits"] == [{"value": "Toyota", "count": 2}]
    assert cars.facet_search("brand", "tyo", {"filter": "price > 200000"})["facetHits"] == []
    assert cars.facet_search("brand", None, {"filter": "price > 200000"})["facetHits"] == [
        {"value": "Ford", "count": 1},
        {"value": "Toyota", "count": 1},
    ]


def test_swapped_indexes_exchange_documents_and_settings(client: meilisearch.Client, cars: Any) -> None:
    done(client, client.index("next").add_documents([{"id": 9, "title": "Next"}]))
    done(client, client.swap_indexes([{"indexes": ["cars", "next"]}]))
    assert ids(cars.search("")) == [9]
    assert client.index("next").get_filterable_attributes() == ["price", "brand", "_geo", "colour"]
    done(client, client.swap_indexes([{"indexes": ["cars", "absent"]}]), "failed")


def test_tasks_are_listed_filtered_and_kept_until_deleted(client: meilisearch.Client, cars: Any) -> None:
    added = client.get_tasks({"types": ["documentAdditionOrUpdate"], "indexUids": ["cars"], "limit": "1"})
    assert added.results[0].details == {"receivedDocuments": 3, "indexedDocuments": 3}
    assert added.total >= 1
    newest = client.get_tasks({"limit": "2"}).results
    assert newest[0].uid == newest[1].uid + 1
    cancelled = done(client, client.cancel_tasks({"uids": [str(newest[0].uid)]}))
    assert cancelled.details is not None
    assert cancelled.details["canceledTasks"] == 0
    done(client, client.delete_tasks({"uids": [str(newest[0].uid)]}))
    with pytest.raises(MeilisearchApiError, match="not found"):
        client.get_task(newest[0].uid)
    with pytest.raises(MeilisearchApiError, match="filter the tasks are missing"):
        client.delete_tasks({})


def test_many_small_additions_are_all_applied_in_order(client: meilisearch.Client) -> None:
    index = client.index("small")
    tasks = [index.add_documents([{"id": number % 7, "turn": number}]) for number in range(40)]
    for task in tasks:
        done(client, task)
    assert sorted(dict(each)["turn"] for each in index.get_documents().results) == list(range(33, 40))


def test_stats_and_version_describe_the_server(client: meilisearch.Client, cars: Any) -> None:
    stats = client.get_all_stats()
    assert stats["indexes"]["cars"]["numberOfDocuments"] == 3
    assert stats["indexes"]["cars"]["fieldDistribution"]["_geo"] == 2
    assert client.get_version()["pkgVersion"]
    assert client.is_healthy()


def test_without_the_key_only_health_answers(server: SearchServer) -> None:
    with httpx.Client(base_url=server.url) as http:
        assert http.get("/health").json() == {"status": "available"}
        missing = http.get("/indexes")
        assert (missing.status_code, missing.json()["code"]) == (401, "missing_authorization_header")
        wrong = http.get("/indexes", headers={"Authorization": "Bearer nope"})
        assert (wrong.status_code, wrong.json()["code"], wrong.json()["type"]) == (403, "invalid_api_key", "auth")


BAD_REQUESTS: list[tuple[str, str, dict[str, Any], int, str]] = [
    ("POST", "/indexes/cars/search", {"content": b"{"}, 400, "malformed_payload"),
    ("POST", "/indexes/cars/search", {"content": b""}, 400, "missing_payload"),
    ("POST", "/indexes/cars/search", {"content": b"[]"}, 400, "bad_request"),
    ("POST", "/indexes/cars/search", {"json": {"limit": -1}}, 400, "invalid_search_limit"),
    ("POST", "/indexes/cars/search", {"json": {"nope": 1}}, 400, "bad_request"),
    ("POST", "/indexes/cars/search", {"json": {"sort": ["id:asc"]}}, 400, "invalid_search_sort"),
    ("POST", "/indexes/cars/search", {"json": {"sort": ["price"]}}, 400, "invalid_search_sort"),
    ("POST", "/indexes/cars/search", {"json": {"facets": ["title"]}}, 400, "invalid_search_facets"),
    ("POST", "/indexes/cars/search", {"json": {"filter": "title = x"}}, 400, "invalid_search_filter"),
    ("POST", "/indexes/cars/search", {"json": {"vector": [1]}}, 400, "feature_not_enabled"),
    ("GET", "/indexes/cars/search?limit=x", {}, 400, "invalid_search_limit"),
    ("POST", "/indexes", {"json": {"uid": "no spaces"}}, 400, "invalid_index_uid"),
    ("POST", "/indexes", {"json": {}}, 400, "missing_index_uid"),
    ("POST", "/multi-search", {"json": {"queries": 1}}, 400, "bad_request"),
    ("GET", "/tasks?statuses=odd", {}, 400, "invalid_task_statuses"),
    ("GET", "/tasks/99999999", {}, 404, "task_not_found"),
    ("GET", "/tasks/x", {}, 400, "invalid_task_uid"),
    ("GET", "/nowhere", {}, 404, "not_found"),
    ("PUT", "/health", {}, 405, "method_not_allowed"),
    ("PUT", "/indexes/cars/settings/odd", {"json": 1}, 404, "not_found"),
    ("POST", "/indexes/cars/documents/delete", {"json": {}}, 400, "missing_document_filter"),
    ("POST", "/indexes/cars/documents/fetch", {"json": {"filter": "title = x"}}, 400, "invalid_document_filter"),
]


@pytest.mark.parametrize(("method", "path", "content", "status", "code"), BAD_REQUESTS)
def test_a_bad_request_is_named(
    server: SearchServer, cars: Any, method: str, path: str, content: dict[str, Any], status: int, code: str
) -> None:
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    answer = httpx.request(method, server.url + path, headers=headers, **content)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert set(answer.json()) == {"message", "code", "type", "link"}


def test_a_body_without_or_with_another_content_type_is_refused(server: SearchServer, cars: Any) -> None:
    headers = {"Authorization": f"Bearer {KEY}"}
    path = f"{server.url}/indexes/cars/search"
    assert httpx.post(path, headers=headers, content=b"{}").json()["code"] == "missing_content_type"
    other = httpx.post(path, headers={**headers, "Content-Type": "text/xml"}, content=b"{}")
    assert (other.status_code, other.json()["code"]) == (415, "invalid_content_type")


def test_a_search_by_get_reads_its_query_string(server: SearchServer, cars: Any) -> None:
    query = "q=toyota&filter=price>200000&facets=brand,price&limit=1&sort=_geoPoint(1,2):asc,price:asc"
    answer = httpx.get(f"{server.url}/indexes/cars/search?{query}", headers={"Authorization": f"Bearer {KEY}"}).json()
    assert ids(answer) == [1]
    assert answer["facetDistribution"]["brand"] == {"Toyota": 1}
