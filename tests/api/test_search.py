"""Search as clients use it."""

from tests.api.conftest import Asker

SEARCH = """
query Search($text: String! = "", $filter: SearchFilterInput, $near: NearInput, $sort: ListingSort! = RELEVANCE,
             $facets: [String!], $readsPrice: Boolean! = true, $first: Int! = 20, $after: String) {
  search(text: $text, filter: $filter, near: $near, sort: $sort, facets: $facets, readsPrice: $readsPrice,
         first: $first, after: $after) {
    totalCount
    pageInfo { hasNextPage endCursor }
    readPrice { words phrase maximum { amountMinor formatted } }
    facets { key label range { minimum maximum } values { value label count } }
    edges { cursor titleHtml distanceMetres node { id title city price { amountMinor } isPromoted publishedAt } }
  }
}
"""


async def test_a_price_in_the_words_becomes_a_filter_that_the_answer_shows(ask: Asker) -> None:
    found = (await ask(SEARCH, {"text": "Toyota under R300,000"})).data["search"]
    assert found["readPrice"] == {
        "words": "Toyota",
        "phrase": "under R300,000",
        "maximum": {"amountMinor": 30_000_000, "formatted": "R300,000"},
    }
    prices = [edge["node"]["price"]["amountMinor"] for edge in found["edges"]]
    assert prices
    assert max(prices) <= 30_000_000
    assert all("<mark>Toyota</mark>" in edge["titleHtml"] for edge in found["edges"][:3])


async def test_each_part_of_a_hit_alone_is_what_it_is_among_the_others(ask: Asker) -> None:
    page = '{ search(text: "Toyota", near: {latitude: -33.9, longitude: 18.4, radiusKm: 2000}) { edges { %s } } }'
    parts = ("titleHtml", "textHtml", "distanceMetres", "cursor", "node { id }")
    whole = (await ask(page % " ".join(parts))).data["search"]["edges"]
    assert whole
    for part in parts:
        name = part.partition(" ")[0]
        alone = (await ask(page % part)).data["search"]["edges"]
        assert [each[name] for each in alone] == [each[name] for each in whole]


async def test_the_client_can_switch_the_read_price_off(ask: Asker) -> None:
    found = (await ask(SEARCH, {"text": "Toyota under R300,000", "readsPrice": False, "first": 50})).data["search"]
    assert found["readPrice"] is None


async def test_facets_count_all_results_and_their_values_filter(ask: Asker) -> None:
    asked = {"facets": ["category", "attributes.make", "price", "city"]}
    found = (await ask(SEARCH, asked)).data["search"]
    facets = {each["key"]: each for each in found["facets"]}
    assert facets["attributes.make"]["label"] == "Make"
    assert facets["price"]["values"] == []
    assert facets["price"]["range"]["minimum"] < facets["price"]["range"]["maximum"]
    first = facets["category"]["values"][0]
    narrowed = (await ask(SEARCH, {"filter": {"categoryIds": [first["value"]]}})).data["search"]
    assert narrowed["totalCount"] == first["count"]
    make = facets["attributes.make"]["values"][0]
    by_make = {"filter": {"attributes": [{"key": "make", "anyOf": [make["value"]]}]}}
    assert (await ask(SEARCH, by_make)).data["search"]["totalCount"] == make["count"]


async def test_results_near_a_place_come_with_their_distance_in_order(ask: Asker) -> None:
    near = {"latitude": -33.92, "longitude": 18.42, "radiusKm": 400}
    edges = (await ask(SEARCH, {"near": near, "sort": "NEAREST"})).data["search"]["edges"]
    distances = [edge["distanceMetres"] for edge in edges]
    assert distances == sorted(distances)
    assert 0 <= distances[0] <= distances[-1] <= 400_000


async def test_every_order_pages_through_all_results_once(ask: Asker) -> None:
    for sort in ("RELEVANCE", "NEWEST", "PRICE_LOW_TO_HIGH", "PRICE_HIGH_TO_LOW", "PROMOTED"):
        ids: list[str] = []
        after, total = None, None
        for _ in range(20):
            found = (await ask(SEARCH, {"sort": sort, "first": 50, "after": after}, by="buyer-1")).data["search"]
            total = total or found["totalCount"]
            ids += [edge["node"]["id"] for edge in found["edges"]]
            after = found["pageInfo"]["endCursor"]
            if not found["pageInfo"]["hasNextPage"]:
                break
        assert len(ids) == len(set(ids)) == total, sort


async def test_misspelt_words_and_beginnings_find_the_same(ask: Asker) -> None:
    right = (await ask(SEARCH, {"text": "volkswagen"})).data["search"]["totalCount"]
    assert right > 0
    assert (await ask(SEARCH, {"text": "volkswagon"})).data["search"]["totalCount"] >= right
    suggestions = (await ask('{ suggest(prefix: "volk") }')).data["suggest"]
    assert suggestions
    assert all("volk" in each.lower() for each in suggestions)


async def test_a_cursor_of_another_search_is_refused(ask: Asker) -> None:
    found = (await ask(SEARCH, {"text": "house", "first": 1})).data["search"]
    answer = await ask(SEARCH, {"text": "car", "first": 1, "after": found["pageInfo"]["endCursor"]})
    assert answer.codes == ["BAD_CURSOR"]


async def test_wrong_facets_places_and_texts_have_codes(ask: Asker) -> None:
    for variables, code in (
        ({"facets": ["nonsense"]}, "BAD_FACET"),
        ({"facets": ["attributes.a.b"]}, "BAD_ATTRIBUTE"),
        ({"facets": ["city"] * 21}, "TOO_MANY_FACETS"),
        ({"text": "x" * 501}, "TEXT_TOO_LONG"),
        ({"near": {"latitude": 91, "longitude": 0}}, "BAD_PLACE"),
        ({"near": {"latitude": 0, "longitude": 0, "radiusKm": -1}}, "BAD_RADIUS"),
        ({"sort": "NEAREST"}, "NEAR_NEEDED"),
        ({"filter": {"attributes": [{"key": 'x" OR 1=1', "isTrue": True}]}}, "BAD_ATTRIBUTE"),
    ):
        assert (await ask(SEARCH, variables)).codes == [code], variables


async def test_text_that_looks_like_a_filter_is_only_text(ask: Asker) -> None:
    for text in ('" OR status = draft', "*[", "); drop table users", "\\", "\x00\ue000"):
        answer = await ask(SEARCH, {"text": text, "filter": {"cities": [text]}})
        assert answer.data["search"]["totalCount"] == 0
