"""Auctions and sales in the content store, as their newest documents say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from datasources.sanity.client import SanityClient
from datasources.sanity.values import Row, moment, one_of, row, text, whole_number
from domain.auctions import Auction, AuctionKind, AuctionStatus, BuyNowUntil, LotTerms, Sale, SoftClose
from domain.increments import IncrementPolicy, IncrementPolicyError, IncrementRow, default_policy
from domain.money import Money, MoneyError

_SALE_LOTS = '*[_type == "auction" && sale._ref == $sale && _id > $after] | order(_id asc)[0...$limit]._id'
_AUCTIONS = '*[_type == "auction" && _id > $after] | order(_id asc)[0...$limit]._id'

_STATUSES = {
    "draft": AuctionStatus.DRAFT,
    "scheduled": AuctionStatus.SCHEDULED,
    "open": AuctionStatus.SCHEDULED,
    "ended": AuctionStatus.PASSED,
    "cancelled": AuctionStatus.CANCELLED,
}
"""What the editor's word means to us; whether a scheduled auction is open already is the clock's business."""

_LARGEST_WINDOW_SECONDS = 3_600


@dataclass(frozen=True, slots=True)
class UnusableAuction:
    """A document that cannot be an auction, and why, for the log of the job that read it."""

    auction_id: str
    reason: str


async def newest(client: SanityClient, ids: Sequence[str], *, now: datetime) -> list[Auction | UnusableAuction]:
    """The auctions as they are published now, with the seller of their listing and the end their sale gives them."""
    documents = await client.documents(ids, tag="auctions.newest")
    wanted = {ref for each in documents if each for ref in (_ref(each, "listing"), _ref(each, "sale")) if ref}
    others = dict(zip(sorted(wanted), await client.documents(sorted(wanted), tag="auctions.around"), strict=True))
    found: list[Auction | UnusableAuction] = []
    for auction_id, document in zip(ids, documents, strict=True):
        if document is None or document.get("_type") != "auction":
            found.append(UnusableAuction(auction_id, "it is not published"))
            continue
        try:
            found.append(_auction(document, others, now))
        except (ValueError, IncrementPolicyError, MoneyError) as error:
            found.append(UnusableAuction(auction_id, str(error)))
    return found


async def newest_sale(client: SanityClient, sale_id: str) -> Sale | None:
    """The sale as it is published now, without its lots."""
    document = (await client.documents([sale_id], tag="sales.newest"))[0]
    return _sale(document) if document is not None and document.get("_type") == "sale" else None


async def lots_of_sale(client: SanityClient, sale_id: str, *, after: str, limit: int) -> list[str]:
    """Ids of up to `limit` published lots of a sale that follow `after`."""
    parameters = {"sale": sale_id, "after": after, "limit": limit}
    return [str(each) for each in await client.query(_SALE_LOTS, parameters, tag="sales.lots")]


async def ids_after(client: SanityClient, *, after: str, limit: int) -> list[str]:
    """Ids of up to `limit` published auctions that follow `after`."""
    return [str(each) for each in await client.query(_AUCTIONS, {"after": after, "limit": limit}, tag="walks.auctions")]


def _auction(document: Row, others: dict[str, dict[str, Any] | None], now: datetime) -> Auction:
    auction_id = str(document["_id"])
    listing_id, sale_id = _ref(document, "listing"), _ref(document, "sale")
    listing = others.get(listing_id or "")
    seller_id = _ref(listing, "seller") if listing else None
    if listing_id is None or listing is None or seller_id is None:
        raise ValueError("its listing is not published or has no seller")
    sale_document = others.get(sale_id or "")
    sale = _sale(sale_document) if sale_document else None
    lot_number = whole_number(document.get("lotNumber"))
    starts_at, ends_at = moment(document.get("startsAt")), moment(document.get("endsAt"))
    if sale is not None and lot_number is not None and lot_number >= 1:
        ends_at = sale.lot_end(lot_number - 1)
    if starts_at is None or ends_at is None or ends_at <= starts_at:
        raise ValueError("it needs a start and a later end")
    currency = text(document.get("currency")) or ""
    terms = LotTerms(
        auction_id=auction_id,
        kind=one_of(AuctionKind, document.get("kind")) or AuctionKind.ENGLISH_TIMED,
        currency=Money(0, currency).currency,
        seller_id=seller_id,
        starts_at=starts_at,
        ends_at=ends_at,
        start_minor=_amount(document, "startPriceMinor", currency) or 1,
        reserve_minor=_amount(document, "reserveMinor", currency),
        buy_now_minor=_amount(document, "buyNowMinor", currency),
        buy_now_until=one_of(BuyNowUntil, document.get("buyNowUntil")) or BuyNowUntil.FIRST_BID,
        policy=_policy(document, currency),
        soft_close=_soft_close(document),
    )
    return Auction(
        auction_id=auction_id,
        revision=str(document.get("_rev") or ""),
        listing_id=listing_id,
        sale_id=sale_id if sale is not None else None,
        lot_number=lot_number,
        title=text(listing.get("title")) or "Untitled",
        terms=terms,
        status=_STATUSES.get(str(document.get("status")), AuctionStatus.SCHEDULED),
        epoch=1,
        updated_at=now,
    )


def _policy(document: Row, currency: str) -> IncrementPolicy:
    """A fixed step where the document has one, else the default table (the only named one so far)."""
    fixed = _amount(document, "incrementMinor", currency)
    return IncrementPolicy(f"fixed-{fixed}", (IncrementRow(0, fixed),)) if fixed else default_policy(currency)


def _soft_close(document: Row) -> SoftClose:
    """The usual soft close, or the document's own seconds."""
    usual = SoftClose()
    window, extension = whole_number(document.get("softCloseSeconds")), whole_number(document.get("extensionSeconds"))
    return SoftClose(
        window=_seconds(window) if window is not None else usual.window,
        extension=_seconds(extension) if extension is not None else usual.extension,
    )


def _seconds(count: int) -> timedelta:
    return timedelta(seconds=min(max(count, 0), _LARGEST_WINDOW_SECONDS))


def _amount(document: Row, name: str, currency: str) -> int | None:
    amount = whole_number(document.get(name))
    if amount is None or amount < 1:
        return None
    return Money(amount, currency).amount_minor


def _sale(document: Row) -> Sale:
    starts_at, ends_at = moment(document.get("startsAt")), moment(document.get("endsAt"))
    if starts_at is None or ends_at is None:
        raise ValueError("its sale needs a start and an end")
    return Sale(
        sale_id=str(document["_id"]),
        revision=str(document.get("_rev") or ""),
        title=text(document.get("title")) or "Untitled",
        starts_at=starts_at,
        ends_at=ends_at,
        lot_gap=timedelta(seconds=max(0, whole_number(document.get("gapSeconds")) or 0)),
        auction_ids=(),
    )


def _ref(document: Row | None, name: str) -> str | None:
    return text((row((document or {}).get(name)) or {}).get("_ref"))
