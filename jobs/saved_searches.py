"""The job that holds a changed listing against saved searches."""

from datasources.sources import Sources
from domain.listings import ListingStatus
from domain.money import Money
from domain.saved_searches import ListingBefore
from jobs.kinds import JobKind, Payload, UnusablePayloadError, text_of
from services import saved_searches
from services.listing_notices import MATCH_SEARCHES


async def match_searches(sources: Sources, payload: Payload) -> None:
    """Tell the owners of searches that the listing satisfies for the first time."""
    await saved_searches.match_listing(sources, text_of(payload, "listing"), _before(payload.get("before")))


def _before(given: object) -> ListingBefore | None:
    if given is None:
        return None
    try:
        told = dict(given)  # type: ignore[call-overload]  # whatever it is: a wrong shape is an unusable payload
        amount, currency = told["priceMinor"], told["currency"]
        price = None if amount is None else Money(int(amount), str(currency))
        return ListingBefore(ListingStatus(told["status"]), price, bool(told["isCategorisedAlike"]))
    except (KeyError, TypeError, ValueError) as error:
        raise UnusablePayloadError(f"The payload says something else of before: {error!r}.") from error


def kinds() -> tuple[JobKind, ...]:
    """The jobs of this noun."""
    return (JobKind(MATCH_SEARCHES, match_searches),)
