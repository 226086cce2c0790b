"""Bearer tokens against a real issuer on loopback: what is accepted, what is refused, and what an outage does."""

import asyncio
import base64
import hmac
import json
import shutil
import socket
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import pytest
import uvicorn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from datasources.identity import Identity, TokenProblem, TokenRefused, TokenVerifier, TrustedIssuer
from datasources.identity.key_sets import usable_keys
from engines.identity import Issuer, IssuerSettings, SigningKeys, create_app

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class RunningIssuer:
    """Our own issuer on a loopback port that can be taken down and brought back."""

    def __init__(self, data_dir: Path) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.keys = SigningKeys(data_dir)
        self._app = create_app(Issuer(settings=IssuerSettings(issuer=self.url, audience="shop"), keys=self.keys))

    async def __aenter__(self) -> Self:
        configuration = uvicorn.Config(self._app, log_level="critical", lifespan="off", timeout_graceful_shutdown=0)
        self._server = uvicorn.Server(configuration)
        self._serving = asyncio.create_task(self._server.serve(sockets=[self.listener]))
        for _ in range(1000):
            if self._server.started:
                break
            await asyncio.sleep(0.005)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.should_exit = True
        await self._serving

    def sign(self, claims: dict[str, Any] | None = None, header: dict[str, Any] | None = None) -> str:
        key = self.keys.newest()
        moment = int(NOW.timestamp())
        usual = {"iss": self.url, "aud": "shop", "sub": "dealer-1", "iat": moment, "exp": moment + 600}
        merged = {name: value for name, value in (usual | (claims or {})).items() if value is not None}
        return jwt.encode({"alg": "RS256", "kid": key.kid} | (header or {}), merged, key, algorithms=["RS256"])


@pytest.fixture(scope="module")
def made_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys are slow to make: the tests begin with copies of one."""
    folder = tmp_path_factory.mktemp("keys")
    SigningKeys(folder).newest()
    return folder / "keys.json"


@pytest.fixture
async def issuer(tmp_path: Path, made_keys: Path) -> AsyncIterator[RunningIssuer]:
    shutil.copy(made_keys, tmp_path)
    async with RunningIssuer(tmp_path) as running:
        yield running


@pytest.fixture
async def verifier(issuer: RunningIssuer) -> AsyncIterator[TokenVerifier]:
    verifying = TokenVerifier([TrustedIssuer(issuer=issuer.url, audiences=("shop", "office"))], fetch_seconds=1.0)
    yield verifying
    await verifying.close()


def segment(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


async def refusal(verifier: TokenVerifier, token: str, now: datetime = NOW) -> TokenProblem | None:
    answer = await verifier.verify(token, now)
    return answer.problem if isinstance(answer, TokenRefused) else None


async def test_a_good_token_names_the_person_and_the_roles(issuer: RunningIssuer, verifier: TokenVerifier) -> None:
    token = issuer.sign({"roles": ["user", "dealer"], "email": "d@example.test", "name": "Dina"})
    assert await verifier.verify(token, NOW) == Identity(
        issuer=issuer.url,
        subject="dealer-1",
        roles=("user", "dealer"),
        expires_at=NOW + timedelta(seconds=600),
        email="d@example.test",
        name="Dina",
    )


@pytest.mark.parametrize(
    ("claims", "header", "problem"),
    [
        ({"aud": "elsewhere"}, {}, TokenProblem.WRONG_AUDIENCE),
        ({"aud": None}, {}, TokenProblem.WRONG_AUDIENCE),
        ({"aud": ["elsewhere", "office"]}, {}, None),
        ({"aud": [["shop"], {}, None]}, {}, TokenProblem.WRONG_AUDIENCE),
        ({"iss": "https://evil.example"}, {}, TokenProblem.UNKNOWN_ISSUER),
        ({"iss": 7}, {}, TokenProblem.UNKNOWN_ISSUER),
        ({"exp": None}, {}, TokenProblem.MALFORMED),
        ({"exp": "soon"}, {}, TokenProblem.MALFORMED),
        ({"exp": 1e300}, {}, TokenProblem.MALFORMED),
        ({"exp": True}, {}, TokenProblem.MALFORMED),
        ({"nbf": "now"}, {}, TokenProblem.MALFORMED),
        ({"sub": None}, {}, TokenProblem.MALFORMED),
        ({"sub": ""}, {}, TokenProblem.MALFORMED),
        ({}, {"typ": "logout+jwt"}, TokenProblem.MALFORMED),
        ({}, {"typ": "at+jwt"}, None),
        ({}, {"kid": ""}, TokenProblem.UNKNOWN_KEY),
        ({}, {"kid": "another"}, TokenProblem.UNKNOWN_KEY),
        ({}, {"jku": "https://evil.example/keys"}, TokenProblem.FORBIDDEN_HEADER),
        ({}, {"x5u": "https://evil.example/cert"}, TokenProblem.FORBIDDEN_HEADER),
        ({}, {"jwk": {"kty": "RSA", "n": "AQAB", "e": "AQAB"}}, TokenProblem.FORBIDDEN_HEADER),
    ],
)
async def test_each_rule_has_its_own_refusal(
    issuer: RunningIssuer,
    verifier: TokenVerifier,
    claims: dict[str, Any],
    header: dict[str, Any],
    problem: TokenProblem | None,
) -> None:
    assert await refusal(verifier, issuer.sign(claims, header)) is problem


async def test_critical_header_extensions_are_refused(issuer: RunningIssuer, verifier: TokenVerifier) -> None:
    header, claims, signature = issuer.sign().split(".")
    widened = segment({"alg": "RS256", "kid": issuer.keys.newest().kid, "crit": ["exp"], "exp": 1})
    assert header != widened
    assert await refusal(verifier, f"{widened}.{claims}.{signature}") is TokenProblem.FORBIDDEN_HEADER


@pytest.mark.parametrize(
    ("claim", "moved", "problem"),
    [
        ("exp", -29, None),
        ("exp", -30, TokenProblem.EXPIRED),
        ("nbf", 30, None),
        ("nbf", 31, TokenProblem.NOT_YET_VALID),
        ("iat", 31, TokenProblem.NOT_YET_VALID),
    ],
)
async def test_clocks_may_differ_by_half_a_minute(
    issuer: RunningIssuer, verifier: TokenVerifier, claim: str, moved: int, problem: TokenProblem | None
) -> None:
    assert await refusal(verifier, issuer.sign({claim: int(NOW.timestamp()) + moved})) is problem


async def test_no_signature_and_a_shared_secret_are_refused(issuer: RunningIssuer, verifier: TokenVerifier) -> None:
    _, claims, signature = issuer.sign().split(".")
    for name in ("none", "None", "nOnE", "HS256", "RS512", ""):
        header = segment({"alg": name, "kid": issuer.keys.newest().kid})
        for ending in ("", signature):
            assert await refusal(verifier, f"{header}.{claims}.{ending}") is TokenProblem.FORBIDDEN_ALGORITHM


async def test_the_public_key_used_as_a_shared_secret_is_refused(
    issuer: RunningIssuer, verifier: TokenVerifier
) -> None:
    public = issuer.keys.newest()
    signed = f"{segment({'alg': 'HS256', 'kid': public.kid})}.{issuer.sign().split('.')[1]}"
    forgery = hmac.digest(public.as_pem(private=False), signed.encode(), "sha256")
    signature = base64.urlsafe_b64encode(forgery).rstrip(b"=").decode()
    assert await refusal(verifier, f"{signed}.{signature}") is TokenProblem.FORBIDDEN_ALGORITHM


async def test_changed_claims_break_the_signature(issuer: RunningIssuer, verifier: TokenVerifier) -> None:
    header, claims, signature = issuer.sign().split(".")
    changed = json.loads(base64.urlsafe_b64decode(claims + "==")) | {"roles": ["admin"]}
    assert await refusal(verifier, f"{header}.{segment(changed)}.{signature}") is TokenProblem.BAD_SIGNATURE
    assert await refusal(verifier, f"{header}.{claims}.") is TokenProblem.BAD_SIGNATURE


async def test_a_rotated_key_is_found_and_the_old_one_still_works(
    issuer: RunningIssuer, verifier: TokenVerifier
) -> None:
    old = issuer.sign()
    assert await refusal(verifier, old) is None
    issuer.keys.rotate()
    new = issuer.sign()
    assert await refusal(verifier, new, NOW + timedelta(seconds=29)) is TokenProblem.UNKNOWN_KEY
    assert await refusal(verifier, new, NOW + timedelta(seconds=30)) is None
    assert await refusal(verifier, old, NOW + timedelta(seconds=30)) is None


async def test_many_tokens_with_invented_keys_make_one_request(issuer: RunningIssuer, verifier: TokenVerifier) -> None:
    forged = [issuer.sign(header={"kid": f"invented-{number}"}) for number in range(40)]
    answers = await asyncio.gather(*(refusal(verifier, token) for token in forged))
    assert set(answers) == {TokenProblem.UNKNOWN_KEY}
    assert verifier.fetch_counts() == {issuer.url: 1}
    for token in forged:
        await refusal(verifier, token, NOW + timedelta(seconds=20))
    assert verifier.fetch_counts() == {issuer.url: 1}


async def test_known_keys_serve_for_an_hour_without_the_issuer(issuer: RunningIssuer, verifier: TokenVerifier) -> None:
    token = issuer.sign({"exp": int(NOW.timestamp()) + 20_000})
    assert await refusal(verifier, token) is None
    await issuer.__aexit__()
    assert await refusal(verifier, token, NOW + timedelta(minutes=60)) is None
    assert await refusal(verifier, token, NOW + timedelta(minutes=61)) is TokenProblem.ISSUER_UNAVAILABLE


async def test_keys_are_renewed_behind_the_answer_after_five_minutes(
    issuer: RunningIssuer, verifier: TokenVerifier
) -> None:
    token = issuer.sign({"exp": int(NOW.timestamp()) + 20_000})
    for minutes, fetches in ((0, 1), (5, 1), (6, 2), (10, 2), (12, 3)):
        assert await refusal(verifier, token, NOW + timedelta(minutes=minutes)) is None
        for _ in range(200):
            if verifier.fetch_counts()[issuer.url] == fetches:
                break
            await asyncio.sleep(0.005)
        await asyncio.sleep(0.05)
        assert verifier.fetch_counts() == {issuer.url: fetches}


async def test_an_issuer_that_never_answers_costs_its_deadline_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as black_hole:
        url = f"http://127.0.0.1:{black_hole.getsockname()[1]}"
        verifier = TokenVerifier([TrustedIssuer(issuer=url, audiences=("shop",))], fetch_seconds=0.3)
        token = f"{segment({'alg': 'RS256', 'kid': 'a'})}.{segment({'iss': url})}.AAAA"
        started = time.monotonic()
        answers = await asyncio.gather(*(refusal(verifier, token) for _ in range(20)))
        assert time.monotonic() - started < 1.5
        assert set(answers) == {TokenProblem.ISSUER_UNAVAILABLE}
        started = time.monotonic()
        assert await refusal(verifier, token) is TokenProblem.ISSUER_UNAVAILABLE
        assert time.monotonic() - started < 0.2
        assert verifier.fetch_counts() == {url: 1}
        await verifier.close()


async def test_an_issuer_that_drips_is_cut_off_at_the_deadline() -> None:
    ended = asyncio.Event()

    async def drip(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
        try:
            for _ in range(100):
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.05)
        except ConnectionError:
            writer.close()
            ended.set()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    verifier = TokenVerifier([TrustedIssuer(issuer=url, audiences=("shop",))], fetch_seconds=0.3)
    started = time.monotonic()
    token = f"{segment({'alg': 'RS256', 'kid': 'a'})}.{segment({'iss': url})}.AAAA"
    assert await refusal(verifier, token) is TokenProblem.ISSUER_UNAVAILABLE
    assert time.monotonic() - started < 1.5
    await verifier.close()
    await asyncio.wait_for(ended.wait(), 5)
    server.close()


async def test_a_caller_that_gives_up_does_not_end_the_request_of_the_others(
    issuer: RunningIssuer, verifier: TokenVerifier
) -> None:
    impatient = asyncio.create_task(verifier.verify(issuer.sign(), NOW))
    patient = asyncio.create_task(verifier.verify(issuer.sign(), NOW))
    await asyncio.sleep(0)
    impatient.cancel()
    assert isinstance(await patient, Identity)
    with pytest.raises(asyncio.CancelledError):
        await impatient


async def test_two_issuers_are_told_apart(issuer: RunningIssuer, tmp_path: Path) -> None:
    (tmp_path / "second").mkdir()
    async with RunningIssuer(tmp_path / "second") as second:
        verifier = TokenVerifier(
            [
                TrustedIssuer(issuer=issuer.url, audiences=("shop",), roles_path=("public_metadata", "roles")),
                TrustedIssuer(
                    issuer=second.url,
                    authorized_parties=("https://shop.example",),
                    jwks_url=f"{second.url}/.well-known/jwks.json",
                    roles_path=("https://shop.example/roles",),
                ),
            ]
        )
        first_answer = await verifier.verify(issuer.sign({"public_metadata": {"roles": ["editor"]}}), NOW)
        assert isinstance(first_answer, Identity)
        assert first_answer.roles == ("editor",)
        told = {"azp": "https://shop.example", "https://shop.example/roles": "user dealer"}
        second_answer = await verifier.verify(second.sign(told), NOW)
        assert isinstance(second_answer, Identity)
        assert second_answer.roles == ("user", "dealer")
        assert await refusal(verifier, second.sign()) is TokenProblem.WRONG_AUDIENCE
        assert await refusal(verifier, issuer.sign({"iss": second.url})) is TokenProblem.UNKNOWN_KEY
        await verifier.close()


@pytest.mark.parametrize("roles", [None, 7, {"a": 1}, [None, 7, ""], [["admin"]], ""])
async def test_a_strange_roles_claim_gives_no_role(
    issuer: RunningIssuer, verifier: TokenVerifier, roles: object
) -> None:
    answer = await verifier.verify(issuer.sign({"roles": roles}), NOW)
    assert isinstance(answer, Identity)
    assert answer.roles == ()


def test_unsafe_settings_are_refused_when_they_are_made() -> None:
    with pytest.raises(ValueError, match="algorithms must be"):
        TrustedIssuer(issuer="https://a.example", audiences=("a",), algorithms=("HS256",))
    with pytest.raises(ValueError, match="algorithms must be"):
        TrustedIssuer(issuer="https://a.example", audiences=("a",), algorithms=())
    with pytest.raises(ValueError, match="name its audiences"):
        TrustedIssuer(issuer="https://a.example")
    with pytest.raises(ValueError, match="must be an https address"):
        TrustedIssuer(issuer="http://a.example", audiences=("a",))


def test_only_public_signature_keys_of_sufficient_strength_are_used() -> None:
    good = [
        RSAKey.generate_key(2048, {"kid": "rsa"}).as_dict(private=False),
        ECKey.generate_key("P-256", {"kid": "ec", "use": "sig"}).as_dict(private=False),
        OKPKey.generate_key("Ed25519", {"kid": "okp"}).as_dict(private=False),
    ]
    bad: list[Any] = [
        OctKey.generate_key(256, {"kid": "secret"}).as_dict(private=True),
        {**good[0], "kid": "encrypting", "use": "enc"},
        {**good[0], "kid": 7},
        {"kty": "RSA", "kid": "broken", "n": "!", "e": "AQAB"},
        {"kty": "RSA", "kid": "weak", "n": "AQAB" * 20, "e": "AQAB"},
        {"kty": "EC", "kid": "empty"},
        {"kty": ["RSA"], "kid": "listed"},
        "RSA",
        None,
    ]
    assert set(usable_keys({"keys": [*bad, *good]})) == {"rsa", "ec", "okp"}
    assert usable_keys({"keys": "none"}) == {}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_whatever_is_mangled_the_answer_is_a_refusal_with_a_sentence(
    issuer: RunningIssuer, verifier: TokenVerifier, data: st.DataObject
) -> None:
    good = issuer.sign()
    json_values = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=6,
    )
    headers = st.fixed_dictionaries({"alg": st.just("RS256") | json_values, "kid": json_values})
    parts = good.split(".")
    edits = st.one_of(
        st.text(max_size=200),
        st.tuples(st.integers(0, len(good)), st.text(min_size=1, max_size=3)).map(
            lambda edit: good[: edit[0]] + edit[1] + good[edit[0] :]
        ),
        st.integers(0, len(good) - 1).map(lambda place: good[:place] + good[place + 1 :]),
        headers.map(lambda header: f"{segment(header)}.{parts[1]}.{parts[2]}"),
        json_values.map(lambda claims: f"{parts[0]}.{segment(claims)}.{parts[2]}"),
        st.just(f"{parts[0]}.{segment([]).replace('W10', 'W1' * 3000)}.{parts[2]}"),
    )
    answer = await verifier.verify(data.draw(edits), NOW)
    assert isinstance(answer, TokenRefused)
    assert answer.sentence.endswith(".")
    assert answer.code.startswith("TOKEN_")
