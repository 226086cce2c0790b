"""One request as it came in: who asks, for what, and under which idempotency key."""

import hashlib
from dataclasses import dataclass

import orjson
from starlette.requests import Request

from engines.payment_server.forms import parse_form
from engines.payment_server.problems import invalid
from engines.payment_server.store import Json

MOST_BODY_BYTES = 1_048_576
LONGEST_KEY = 255
SECRET_KEYS = ("sk_test_", "rk_test_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One authenticated request, read completely."""

    method: str
    path: str
    form: Json
    request_id: str
    idempotency_key: str | None
    account: str
    """Whose request it is: keys of different accounts never meet."""

    @property
    def fingerprint(self) -> str:
        """What makes two requests the same one."""
        shape = orjson.dumps([self.method, self.path, self.form], option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(shape).hexdigest()

    @property
    def answer_key(self) -> str:
        """Under which the answer is remembered."""
        return f"{self.account}:{self.idempotency_key}"


async def read_request(request: Request, request_id: str, key: str | None) -> Asked:
    """Authenticate and read; raises the StripeProblem of a request that cannot even be tried."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if not secret:
        sentence = "You did not provide an API key. Use Bearer auth: 'Authorization: Bearer YOUR_SECRET_KEY'."
        raise invalid(sentence, status=401)
    if scheme.lower() != "bearer" or not secret.startswith(SECRET_KEYS):
        raise invalid(f"Invalid API Key provided: {secret[:8]}****. Local keys begin with sk_test_.", status=401)
    if key is not None and not 0 < len(key) <= LONGEST_KEY:
        raise invalid(f"Idempotency keys have 1 to {LONGEST_KEY} characters.")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BODY_BYTES:
            raise invalid("The request is too large.", status=413)
    text = body.decode(errors="replace") if request.method == "POST" else request.url.query
    account = hashlib.sha256(f"{secret}/{request.headers.get('stripe-account', '')}".encode()).hexdigest()[:16]
    return Asked(
        method=request.method,
        path=request.url.path,
        form=parse_form(text),
        request_id=request_id,
        idempotency_key=key,
        account=account,
    )
