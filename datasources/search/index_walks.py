"""Reading what the listing index holds, to compare it with content."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from datasources.search.client import SearchClient
from datasources.search.filters import OneOf, render
from datasources.search.listing_documents import INDEX_NAME, PRIMARY_KEY, document_key

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


async def versions(client: SearchClient, listing_ids: Sequence[str], *, index: str = INDEX_NAME) -> dict[str, datetime]:
    """When the indexed version of each listing was written in content; listings that are not indexed are left out."""
    keys = tuple(document_key(each) for each in listing_ids)
    wanted = {
        "filter": render(OneOf(PRIMARY_KEY, keys)),
        "fields": ["listingId", "updatedAt"],
        "limit": len(keys),
    }
    found = await client.fetch_documents(index, wanted)
    return {str(each["listingId"]): _EPOCH + timedelta(microseconds=int(each["updatedAt"])) for each in found}


async def listing_ids(client: SearchClient, *, offset: int, limit: int, index: str = INDEX_NAME) -> list[str]:
    """One page of the ids of every indexed listing, in the index's own order."""
    found = await client.fetch_documents(index, {"fields": ["listingId"], "offset": offset, "limit": limit})
    return [str(each["listingId"]) for each in found]
