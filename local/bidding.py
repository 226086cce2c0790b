"""A lively auction on the running marketplace: defined in content, bid on through the public API as clients do."""

import asyncio
import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from config import Settings
from datasources.sources import Sources
from domain.nodes import encode_node_id
from local.errors import LocalError
from local.people import people, token_for
from services.listing_documents import timestamp

SOFT_CLOSE_SECONDS = 10
_CALL_SECONDS = 10.0
_TAKEN_OVER_SECONDS = 30.0
_CLOSED_SECONDS = 60.0
_LONGEST_PAUSE_SECONDS = 8.0

_CANDIDATES = (
    '*[_type == "listing" && status == "active" && !defined(auction) && defined(price.amountMinor)'
    ' && price.amountMinor >= 100000 && seller._ref == $seller][0...50]{_id, title, "amount": price.amountMinor,'
    ' "currency": price.currency}'
)
_SELLER = "user-dealer-1"
_KNOWN = "query ($lot: ID!) { auction(id: $lot) { id } }"
_REGISTER = """mutation ($lot: ID!) { registerToBid(input: {auctionId: $lot}) {
  __typename ... on Problem { code message } } }"""
_SAVE = """mutation ($key: String!) { savePaymentMethod(input: {token: "pm_card_visa", idempotencyKey: $key}) {
  __typename } }"""
_LOOK = """query ($lot: ID!) { auction(id: $lot) { status effectiveEndAt serverTime leader
  price { formatted } minimumNext { amountMinor } result { outcome reason } myStanding { isLeading } } }"""
_BID = """mutation ($lot: ID!, $most: MinorUnits!, $currency: String!, $key: String!) {
  placeBid(input: {auctionId: $lot, maxAmountMinor: $most, currency: $currency, idempotencyKey: $key,
                   confirmLargeBid: true}) {
    __typename
    ... on BidAccepted { price { formatted } } ... on BidOutbid { price { formatted } }
    ... on Problem { code message } } }"""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Show:
    """An auction to be watched."""

    auction_id: str
    """Its global id."""
    title: str
    currency: str
    ends_at: datetime

    @property
    def subscription(self) -> str:
        """What to paste into GraphiQL."""
        return (
            f'subscription {{\n  auctionEvents(auctionId: "{self.auction_id}") {{\n'
            "    __typename version price { formatted } leader bidCount effectiveEndAt\n  }\n}"
        )


async def require_marketplace(settings: Settings) -> None:
    """LocalError where no API answers at the address that was left in the data folder."""
    base = f"http://{settings.host}:{settings.port}"
    try:
        async with httpx.AsyncClient(timeout=_CALL_SECONDS) as http:
            is_ready = (await http.get(f"{base}/readyz")).is_success
    except httpx.HTTPError:
        is_ready = False
    if not is_ready:
        raise LocalError(f"Nothing answers at {base}: start 'gavel run' first.")


async def open_show(sources: Sources, *, lasts: timedelta) -> Show:
    """Write an auction of one of the demo dealer's listings into content, as an editor would."""
    found = await sources.sanity.query(_CANDIDATES, {"seller": _SELLER}, tag="local.demo-auction")
    if not found:
        raise LocalError("There is no listing of dealer-1 left to auction; the demo content is not here.")
    chosen, now = secrets.choice(found), sources.clock()
    auction_id, ends_at = f"auction-demo-{uuid4().hex[:10]}", now + lasts
    document = {
        "_id": auction_id,
        "_type": "auction",
        "listing": {"_type": "reference", "_ref": chosen["_id"]},
        "startsAt": timestamp(now),
        "endsAt": timestamp(ends_at),
        "startPriceMinor": int(chosen["amount"] * 0.3) // 10_000 * 10_000 or 10_000,
        "reserveMinor": int(chosen["amount"] * 0.35) // 10_000 * 10_000 or 10_000,
        "softCloseSeconds": SOFT_CLOSE_SECONDS,
        "extensionSeconds": SOFT_CLOSE_SECONDS,
        "currency": chosen["currency"],
        "status": "scheduled",
    }
    points_back = {"_type": "reference", "_ref": auction_id, "_weak": True}
    changes = [{"create": document}, {"patch": {"id": chosen["_id"], "set": {"auction": points_back}}}]
    await sources.sanity.mutate(changes, tag="local.demo-auction")
    return Show(encode_node_id("Auction", auction_id), chosen["title"], chosen["currency"], ends_at)


class Bidders:
    """Simulated people, each with a token and a card; they bid until the lot is over."""

    def __init__(self, settings: Settings, show: Show, *, count: int, say: Say) -> None:
        self._url = f"http://{settings.host}:{settings.port}/graphql"
        self._show, self._say = show, say
        demo = [each.user for each in people() if each.user.startswith("buyer-")]
        self._names = [*demo, *(f"bidder-{number}" for number in range(count))][:count]
        self._tokens = {name: token_for(settings.data_dir, name, None) for name in self._names}
        self._http = httpx.AsyncClient(timeout=_CALL_SECONDS)
        self._chance = random.SystemRandom()

    async def run(self, *, pace_seconds: float) -> str:
        """Bid until the lot is closed; what came of it."""
        try:
            await self._ready()
            while True:
                name = self._chance.choice(self._names)
                lot = await self._look(name)
                if lot["status"] not in {"SCHEDULED", "OPEN"} or lot["effectiveEndAt"] <= lot["serverTime"]:
                    return await self._outcome()
                if not (lot["myStanding"] or {}).get("isLeading") and not self._is_time_to_stop(lot):
                    await self._bid(name, lot["minimumNext"]["amountMinor"])
                await asyncio.sleep(min(self._chance.expovariate(1 / pace_seconds), _LONGEST_PAUSE_SECONDS))
        finally:
            await self._http.aclose()

    def _is_time_to_stop(self, lot: dict[str, Any]) -> bool:
        """The last bids move the end; after the planned one nobody bids any more."""
        return datetime.fromisoformat(lot["serverTime"]) > self._show.ends_at

    async def _ready(self) -> None:
        """Wait until a worker has taken the auction over, then register everybody."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + _TAKEN_OVER_SECONDS
        while (await self._ask(self._names[0], _KNOWN, lot=self._show.auction_id))["auction"] is None:
            if loop.time() > ends:
                raise LocalError("The auction was not taken over from content; is a worker running?")
            await asyncio.sleep(0.3)
        for name in self._names:
            await self._ask(name, _SAVE, key=f"demo-{name}-card")
            done = (await self._ask(name, _REGISTER, lot=self._show.auction_id))["registerToBid"]
            if done["__typename"] != "Registration":
                raise LocalError(f"{name} may not bid: {done['message']}")

    async def _bid(self, name: str, minimum: int) -> None:
        most = round(minimum * self._chance.choice((1.0, 1.0, 1.05, 1.15))) // 100 * 100 + 100
        answer = (
            await self._ask(
                name, _BID, lot=self._show.auction_id, most=most, currency=self._show.currency, key=str(uuid4())
            )
        )["placeBid"]
        match answer["__typename"]:
            case "BidAccepted":
                self._say(f"{name} leads at {answer['price']['formatted']}")
            case "BidOutbid":
                self._say(f"{name} is outbid at once: {answer['price']['formatted']}")
            case _:
                self._say(f"{name}: {answer['message']}")

    async def _outcome(self) -> str:
        loop = asyncio.get_running_loop()
        ends = loop.time() + _CLOSED_SECONDS
        while loop.time() < ends:
            lot = await self._look(self._names[0])
            if lot["result"] is not None:
                price = lot["price"]["formatted"] if lot["price"] else "no bid"
                return f"{lot['result']['outcome'].capitalize()} at {price} to {lot['leader'] or 'nobody'}."
            await asyncio.sleep(0.5)
        return "The lot is over but not closed yet; is a worker running?"

    async def _look(self, name: str) -> dict[str, Any]:
        lot: dict[str, Any] = (await self._ask(name, _LOOK, lot=self._show.auction_id))["auction"]
        return lot

    async def _ask(self, name: str, query: str, **variables: object) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {self._tokens[name]}"}
        try:
            reply = await self._http.post(self._url, json={"query": query, "variables": variables}, headers=headers)
            answer: dict[str, Any] = reply.json()
        except (httpx.HTTPError, ValueError) as error:
            raise LocalError(f"Nothing answers at {self._url}: start 'gavel run' first.") from error
        if "data" not in answer or answer["data"] is None:
            raise LocalError(f"{self._url} refused: {answer['errors'][0]['message']}")
        found: dict[str, Any] = answer["data"]
        return found
