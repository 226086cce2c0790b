"""Processes of messages under attack: a web that sends over a line of JSON, and a worker that relays."""

import asyncio
import contextlib
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

from datasources.redis.windows import Limit
from datasources.sources import Sources
from domain.messages import HeldMessage, MessageDraft, MessageKeyConflict, MessageRefused, SentMessage
from domain.problems import RetryLater, UpstreamUnavailableError
from domain.users import User
from services import messages
from services.conversations import mark_conversation
from services.messages import send_message
from services.post_offices import PostOffice
from services.topics import relay

Tell = Callable[[int], None]
WEB, WORKER = "message-web", "message-worker"


def wide_limits() -> None:
    """People of a run write faster than people may."""
    messages.MESSAGE_LIMITS = (Limit(1_000_000, 10), Limit(1_000_000, 60))


def person(user_id: str, at: Any) -> User:
    """Somebody by their id."""
    return User(UUID(user_id), "https://issuer.test", user_id, None, at)


async def answer(office: PostOffice, call: dict[str, Any]) -> dict[str, Any]:
    """What the caller is told, as plain data."""
    user = person(call["sender"], office.sources.clock())
    if call["op"] == "read":
        marked = await mark_conversation(office, user, call["conversation"], up_to=call["seq"], is_read=True)
        return {"kind": "later" if isinstance(marked, RetryLater) else "marked"}
    draft = MessageDraft(client_message_id=call["key"], body=call["body"])
    match await send_message(office, user, call["conversation"], draft):
        case SentMessage() as sent:
            told = {"id": sent.message.message_id, "seq": sent.message.seq, "replayed": sent.replayed}
            return {"kind": "sent", **told}
        case HeldMessage():
            return {"kind": "held"}
        case MessageRefused() as refused:
            return {"kind": "refused", "code": refused.code}
        case MessageKeyConflict():
            return {"kind": "conflict"}
        case RetryLater():
            return {"kind": "later"}
        case _:
            return {"kind": "missing"}


async def serve(office: PostOffice, tell: Tell) -> None:
    """Take messages over TCP: one JSON line asks, one answers."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(json.dumps(await answer(office, json.loads(line))).encode() + b"\n")
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    tell(server.sockets[0].getsockname()[1])
    await server.serve_forever()


async def tend(sources: Sources, tell: Tell) -> None:
    """Publish what killed processes left, over and over."""
    tell(0)
    while True:
        with contextlib.suppress(UpstreamUnavailableError):
            await relay(sources)
        await asyncio.sleep(0.2)


async def live(role: str, sources: Sources, tell: Tell) -> None:
    """Be such a process until it is killed."""
    wide_limits()
    await (serve(PostOffice(sources), tell) if role == WEB else tend(sources, tell))
