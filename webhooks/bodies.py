"""Reading the raw body of an inbound call within bounds, and the short answers of every webhook."""

import asyncio

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

LARGEST_BODY = 1_048_576
_BODY_SECONDS = 10.0
_RETRY_SECONDS = "15"


async def read_body(request: Request, *, most: int = LARGEST_BODY) -> bytes | Response:
    """The raw bytes that were signed, or what is answered to a body that is too late or too large."""
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            body = await _bounded(request, most)
    except (TimeoutError, ClientDisconnect):
        return sentence(408, "The body did not arrive in time.")
    return sentence(413, f"The body is larger than {most} bytes.") if body is None else body


async def _bounded(request: Request, most: int) -> bytes | None:
    """The bytes; None as soon as there are too many of them."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > most:
            return None
        chunks.append(chunk)
    return b"".join(chunks)


def sentence(status: int, message: str) -> Response:
    """A short answer."""
    return JSONResponse({"message": message}, status_code=status)


def stored(*, is_new: bool) -> tuple[Response, str]:
    """The answer to what is in the record now, and its outcome for the metrics."""
    return sentence(200, "Stored." if is_new else "Stored before."), "stored" if is_new else "repeated"


def later(message: str) -> Response:
    """Ask the sender to repeat the call."""
    return JSONResponse({"message": message}, status_code=503, headers={"retry-after": _RETRY_SECONDS})
