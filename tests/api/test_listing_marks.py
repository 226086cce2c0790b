"""Seeing, liking and keeping listings."""

import asyncio

from tests.api.conftest import Asker

MARKED = "... on ListingMarked { state { hasLiked hasFavourited } listing { counters { views likes favourites } } }"


def mark(name: str) -> str:
    return f"mutation ($id: ID!) {{ {name}(input: {{id: $id}}) {{ __typename {MARKED} ... on Problem {{ code }} }} }}"


VIEW = """mutation ($id: ID!) { recordView(input: {id: $id}) {
  ... on RecordedView { isCounted counters { views } } ... on Problem { code } } }"""


async def some_listing(ask: Asker, place: int) -> str:
    answer = await ask("{ listings(first: 20) { edges { node { id } } } }")
    found: str = answer.data["listings"]["edges"][place]["node"]["id"]
    return found


async def test_liking_twice_counts_once_and_taking_it_back_restores_it(ask: Asker) -> None:
    listing = {"id": await some_listing(ask, 3)}
    for _ in range(2):
        liked = (await ask(mark("likeListing"), listing, by="buyer-1")).data["likeListing"]
        assert liked["state"] == {"hasLiked": True, "hasFavourited": False}
        assert liked["listing"]["counters"]["likes"] == 1
    both = (await ask(mark("likeListing"), listing, by="buyer-4")).data["likeListing"]
    assert both["listing"]["counters"]["likes"] == 2
    for _ in range(2):
        taken = (await ask(mark("unlikeListing"), listing, by="buyer-1")).data["unlikeListing"]
        assert taken["listing"]["counters"]["likes"] == 1


async def test_twenty_likes_at_once_count_once(ask: Asker) -> None:
    listing = {"id": await some_listing(ask, 4)}
    await asyncio.gather(*(ask(mark("favouriteListing"), listing, by="buyer-1") for _ in range(20)))
    kept = (await ask(mark("favouriteListing"), listing, by="buyer-1")).data["favouriteListing"]
    assert kept["listing"]["counters"]["favourites"] == 1


async def test_a_visitor_counts_once_a_day(ask: Asker) -> None:
    listing = {"id": await some_listing(ask, 5)}
    before = (await ask(VIEW, listing, by="buyer-5")).data["recordView"]
    again = (await ask(VIEW, listing, by="buyer-5")).data["recordView"]
    assert (before["isCounted"], again["isCounted"]) == (True, False)
    assert again["counters"] == before["counters"]
    other = (await ask(VIEW, listing)).data["recordView"]
    assert other["counters"]["views"] == before["counters"]["views"] + 1


async def test_visitors_are_asked_to_sign_in_and_unknown_listings_are_refused(ask: Asker) -> None:
    listing = {"id": await some_listing(ask, 6)}
    assert (await ask(mark("likeListing"), listing)).data["likeListing"]["code"] == "NOT_SIGNED_IN"
    nothing = {"id": "TGlzdGluZzpsaXN0aW5nLW5vdGhpbmc"}
    assert (await ask(mark("likeListing"), nothing, by="buyer-1")).data["likeListing"]["code"] == "NOT_FOUND"
    assert (await ask(VIEW, nothing)).data["recordView"]["code"] == "NOT_FOUND"
