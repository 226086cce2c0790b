"""What lines of a lot's journal mean for its bidders: what others did to them, and how they stand at the end."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as some

from domain.auctions import ReserveStatus
from domain.lot_notices import read_news
from domain.lots import EntryKind, LotEntry
from domain.notifications import NotificationKind as Kind

AT = datetime(2026, 1, 1, tzinfo=UTC)


def line(seq: int, bidder: str | None, leader: str | None, kind: EntryKind = EntryKind.BID) -> LotEntry:
    return LotEntry(
        auction_id="lot-1",
        seq=seq,
        epoch=1,
        kind=kind,
        at=AT,
        bidder_id=bidder,
        leader_id=leader,
        ends_at=AT,
        reserve_status=ReserveStatus.NO_RESERVE,
        bid_count=seq,
        price_minor=seq * 100,
    )


def test_who_lost_the_lead_to_another_is_told() -> None:
    news = read_news("ann", [line(2, "bob", "bob"), line(3, "cid", "cid")])
    assert news.standings == (("ann", Kind.OUTBID, 2), ("bob", Kind.OUTBID, 3))
    assert news.new_bids == 2


def test_a_bid_that_does_not_take_the_lead_was_answered_so_and_is_no_news() -> None:
    assert read_news("ann", [line(2, "bob", "ann")]).standings == ()


def test_who_took_the_lead_back_meanwhile_is_told_nothing() -> None:
    assert read_news("ann", [line(2, "bob", "bob"), line(3, "ann", "ann")]).standings == (("bob", Kind.OUTBID, 3),)


def test_who_bid_in_vain_after_losing_the_lead_knows_it() -> None:
    assert read_news("ann", [line(2, "bob", "bob"), line(3, "ann", "bob")]).standings == ()


def test_who_leads_because_another_bid_was_taken_back_is_told() -> None:
    taken_back = line(3, "bob", "ann", EntryKind.RETRACTED)
    assert read_news("bob", [taken_back]).standings == (("ann", Kind.LEADING_AGAIN, 3),)
    assert read_news("ann", [line(2, "bob", "bob"), taken_back]).standings == (), "as before"
    struck = line(3, "bob", None, EntryKind.VOIDED)
    assert read_news("bob", [struck]).standings == (), "nobody outbid bob"


PEOPLE = some.sampled_from(["ann", "bob", "cid"])


@given(
    before=some.none() | PEOPLE, steps=some.lists(some.tuples(PEOPLE, some.booleans(), some.booleans()), max_size=12)
)
def test_nobody_is_told_twice_nor_the_opposite_of_how_they_stand(
    before: str | None, steps: list[tuple[str, bool, bool]]
) -> None:
    leader, lines = before, []
    for seq, (bidder, takes, is_offer) in enumerate(steps, start=1):
        leader = bidder if takes else leader
        lines.append(line(seq, bidder, leader, EntryKind.BID if is_offer else EntryKind.RETRACTED))
    news = read_news(before, lines)
    told = [bidder for bidder, _, _ in news.standings]
    assert len(told) == len(set(told))
    for bidder, kind, seq in news.standings:
        assert (bidder == leader) == (kind is Kind.LEADING_AGAIN)
        assert lines[seq - 1].bidder_id != bidder or kind is Kind.LEADING_AGAIN
