"""The registry of kinds, the texts they give, and whose choice counts."""

from datetime import UTC, datetime, timedelta
from string import Template
from uuid import UUID

import pytest

from domain.letters import Envelope, digest_of, write_letter
from domain.mails import read_link_token, write_link_token
from domain.notifications import Cause, Channel, Choice, NotificationKind, is_wanted, mail_of, title_of

ANN = UUID(int=7)
FACTS = {
    name: f"<{name}>"
    for name in ("title", "price", "was", "due", "search", "auction", "listing", "order", "conversation")
}
AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("kind", NotificationKind)
def test_every_kind_can_be_told_with_the_facts_that_causes_give(kind: NotificationKind) -> None:
    named = {
        *Template(
            f"{kind.value.title} {kind.value.grouped or ''} {kind.value.body} {kind.value.path}"
        ).get_identifiers()
    }
    assert named <= {*FACTS, "count"}
    draft = mail_of(Cause(kind=kind, key="k", group="g", facts=FACTS), ANN)
    letter = write_letter(draft, Envelope(sender="a@b.test", to=("c@d.test",), site_url="https://shop.test"))
    assert "…" not in letter.text
    assert "$" not in letter.text
    assert "<title>" not in letter.html.replace("<title>", "", 1).partition("</title>")[2]


def test_several_causes_of_a_group_are_counted_in_the_title() -> None:
    assert title_of(NotificationKind.NEW_BIDS, {"title": "a boat"}, 1) == "A new bid on a boat"
    assert title_of(NotificationKind.NEW_BIDS, {"title": "a boat"}, 3) == "3 new bids on a boat"
    assert title_of(NotificationKind.AUCTION_WON, {"title": "a boat"}, 3) == "You won a boat"


def test_a_fact_that_is_missing_or_written_by_people_is_no_trouble() -> None:
    assert title_of(NotificationKind.OUTBID, {}, 1) == "You were outbid on …"
    assert title_of(NotificationKind.OUTBID, {"title": "$price ${x} $"}, 1) == "You were outbid on $price ${x} $"


def choice(*, is_on: bool, later: int) -> Choice:
    return Choice(is_on, AT + timedelta(seconds=later))


def test_the_newest_choice_counts_and_without_one_the_kinds_own() -> None:
    kind = NotificationKind.NEW_BIDS
    assert is_wanted(kind, Channel.IN_APP, of_kind=None, of_all=None)
    assert not is_wanted(kind, Channel.EMAIL, of_kind=None, of_all=None)
    off, on = choice(is_on=False, later=1), choice(is_on=True, later=2)
    assert is_wanted(kind, Channel.EMAIL, of_kind=on, of_all=off)
    assert not is_wanted(kind, Channel.EMAIL, of_kind=choice(is_on=True, later=0), of_all=off)


def test_a_digest_of_one_is_that_mail_and_of_several_a_list() -> None:
    drafts = [mail_of(Cause(kind=NotificationKind.OUTBID, key=k, group="g", facts={"title": k}), ANN) for k in "ab"]
    assert digest_of(drafts[:1], str(ANN), dedupe_key="d").subject == "You were outbid on a"
    both = digest_of(drafts, str(ANN), dedupe_key="d")
    assert both.items == ("You were outbid on a", "You were outbid on b")
    assert both.kind == "all"


def test_a_link_is_only_believed_whole_and_with_the_right_secret() -> None:
    token = write_link_token(ANN, "outbid", b"secret")
    assert read_link_token(token, b"secret") == (ANN, "outbid")
    for wrong in (token[:-1], token + "A", "A" + token[1:], "", "ü"):
        assert read_link_token(wrong, b"secret") is None
    assert read_link_token(token, b"another") is None
    assert read_link_token(write_link_token(ANN, "outbid", b""), b"") is None, "without a secret nothing is signed"
