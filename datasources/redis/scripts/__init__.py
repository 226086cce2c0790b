"""Lua scripts: what must happen at once in Redis. Each is one file, run by its digest and taught where unknown."""

import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import NoScriptError

Argument = str | int


class Script:
    """A script by text and digest; a server that does not know it (restarted, flushed) is taught on the way."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.sha = hashlib.sha1(text.encode()).hexdigest()  # noqa: S324 - EVALSHA names scripts by SHA-1

    async def run(self, redis: Redis, keys: Sequence[str], arguments: Sequence[Argument]) -> Any:
        """The script's reply."""
        call: Any = redis
        try:
            return await call.evalsha(self.sha, len(keys), *keys, *arguments)
        except NoScriptError:
            return await call.eval(self.text, len(keys), *keys, *arguments)


async def run(redis: Redis, name: str, *, keys: Sequence[str], arguments: Sequence[Argument] = ()) -> Any:
    """The reply of the script in the file of this name."""
    return await named(name).run(redis, keys, arguments)


def read(name: str) -> str:
    """The text of one file of this folder."""
    return files(__name__).joinpath(f"{name}.lua").read_text()


@cache
def named(name: str) -> Script:
    """The script in the file of this name."""
    return Script(read(name))
