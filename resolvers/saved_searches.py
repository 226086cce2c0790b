"""The viewer's saved searches, and the mutations that keep and forget them."""

import strawberry
from strawberry import Parent

from datasources.postgres import saved_searches as recorded
from domain.nodes import record_id_of
from domain.problems import BadInputError, InvalidInput, NotFound, RetryLater, WrongState
from domain.saved_searches import SavedSearch
from domain.search import ListingQuery
from domain.search_phrases import LONGEST_TEXT, ReadText, read_text
from resolvers.context import Info
from resolvers.reading import reads
from resolvers.search import NearInput, SearchFilterInput, filter_of
from services import saved_searches


@strawberry.input(description="A search to keep, as `search` takes it.")
class SaveSearchInput:
    """Input of `saveSearch`."""

    name: str = strawberry.field(description="What the viewer calls it, at most 100 characters.")
    text: str = strawberry.field(default="", description="Words; a price such as 'under R300,000' becomes a filter.")
    filter: SearchFilterInput | None = strawberry.field(default=None, description="Which listings may be found.")
    near: NearInput | None = strawberry.field(default=None, description="Only within a circle.")
    has_alerts: bool = strawberry.field(default=True, description="Whether to tell of listings that satisfy it.")


@strawberry.input(description="A saved search to forget.")
class DeleteSavedSearchInput:
    """Input of `deleteSavedSearch`."""

    id: strawberry.ID = strawberry.field(description="Id of the saved search.")


async def save_search(
    info: Info,
    input: SaveSearchInput,  # noqa: A002 - the customary name of a mutation's one argument
) -> SavedSearch | InvalidInput | WrongState | RetryLater:
    """Keep a search."""
    if len(input.text) > LONGEST_TEXT:
        raise BadInputError("TEXT_TOO_LONG", f"A search has at most {LONGEST_TEXT} characters.")
    read = read_text(input.text, currency=info.context.sources.default_currency) if input.text else ReadText("")
    wanted = await filter_of(info.context, input.filter or SearchFilterInput(), input.near, read)
    query = ListingQuery(text=read.words, filter=wanted)
    return await saved_searches.save_search(
        info.context.sources, info.context.user, input.name, query, has_alerts=input.has_alerts
    )


async def delete_saved_search(
    info: Info,
    input: DeleteSavedSearchInput,  # noqa: A002 - as above
) -> SavedSearch | NotFound | RetryLater:
    """Forget a search."""
    search_id = record_id_of(input.id, "SavedSearch")
    return await saved_searches.delete_search(info.context.sources, info.context.user, search_id)


@reads({})
async def viewer_searches(info: Info) -> list[SavedSearch]:
    """What the viewer keeps, the newest first."""
    context = info.context
    fields = context.selection.of(SavedSearch)
    return await recorded.of_user(context.sources.database, context.user.user_id, fields=fields)


@reads({SavedSearch: ("query",)})
def text(root: Parent[SavedSearch]) -> str:
    """The words."""
    return root.query.text
