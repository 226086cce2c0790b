"""Streams of log topics: recent events for those who watch, bounded in length and life, refilled from the record."""

from collections.abc import Sequence
from datetime import datetime

import hiredis
import orjson
from redis import exceptions

from datasources.redis import streams
from datasources.redis.connections import LiveState
from datasources.redis.links import pack
from datasources.redis.streams import StreamEvent
from domain.topics import KEPT_FOR, MOST_KEPT, TopicEvent

_PREFIX = "gavel:topic:"
_KEPT_SECONDS = int(KEPT_FOR.total_seconds())


def stream_key(topic: str) -> str:
    """The key of a topic's stream."""
    return _PREFIX + topic


async def publish(live: LiveState, events: Sequence[TopicEvent]) -> None:
    """Add committed events to their streams in one round trip; one that is there, or overtaken by a newer, is skipped.

    An overtaken event is not lost: readers that see the newer one find the hole and read it from the record.
    """
    commands = [
        pack(("XADD", stream_key(each.topic), "MAXLEN", "~", MOST_KEPT, f"{each.seq}-0", "e", write_line(each)))
        for each in events
    ]
    topics = {each.topic for each in events}
    commands += [pack(("EXPIRE", stream_key(each), _KEPT_SECONDS)) for each in topics]
    for answer in await live.ask_each("topics.publish", commands):
        if isinstance(answer, hiredis.ReplyError) and "equal or smaller" not in str(answer):
            raise exceptions.ResponseError(str(answer))


async def events_after(live: LiveState, topic: str, *, seq: int, most: int) -> list[StreamEvent]:
    """Lines after a number, as far as the stream has them."""
    return await streams.read_range(live, stream_key(topic), after=seq, most=most)


def write_line(event: TopicEvent) -> str:
    """The event as the stream carries it; its number is the id of its entry."""
    return orjson.dumps([event.kind, event.at, dict(event.payload)]).decode()


def as_line(event: TopicEvent) -> StreamEvent:
    """The event as if read from its stream."""
    return StreamEvent(stream_key(event.topic), event.seq, write_line(event))


def read_line(event: StreamEvent) -> TopicEvent:
    """The event that a line carries."""
    kind, at, payload = orjson.loads(event.line)
    return TopicEvent(event.key.removeprefix(_PREFIX), event.seq, kind, payload, datetime.fromisoformat(at))
