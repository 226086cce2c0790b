"""What bidders, sellers and watchers of lots are told: standings from the journal, ends that come near, results.

Bids are journalled in groups that must stay fast, so nothing is enqueued beside them: a job looks at running lots for
lines that nobody was told of, and the mark up to which a lot was told moves in the transaction that tells.
"""

from datetime import timedelta
from uuid import UUID

from datasources.postgres import auctions as recorded
from datasources.postgres import audiences, jobs, notifications, results, telling
from datasources.postgres import bids as journal_rows
from datasources.sources import Sources
from domain.auctions import Auction
from domain.lot_notices import read_news
from domain.lots import LotEntry
from domain.money import Money
from domain.notifications import Cause, NotificationKind
from domain.results import Outcome
from domain.topics import TopicEvent
from services.mails import SEND_MAIL
from services.notifications import notice, tell_users
from services.topics import publish

WATCH_BIDS = "notices.watch-bids"
WATCH_ENDS = "notices.watch-ends"
TELL_RESULT = "notices.tell-result"

ENDING_WITHIN = timedelta(minutes=15)

_LOTS_AT_ONCE = 200
_MOST_LOTS = 10_000
_MOST_LINES = 1_000


async def watch_bids(sources: Sources) -> int:
    """Tell the news of every running lot that has some; how many lots had."""
    told, after = 0, ""
    for _ in range(_MOST_LOTS // _LOTS_AT_ONCE):
        start = after
        found = await sources.database.read(
            "notices.lots-with-news",
            lambda it, start=start: audiences.lots_with_news(it, after=start, most=_LOTS_AT_ONCE),  # type: ignore[misc]
        )
        lots = await recorded.by_ids(sources.database, found)
        for lot in lots:
            if lot is not None:
                await tell_news(sources, lot)
        told += len(found)
        if len(found) < _LOTS_AT_ONCE:
            break
        after = found[-1]
    return told


async def tell_news(sources: Sources, auction: Auction) -> int:
    """Tell what new lines of a lot's journal mean, each line once whoever is killed; how many lines there were."""
    now, auction_id = sources.clock(), auction.auction_id

    async def run(connection: notifications.Connection) -> tuple[int, list[TopicEvent]]:
        told = await audiences.hold_lot(connection, auction_id)
        lines = await journal_rows.lines_from(connection, auction_id, seq=told, most=_MOST_LINES)
        before = lines[0].leader_id if told and lines and lines[0].seq == told else None
        fresh = [each for each in lines if each.seq > told]
        if not fresh:
            return 0, []
        sellers = await audiences.accounts_of_profile(connection, auction.terms.seller_id)
        causes = _causes(auction, before, fresh, sellers)
        events = await telling.tell(connection, causes, mail_job=SEND_MAIL, now=now)
        await audiences.told_up_to(connection, auction_id, fresh[-1].seq)
        return len(fresh), events

    count, events = await sources.database.write("notices.tell-news", run)
    await publish(sources, events)
    return count


def _causes(
    auction: Auction, leader_before: str | None, lines: list[LotEntry], sellers: list[UUID]
) -> list[tuple[Cause, list[UUID]]]:
    news, auction_id = read_news(leader_before, lines), auction.auction_id
    facts = {**_facts(auction), "price": _price(auction, lines[-1].price_minor)}
    causes = [
        (
            Cause(kind=kind, key=f"{kind.code}:{auction_id}:{seq}", group=auction_id, facts=facts),
            [UUID(bidder)],
        )
        for bidder, kind, seq in news.standings
    ]
    if news.new_bids and sellers:
        key = f"new-bids:{auction_id}:{lines[-1].seq}"
        cause = Cause(kind=NotificationKind.NEW_BIDS, key=key, group=auction_id, facts=facts, count=news.new_bids)
        causes.append((cause, sellers))
    return causes


async def watch_ends(sources: Sources) -> int:
    """Have the watchers of lots that end soon told; how many lots."""
    now = sources.clock()

    async def run(connection: notifications.Connection) -> int:
        ending = await audiences.take_ending(connection, now=now, within=ENDING_WITHIN, most=_LOTS_AT_ONCE)
        for auction_id, listing_id in ending:
            cause = Cause(
                kind=NotificationKind.AUCTION_ENDING,
                key=f"auction-ending:{auction_id}",
                group=auction_id,
                facts={"auction": auction_id, "listing": listing_id},
            )
            name, payload, key = notice(cause, listing=listing_id)
            await jobs.enqueue(connection, name, payload, dedupe_key=key)
        return len(ending)

    return await sources.database.write("notices.watch-ends", run)


async def tell_result(sources: Sources, auction_id: str) -> int:
    """Tell the winner and the other bidders how a lot ended; how many live events came of it."""
    result = (await results.by_ids(sources.database, [auction_id]))[0]
    auction = (await recorded.by_ids(sources.database, [auction_id]))[0]
    if result is None or auction is None:
        return 0
    bidders = await sources.database.read("notices.bidders", lambda it: audiences.bidders_of(it, auction_id))
    facts = {**_facts(auction), "price": _price(auction, result.price_minor)}
    winner = result.winner_id if result.outcome is Outcome.SOLD else None
    told = 0
    if winner is not None:
        won = Cause(kind=NotificationKind.AUCTION_WON, key=f"auction-won:{auction_id}", group=auction_id, facts=facts)
        told += await tell_users(sources, won, [winner])
    lost = Cause(kind=NotificationKind.AUCTION_LOST, key=f"auction-lost:{auction_id}", group=auction_id, facts=facts)
    others = [each for each in bidders if each != winner]
    return told + (await tell_users(sources, lost, others) if others else 0)


def _facts(auction: Auction) -> dict[str, str]:
    return {"auction": auction.auction_id, "listing": auction.listing_id, "title": auction.title}


def _price(auction: Auction, minor: int | None) -> str:
    return Money(minor or 0, auction.terms.currency).formatted
