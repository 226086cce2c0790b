"""What is followed by everybody alike: logs, whose every event counts, and states, of which the newest does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from domain.counters import LiveListingCounters
from domain.lot_events import LotEvent, LotGap, LotSnapshot


@dataclass(frozen=True, slots=True)
class Topic:
    """How the events of a followed field are told apart.

    In a log `place` is a number that rises by one; in a state it names each thing that an event shows, with its
    version. Without a cursor the source first shows how things stand.
    """

    place: Callable[[Any], int | Mapping[str, int]]
    is_log: bool
    cursor: Callable[[Any], str | None] = lambda _event: None
    restarts: Callable[[Any], bool] = lambda _event: False


def _version(event: LotEvent) -> int:
    return event.version


def _cursor(event: LotEvent) -> str:
    return event.cursor


def _versions(shown: list[LotSnapshot]) -> dict[str, int]:
    return {each.auction_id: each.version for each in shown}


def _readings(shown: list[LiveListingCounters]) -> dict[str, int]:
    return {each.listing_id: each.version for each in shown}


LOT = Topic(_version, is_log=True, cursor=_cursor, restarts=lambda event: isinstance(event, LotGap))
LOTS = Topic(_versions, is_log=False)
COUNTERS = Topic(_readings, is_log=False)
