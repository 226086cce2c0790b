"""Live presence and typing: states of which only the newest counts, looked at anew while nothing is heard."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from uuid import UUID

from datasources.postgres import conversation_contexts as contexts
from datasources.redis import presence
from domain.conversations import TYPING_SECONDS
from domain.presence import MOST_FOLLOWED, Presence, Typing
from domain.problems import BadInputError
from subscriptions.messages import LiveMessages
from subscriptions.topics import paced

PACE_SECONDS = 0.25
LOOK_SECONDS = 10.0
"""Nobody says when somebody's time is over, so it is looked at."""


@dataclass(frozen=True, slots=True)
class LivePresence:
    """What following presence needs."""

    messages: LiveMessages

    async def presence(self, ids: Sequence[UUID], viewer_id: UUID) -> AsyncGenerator[list[Presence]]:
        """Who of up to a hundred people is there, then again those for whom it changed."""
        if not 1 <= len(ids) <= MOST_FOLLOWED:
            raise BadInputError("BAD_ARGUMENTS", f"Give 1 to {MOST_FOLLOWED} accounts.")
        wanted = list(dict.fromkeys(ids))
        told: dict[UUID, Presence] = {}
        stream = paced(
            self.messages.hub.follow_state([presence.presence_key(each) for each in wanted], pace_seconds=PACE_SECONDS),
            seconds=LOOK_SECONDS,
        )
        try:
            async for _ in stream:
                await self.messages.check_suspension(viewer_id)
                now = await self._read(wanted, viewer_id)
                changed = [each for each in now if told.get(each.user_id) != each]
                told |= {each.user_id: each for each in changed}
                if changed:
                    yield changed
        finally:
            await stream.aclose()

    async def _read(self, ids: Sequence[UUID], viewer_id: UUID) -> list[Presence]:
        """Strangers, people who hide, and those behind a block look as if they were never there."""
        office = self.messages.office
        reachable = await contexts.reachable(office.sources.database, viewer_id, ids)
        seen = await presence.read(office.sources.live, [each for each in ids if each in reachable])
        known = {each.user_id: each for each in seen}
        return [known.get(each, Presence(each, is_online=False, last_seen_at=None)) for each in ids]

    async def typing(self, conversation_id: str, viewer_id: UUID) -> AsyncGenerator[Typing]:
        """Whether the other is writing; it ends by itself some seconds after the last sign."""
        conversation = await self.messages.admit(conversation_id, viewer_id)
        other, is_typing, loop = conversation.other(viewer_id), False, asyncio.get_running_loop()
        ends_at = checked_at = loop.time()
        key = presence.typing_key(conversation_id, other)
        stream = paced(self.messages.hub.follow_state([key], pace_seconds=PACE_SECONDS), seconds=1.0)
        try:
            async for found in stream:
                if found or loop.time() - checked_at > LOOK_SECONDS:
                    await self.messages.check_suspension(viewer_id)
                    await self.messages.admit(conversation_id, viewer_id)
                    checked_at = loop.time()
                if found:
                    was_typing, is_typing = is_typing, bool(found[-1].line)
                    ends_at = loop.time() + TYPING_SECONDS
                elif is_typing and loop.time() > ends_at:
                    was_typing, is_typing = True, False
                else:
                    continue
                if was_typing is not is_typing:
                    yield Typing(conversation_id, other, is_typing)
        finally:
            await stream.aclose()
