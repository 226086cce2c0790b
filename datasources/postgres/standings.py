"""What decides whether somebody may write to somebody else: of many at once, in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.postgres.connections import Database, bare_driver_of
from datasources.postgres.messages import message_of
from domain.messages import Message

_RECENT = timedelta(hours=1)
_MOST_RECENT = 20

_STANDINGS = f"""
with given as materialized (
  select given.place, given.sender_id, given.conversation_id, given.client_id, given.wants_recent, c.listing_id,
    coalesce(given.recipient_id, case given.sender_id when c.buyer_id then c.seller_id when c.seller_id then c.buyer_id
      end) as recipient_id
  from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bool[]) with ordinality
    as given(sender_id, recipient_id, conversation_id, client_id, wants_recent, place)
  left join conversations c using (conversation_id)
)
select given.listing_id as wanted_listing_id, given.recipient_id,
  exists (
    select 1 from blocks b where (b.blocker_id = given.sender_id and b.blocked_id = given.recipient_id)
      or (b.blocker_id = given.recipient_id and b.blocked_id = given.sender_id)
  ) as is_blocked,
  exists (
    select 1 from suspensions s where s.user_id = given.sender_id and (s.until_at is null or s.until_at > $6)
  ) as is_suspended,
  exists (
    select 1 from messages a
    where a.conversation_id = given.conversation_id and a.sender_id = given.recipient_id and a.seq is not null
  ) as has_answer,
  case when given.wants_recent then array(
    select r.body from messages r where r.sender_id = given.sender_id and r.created_at > $7
    order by r.created_at desc limit {_MOST_RECENT}
  ) end as recent,
  earlier.*
from given left join messages earlier
  on earlier.sender_id = given.sender_id and earlier.client_message_id = given.client_id
order by given.place
"""  # noqa: S608 - the one value in it is a number of ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Who wants to write, where, and under which id of theirs."""

    sender_id: UUID
    recipient_id: UUID | None = None
    """None where it is the other one of the conversation."""
    conversation_id: str | None = None
    """None while the conversation has not begun."""
    client_id: str = ""
    wants_recent: bool = False
    """Whether what the sender wrote lately is wanted; it is long, and few texts are compared with it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a sender stands towards a recipient, and what the client's id stands for already."""

    recipient_id: UUID
    listing_id: str | None
    """What the conversation is about; None where none has begun."""
    earlier: Message | None
    earlier_digest: str | None
    is_blocked: bool
    is_suspended: bool
    has_answer: bool
    recent: tuple[str, ...]


async def standings(database: Database, questions: Sequence[Question], *, at: datetime) -> list[Standing | None]:
    """Standings in the order of the questions; None where there is no such conversation, or the sender is not in it."""
    columns: list[Any] = [
        [each.sender_id for each in questions],
        [each.recipient_id for each in questions],
        [each.conversation_id or "" for each in questions],
        [each.client_id for each in questions],
        [each.wants_recent for each in questions],
    ]

    async def run(connection: AsyncConnection) -> list[Standing | None]:
        raw = await bare_driver_of(connection)
        return [_standing(row) for row in await raw.fetch(_STANDINGS, *columns, at, at - _RECENT)]

    return await database.read("messages.standings", run)


async def standing(database: Database, question: Question, *, at: datetime) -> Standing | None:
    """The standing of one."""
    return (await standings(database, [question], at=at))[0]


def _standing(row: Any) -> Standing | None:
    if row["recipient_id"] is None:
        return None
    is_known = row["message_id"] is not None
    return Standing(
        recipient_id=UUID(str(row["recipient_id"])),
        listing_id=row["wanted_listing_id"],
        earlier=message_of(SimpleNamespace(**row)) if is_known else None,
        earlier_digest=row["digest"] if is_known else None,
        is_blocked=row["is_blocked"],
        is_suspended=row["is_suspended"],
        has_answer=row["has_answer"],
        recent=tuple(row["recent"] or ()),
    )
