"""Feature flags: read from a copy a second or two old at most, kept while the record is away; switched at run time."""

import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from datasources.postgres import flags as recorded
from datasources.postgres import users
from datasources.postgres.connections import Database
from datasources.sources import Sources
from domain.flags import KNOWN_FLAGS, Flag, FlagChange
from domain.problems import FieldProblem, InvalidInput, NotFound, RetryLater, UpstreamUnavailableError
from domain.users import Viewer

_FRESH_SECONDS = 1.0


class FlagBook:
    """The flags of one process."""

    def __init__(self, database: Database, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._monotonic = monotonic
        self._flags: Mapping[str, Flag] = {}
        self._read_at: float | None = None

    async def is_on(self, name: str, viewer: Viewer) -> bool:
        """Whether the viewer has this feature; a flag that nobody wrote is on."""
        now = self._monotonic()
        if self._read_at is None or now - self._read_at > _FRESH_SECONDS:
            self._read_at = now
            with contextlib.suppress(UpstreamUnavailableError):  # what is known stays
                self._flags = await recorded.every_flag(self._database)
        flag = self._flags.get(name)
        return flag is None or flag.is_on_for(viewer)

    async def features_of(self, viewer: Viewer) -> Sequence[str]:
        """The names of the switched features that the viewer has."""
        return [name for name in KNOWN_FLAGS if await self.is_on(name, viewer)]


async def every_flag(sources: Sources) -> Sequence[Flag]:
    """All flags there are, those that nobody wrote included."""
    written = await recorded.every_flag(sources.database)
    return [written.get(name) or Flag(name, is_on=True) for name in KNOWN_FLAGS]


async def set_flag(sources: Sources, wanted: FlagChange, *, actor: str) -> Flag | InvalidInput | NotFound | RetryLater:
    """Switch a feature; an account is named by its id, identity or profile. Every process follows in seconds."""
    if wanted.name not in KNOWN_FLAGS:
        return InvalidInput((FieldProblem("name", f"There is no such flag; there are {', '.join(KNOWN_FLAGS)}."),))
    try:
        if wanted.user_id is not None:
            found = await users.find_accounts(sources.database, wanted.user_id)
            if len(found) != 1:
                return NotFound("No one account is known by that name; it must have signed in once.")
            wanted = replace(wanted, user_id=str(found[0]))
        return await recorded.change(sources.database, wanted, actor=actor, now=sources.clock())
    except UpstreamUnavailableError as error:
        return RetryLater(error.public_message)
