"""Keeping searches, and telling their owners of listings that satisfy them from now on.

Searches are not run again and again: each stands under its most telling condition, and a listing that changes is held
against those that stand under what it has.
"""

import secrets

from datasources.postgres import saved_searches
from datasources.sanity import listings as content
from datasources.search.listing_documents import ListingDocument
from datasources.sources import Sources
from domain.ids import RANDOM_BITS, uuid7
from domain.listings import ListingStatus
from domain.money import Money
from domain.notifications import Cause, NotificationKind
from domain.problems import FieldProblem, InvalidInput, NotFound, RetryLater, UpstreamUnavailableError, WrongState
from domain.saved_searches import (
    LONGEST_NAME,
    MOST_SAVED,
    ListingBefore,
    MatchedListing,
    SavedSearch,
    is_new_match,
    keys_of_listing,
    words_of,
)
from domain.search import ListingQuery
from domain.users import User
from services.indexing import documents_of
from services.notifications import tell_users

_CANDIDATES_AT_ONCE = 500
_MOST_CANDIDATES = 100_000


async def save_search(
    sources: Sources, user: User, name: str, query: ListingQuery, *, has_alerts: bool
) -> SavedSearch | InvalidInput | WrongState | RetryLater:
    """Keep a search."""
    now, plain = sources.clock(), " ".join(name.split())
    if not 1 <= len(plain) <= LONGEST_NAME or "\0" in plain:
        return InvalidInput((FieldProblem("name", f"A name has 1 to {LONGEST_NAME} characters."),))
    search = SavedSearch(
        search_id=str(uuid7(now, secrets.randbits(RANDOM_BITS))),
        user_id=user.user_id,
        name=plain,
        query=query,
        has_alerts=has_alerts,
        created_at=now,
    )
    try:
        is_kept = await sources.database.write("saved-searches.add", lambda it: saved_searches.add(it, search))
    except UpstreamUnavailableError as error:
        return RetryLater(error.public_message)
    return search if is_kept else WrongState("FULL", f"An account keeps at most {MOST_SAVED} searches; delete one.")


async def delete_search(sources: Sources, user: User, search_id: str) -> SavedSearch | NotFound | RetryLater:
    """Forget a search; the one that is gone."""
    try:
        found = (await saved_searches.by_ids(sources.database, user.user_id, [search_id]))[0]
        is_gone = await sources.database.write(
            "saved-searches.remove", lambda it: saved_searches.remove(it, user.user_id, search_id)
        )
    except UpstreamUnavailableError as error:
        return RetryLater(error.public_message)
    return found if found is not None and is_gone else NotFound("You have no such search.")


async def match_listing(sources: Sources, listing_id: str, before: ListingBefore | None) -> int:
    """Tell the owners of searches that a changed listing satisfies for the first time; how many searches."""
    (found,) = await content.newest(sources.sanity, [listing_id])
    (document,) = await documents_of(sources, [found])
    if document is None or document.status is not ListingStatus.ACTIVE:
        return 0
    listing = _matched(document)
    keys, after, told = keys_of_listing(listing), "", 0
    for _ in range(_MOST_CANDIDATES // _CANDIDATES_AT_ONCE):
        searches = await saved_searches.candidates(
            sources.database, keys, listing.price, after=after, most=_CANDIDATES_AT_ONCE
        )
        for search in searches:
            if is_new_match(search, listing, before):
                told += 1
                await _tell(sources, search, document)
        if len(searches) < _CANDIDATES_AT_ONCE:
            break
        after = searches[-1].search_id
    return told


async def _tell(sources: Sources, search: SavedSearch, document: ListingDocument) -> None:
    cause = Cause(
        kind=NotificationKind.SEARCH_MATCH,
        key=f"search-match:{search.search_id}:{document.listing_id}",
        group=search.search_id,
        facts={"search": f"“{search.name}”", "title": document.title, "listing": document.listing_id},
    )
    await tell_users(sources, cause, [str(search.user_id)])


def _matched(document: ListingDocument) -> MatchedListing:
    has_price = document.price_minor is not None and document.currency is not None
    texts = [document.title, document.city or ""]
    for value in document.attributes.values():
        texts += [each for each in (value if isinstance(value, tuple) else (value,)) if isinstance(each, str)]
    return MatchedListing(
        listing_id=document.listing_id,
        words=words_of(" ".join([*texts, document.text])),
        category_ids=document.category_ids,
        city=document.city,
        condition=document.condition,
        seller_id=document.seller_id,
        seller_kind=document.seller_kind,
        status=document.status,
        price=Money(document.price_minor or 0, document.currency or "") if has_price else None,
        location=document.location,
        attributes=document.attributes,
        is_promoted=document.is_promoted,
        published_at=document.published_at,
    )
