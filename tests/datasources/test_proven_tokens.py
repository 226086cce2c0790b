"""A token's signature is proved once for as long as its key is published; everything else is judged each time."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc import jws

from datasources.identity import TokenProblem, TokenVerifier, TrustedIssuer
from tests.datasources.test_identity_verifier import NOW, RunningIssuer, refusal


@pytest.fixture
async def issuer(tmp_path: Path) -> AsyncIterator[RunningIssuer]:
    async with RunningIssuer(tmp_path) as running:
        yield running


@pytest.fixture
async def verifier(issuer: RunningIssuer) -> AsyncIterator[TokenVerifier]:
    verifying = TokenVerifier([TrustedIssuer(issuer=issuer.url, audiences=("shop",))], fetch_seconds=5.0)
    yield verifying
    await verifying.close()


async def test_a_signature_is_proved_once_and_everything_else_each_time(
    issuer: RunningIssuer, verifier: TokenVerifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    true_deserialize, proved = jws.deserialize_compact, list[str]()

    def counted(token: str, *given: Any, **named: Any) -> Any:
        proved.append(token)
        return true_deserialize(token, *given, **named)

    monkeypatch.setattr("datasources.identity.verifier.jws.deserialize_compact", counted)
    token = issuer.sign()
    for _ in range(3):
        assert await refusal(verifier, token) is None
    header, claims, signature = token.split(".")
    for _ in range(2):
        assert await refusal(verifier, f"{header}.{claims}.{signature[:-8]}AAAAAAAA") is TokenProblem.BAD_SIGNATURE
    assert proved.count(token) == 1
    assert len(proved) == 3, "what was not proved is not remembered"
    assert await refusal(verifier, token, NOW + timedelta(minutes=11)) is TokenProblem.EXPIRED
    monkeypatch.setattr(verifier, "_key_sets", {issuer.url: NoKeys()})
    assert await refusal(verifier, token) is TokenProblem.UNKNOWN_KEY


class NoKeys:
    """An issuer that has taken its keys back."""

    async def key(self, _kid: str, _now: datetime) -> None:
        return None

    async def close(self) -> None:
        return None
