"""Jobs of notifications: telling causes, and looking at lots for what their bidders and watchers should hear."""

from datetime import timedelta

from datasources.sources import Sources
from jobs.kinds import JobKind, Payload, UnusablePayloadError, text_of
from services import listing_notices, lot_notices, message_notices, notifications
from services.notifications import Wanted


async def tell(sources: Sources, payload: Payload) -> None:
    """Tell a cause to a batch of its audience."""
    try:
        wanted = Wanted.of(payload)
    except (KeyError, TypeError, ValueError) as error:
        raise UnusablePayloadError(f"The payload is no cause: {error!r}.") from error
    await notifications.tell(sources, wanted)


async def tell_result(sources: Sources, payload: Payload) -> None:
    """Tell how a lot ended."""
    await lot_notices.tell_result(sources, text_of(payload, "id"))


async def tell_unread_message(sources: Sources, payload: Payload) -> None:
    """Tell somebody of a message that is still unread."""
    await message_notices.tell_unread_message(sources, text_of(payload, "message"))


async def tell_taken_down(sources: Sources, payload: Payload) -> None:
    """Tell a seller that staff took a listing down."""
    await listing_notices.tell_taken_down(
        sources, text_of(payload, "listing"), text_of(payload, "seller"), revision=text_of(payload, "revision")
    )


async def watch_bids(sources: Sources, _payload: Payload) -> None:
    """Tell who was outbid or leads again, and sellers of new bids."""
    await lot_notices.watch_bids(sources)


async def watch_ends(sources: Sources, _payload: Payload) -> None:
    """Tell watchers of lots that end soon."""
    await lot_notices.watch_ends(sources)


def kinds() -> tuple[JobKind, ...]:
    """The jobs of this noun."""
    return (
        JobKind(notifications.TELL, tell),
        JobKind(lot_notices.TELL_RESULT, tell_result),
        JobKind(listing_notices.TELL_TAKEN_DOWN, tell_taken_down),
        JobKind(message_notices.MESSAGE_UNREAD, tell_unread_message),
        JobKind(lot_notices.WATCH_BIDS, watch_bids, concurrency=1, every=timedelta(seconds=2)),
        JobKind(lot_notices.WATCH_ENDS, watch_ends, concurrency=1, every=timedelta(seconds=30)),
    )
