"""Being outbid as a person lives it: told live and by mail, cut off and back again, and left alone when asked."""

import re
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import uuid4

import httpx
import pytest

from domain.nodes import record_id_of
from tests.journeys.auction_market import Client, Shop
from tests.stores import rows, until

pytestmark = pytest.mark.alone

REGISTER = "mutation ($lot: ID!) { registerToBid(input: {auctionId: $lot}) { __typename } }"
BID = """mutation ($lot: ID!, $most: MinorUnits!, $key: String!) {
  placeBid(input: {auctionId: $lot, maxAmountMinor: $most, currency: "ZAR", confirmLargeBid: true,
                   idempotencyKey: $key}) { __typename } }"""
FEED = """subscription ($after: String) { notifications(after: $after) {
  __typename cursor unreadCount ... on NotificationTold { notification { kind title auction { id } } } } }"""
READ = "mutation { markNotificationsRead(input: {}) { __typename ... on NotificationsRead { unread } } }"
HEARS = "{ viewer { notificationPreferences { kind email } } }"


async def bid(person: Client, lot: str, most: int) -> None:
    answer = await person.ask(BID, lot=lot, most=most, key=str(uuid4()))
    assert answer["placeBid"]["__typename"] == "BidAccepted"


def outbids(events: list[Any], lot: str) -> list[Any]:
    told = [each for each in events if each["__typename"] == "NotificationTold"]
    return [each for each in told if each["notification"]["auction"] == {"id": lot}]


async def mails_about(market: Shop, title: str) -> list[str]:
    """Addresses of the pages of mails whose subject says so."""
    async with httpx.AsyncClient(base_url=market.settings.resend_url) as browser:
        page = (await browser.get("/")).text
    return re.findall(rf'<a href="([^"]+)">[^<]*{re.escape(title)}', unescape(page))


async def until_mailed(market: Shop, title: str, count: int) -> list[str]:
    async def has_come() -> bool:
        return len(await mails_about(market, title)) >= count

    await until(has_come)
    return await mails_about(market, title)


async def test_who_is_outbid_hears_of_it_live_and_by_mail_until_they_say_no(market: Shop) -> None:
    listing, _ = await market.listing_to_sell()
    lot = await market.hold_auction(listing, lasts=timedelta(hours=1), extension=timedelta(seconds=1))
    ann, bob = Client(market, market.token("buyer-3")), Client(market, market.token("buyer-4"))
    await ann.until("query ($lot: ID!) { auction(id: $lot) { id } }", lambda data: data["auction"], lot=lot)
    for person in (ann, bob):
        assert (await person.ask(REGISTER, lot=lot))["registerToBid"]["__typename"] == "Registration"
    async with ann.watching(FEED) as feed:
        await feed.until(lambda events: len(events) == 1)
        await bid(ann, lot, 20_000)
        await bid(bob, lot, 40_000)
        await feed.until(lambda events: len(outbids(events, lot)) == 1)
        title = feed.events[-1]["notification"]["title"]
        assert title.startswith("You were outbid on ")
        cursor = feed.events[-1]["cursor"]
        feed.cut()
    (page,) = await until_mailed(market, title, 1)
    assert (await ann.ask(READ))["markNotificationsRead"]["unread"] == 0
    await stop_mails(market, page)
    hears = (await ann.ask(HEARS))["viewer"]["notificationPreferences"]
    assert {"kind": "OUTBID", "email": False} in hears
    await bid(ann, lot, 60_000)
    await bid(bob, lot, 80_000)
    async with ann.watching(FEED, after=cursor) as feed:
        await feed.until(lambda events: len(outbids(events, lot)) == 1)
        assert [each["__typename"] for each in feed.events] == ["NotificationsMarked", "NotificationTold"]
        assert len({each["cursor"] for each in feed.events} | {cursor}) == 3
    # A mail is asked for in the transaction that tells: there is none to wait for.
    asked = await rows(
        market.settings.database_url.get_secret_value(),
        "select draft->>'subject' from mails where draft->>'kind' = 'outbid' and draft->>'path' = $1",
        f"/auctions/{record_id_of(lot, 'Auction')}",
    )
    assert [row[0] for row in asked] == [title]


async def stop_mails(market: Shop, page: str) -> None:
    """Follow the mail's own link, as a person with a browser does."""
    async with httpx.AsyncClient() as browser:
        mail = (await browser.get(f"{market.settings.resend_url}{page}")).text
        link = re.search(r"List-Unsubscribe<td>&lt;(\S+?)&gt;", mail)
        assert link is not None
        shown = await browser.get(unescape(link[1]))
        assert "Stop these mails" in shown.text
        done = await browser.post(unescape(link[1]))
        assert "We will not send you mails like this" in done.text
