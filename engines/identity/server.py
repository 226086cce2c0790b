"""The issuer's HTTP face: OIDC discovery, keys, tokens for demo users, userinfo and key rotation."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from joserfc import jwt
from joserfc.errors import JoseError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from engines.identity.directory import as_json
from engines.identity.keys import SigningKeys
from engines.identity.tokens import DEFAULT_LIFETIME, IdentityError, IssuerSettings, Subject, sign

MOST_BODY_BYTES = 16_384
NEVER_STORE = {"cache-control": "no-store"}
OAUTH_GRANT_ERRORS = {"invalid_request": 400, "invalid_grant": 400, "invalid_token": 401}


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """Everything the routes need."""

    settings: IssuerSettings
    keys: SigningKeys
    directory: Mapping[str, Subject] = field(default_factory=dict)

    def discovery(self, _request: Request) -> Response:
        """OpenID Connect Discovery 1.0, section 3."""
        base = self.settings.issuer.rstrip("/")
        return JSONResponse(
            {
                "issuer": self.settings.issuer,
                "jwks_uri": f"{base}/.well-known/jwks.json",
                "token_endpoint": f"{base}/token",
                "userinfo_endpoint": f"{base}/userinfo",
                "response_types_supported": ["token"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["none"],
                "claims_supported": ["sub", "aud", "exp", "iat", "name", "email", self.settings.role_claim],
            }
        )

    def published_keys(self, _request: Request) -> Response:
        """The JSON Web Key Set, RFC 7517 section 5."""
        return JSONResponse({"keys": self.keys.published()}, headers={"cache-control": "public, max-age=60"})

    def users(self, _request: Request) -> Response:
        """The demo users, for a "sign in as" choice."""
        return JSONResponse({"users": [as_json(subject) for subject in self.directory.values()]})

    async def token(self, request: Request) -> Response:
        """`{user, role?}` (JSON or form) gives a bearer token; errors are those of RFC 6749 section 5.2."""
        try:
            subject = self._asked_subject(await _asked(request))
            token = sign(self.keys, self.settings, subject, now=datetime.now(UTC), lifetime=DEFAULT_LIFETIME)
        except _RefusedError as refused:
            return _refusal(refused.code, str(refused))
        except IdentityError as error:
            return _refusal("invalid_request", str(error))
        answer = {"access_token": token, "token_type": "Bearer", "expires_in": int(DEFAULT_LIFETIME.total_seconds())}
        return JSONResponse(answer, headers=NEVER_STORE)

    def userinfo(self, request: Request) -> Response:
        """The claims of the bearer token shown."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        try:
            claims = (
                jwt.decode(token, self.keys.key_set(), algorithms=["RS256"]).claims
                if scheme.lower() == "bearer"
                else {}
            )
        except (JoseError, ValueError):
            claims = {}
        if claims.get("exp", 0) <= datetime.now(UTC).timestamp():
            return _refusal("invalid_token", "Show a valid bearer token.")
        shown = ("sub", "name", "email", self.settings.role_claim)
        return JSONResponse({name: claims[name] for name in shown if name in claims}, headers=NEVER_STORE)

    def rotate(self, _request: Request) -> Response:
        """Sign with a new key; the old one stays published."""
        return JSONResponse({"kid": self.keys.rotate().kid})

    def _asked_subject(self, asked: Mapping[str, object]) -> Subject:
        user, role = asked.get("user"), asked.get("role")
        if not isinstance(user, str) or not (role is None or isinstance(role, str)):
            raise _RefusedError("invalid_request", "Name a `user`, and a `role` if you want only one.")
        if not self.directory:
            return Subject(user=user, roles=(role,) if role else ())
        known = self.directory.get(user)
        if known is None:
            raise _RefusedError("invalid_grant", f"There is no user {user!r}; GET /users lists them.")
        if role is None:
            return known
        if role not in known.roles:
            raise _RefusedError("invalid_grant", f"{user} may be {', '.join(known.roles) or 'nothing'}, not {role!r}.")
        return replace(known, roles=(role,))


class _RefusedError(Exception):
    """A request for a token that is answered with an OAuth error code."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


def create_app(issuer: Issuer, *, allow_origins: tuple[str, ...] = ()) -> Starlette:
    """The issuer as an ASGI application; pages of `allow_origins` may read its answers."""
    issuer.keys.newest()  # the first key takes a moment to make: not while a client waits
    routes = [
        Route("/health", lambda _request: JSONResponse({"status": "ok"})),
        Route("/.well-known/openid-configuration", issuer.discovery),
        Route("/.well-known/jwks.json", issuer.published_keys),
        Route("/users", issuer.users),
        Route("/token", issuer.token, methods=["POST"]),
        Route("/userinfo", issuer.userinfo),
        Route("/rotate", issuer.rotate, methods=["POST"]),
    ]
    cors = Middleware(CORSMiddleware, allow_origins=allow_origins, allow_methods=["GET", "POST"], allow_headers=["*"])
    return Starlette(routes=routes, middleware=[cors] if allow_origins else [])


async def _asked(request: Request) -> Mapping[str, object]:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BODY_BYTES:
            raise _RefusedError("invalid_request", "The request is too long.")
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(body.decode(errors="replace"), max_num_fields=20))
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _RefusedError("invalid_request", "The body must be JSON or a form.") from error
    if not isinstance(asked, dict):
        raise _RefusedError("invalid_request", "The body must be a JSON object.")
    return asked


def _refusal(code: str, sentence: str) -> Response:
    body = {"error": code, "error_description": sentence}
    return JSONResponse(body, status_code=OAUTH_GRANT_ERRORS[code], headers=NEVER_STORE)
