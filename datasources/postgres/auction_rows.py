"""Auctions as rows of the record, in parts and whole."""

from datetime import timedelta
from typing import Any

from datasources.postgres.columns import Column, column
from datasources.postgres.tables.auctions import auctions
from datasources.record_parts import Part, RecordParts
from domain.auctions import Auction, AuctionKind, AuctionStatus, BuyNowUntil, LotTerms, SoftClose
from domain.increments import IncrementPolicy, IncrementRow


def _policy(row: Any) -> IncrementPolicy:
    return IncrementPolicy(row.policy_id, tuple(IncrementRow(*each) for each in row.increments))


def _soft_close(row: Any) -> SoftClose:
    return SoftClose(
        window=timedelta(seconds=row.window_seconds),
        extension=timedelta(seconds=row.extension_seconds),
        cap=timedelta(seconds=row.cap_seconds),
    )


_columns = auctions.c
AUCTION: RecordParts[Auction, Column] = RecordParts(
    Auction,
    {
        "auction_id": column(_columns.auction_id),
        "revision": column(_columns.revision),
        "listing_id": column(_columns.listing_id),
        "sale_id": column(_columns.sale_id),
        "lot_number": column(_columns.lot_number),
        "title": column(_columns.title),
        "status": column(_columns.status, AuctionStatus),
        "epoch": column(_columns.epoch),
        "updated_at": column(_columns.updated_at),
        "terms.auction_id": column(_columns.auction_id),
        "terms.kind": column(_columns.kind, AuctionKind),
        "terms.currency": column(_columns.currency),
        "terms.seller_id": column(_columns.seller_profile_id),
        "terms.starts_at": column(_columns.starts_at),
        "terms.ends_at": column(_columns.ends_at),
        "terms.start_minor": column(_columns.start_minor),
        "terms.reserve_minor": column(_columns.reserve_minor),
        "terms.buy_now_minor": column(_columns.buy_now_minor),
        "terms.buy_now_until": column(_columns.buy_now_until, BuyNowUntil),
        "terms.policy": Part((_columns.policy_id, _columns.increments), _policy),
        "terms.soft_close": Part(
            (_columns.window_seconds, _columns.extension_seconds, _columns.cap_seconds), _soft_close
        ),
    },
    always=("auction_id", "listing_id", "status"),
    inner={"terms": LotTerms},
)


def row_of(auction: Auction) -> dict[str, Any]:
    """The row that caches a definition."""
    terms, soft_close = auction.terms, auction.terms.soft_close
    return {
        "auction_id": auction.auction_id,
        "revision": auction.revision,
        "listing_id": auction.listing_id,
        "sale_id": auction.sale_id,
        "lot_number": auction.lot_number,
        "title": auction.title,
        "status": auction.status.value,
        "kind": terms.kind.value,
        "currency": terms.currency,
        "seller_profile_id": terms.seller_id,
        "starts_at": terms.starts_at,
        "ends_at": terms.ends_at,
        "start_minor": terms.start_minor,
        "reserve_minor": terms.reserve_minor,
        "buy_now_minor": terms.buy_now_minor,
        "buy_now_until": terms.buy_now_until.value,
        "policy_id": terms.policy.policy_id,
        "increments": [[row.from_minor, row.step_minor] for row in terms.policy.rows],
        "window_seconds": int(soft_close.window.total_seconds()),
        "extension_seconds": int(soft_close.extension.total_seconds()),
        "cap_seconds": int(soft_close.cap.total_seconds()),
        "epoch": auction.epoch,
        "close_check_at": terms.ends_at,
        "updated_at": auction.updated_at,
    }
