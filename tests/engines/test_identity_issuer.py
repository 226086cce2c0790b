"""The local identity provider: discovery, keys that survive and rotate, tokens for demo users only."""

import json
import subprocess
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from engines.identity import (
    IdentityError,
    Issuer,
    IssuerSettings,
    SigningKeys,
    Subject,
    create_app,
    issue_token,
    load_directory,
)
from engines.supervisor import LocalEngines

SETTINGS = IssuerSettings(issuer="http://issuer.test", audience="shop", role_claim="groups")
PEOPLE = {"dealer-1": Subject(user="dealer-1", roles=("user", "dealer"), name="Dina", email="dina@example.test")}


def client_of(data_dir: Path, people: dict[str, Subject] | None = None) -> httpx.AsyncClient:
    SETTINGS.save(data_dir)
    issuer = Issuer(settings=SETTINGS, keys=SigningKeys(data_dir), directory=PEOPLE if people is None else people)
    return httpx.AsyncClient(transport=httpx.ASGITransport(create_app(issuer)), base_url="http://issuer.test")


async def claims_of(client: httpx.AsyncClient, token: str) -> dict[str, object]:
    discovery = (await client.get("/.well-known/openid-configuration")).json()
    keys = (await client.get(discovery["jwks_uri"].removeprefix(discovery["issuer"]))).json()
    return jwt.decode(token, KeySet.import_key_set(keys), algorithms=["RS256"]).claims


async def test_discovery_leads_to_the_keys_that_verify_a_token(tmp_path: Path) -> None:
    client = client_of(tmp_path)
    answer = await client.post("/token", json={"user": "dealer-1", "role": "dealer"})
    assert answer.headers["cache-control"] == "no-store"
    claims = await claims_of(client, answer.json()["access_token"])
    assert (claims["iss"], claims["aud"], claims["sub"]) == ("http://issuer.test", "shop", "dealer-1")
    assert (claims["groups"], claims["name"], claims["email"]) == (["dealer"], "Dina", "dina@example.test")


async def test_published_keys_hold_nothing_private(tmp_path: Path) -> None:
    (key,) = (await client_of(tmp_path).get("/.well-known/jwks.json")).json()["keys"]
    assert set(key) == {"kty", "n", "e", "kid", "use", "alg"}
    assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600


async def test_after_a_rotation_old_tokens_still_verify_and_new_ones_use_the_new_key(tmp_path: Path) -> None:
    client = client_of(tmp_path)
    old = (await client.post("/token", json={"user": "dealer-1"})).json()["access_token"]
    new_kid = (await client.post("/rotate")).json()["kid"]
    new = (await client.post("/token", json={"user": "dealer-1"})).json()["access_token"]
    assert (await claims_of(client, old))["sub"] == (await claims_of(client, new))["sub"] == "dealer-1"
    assert next(key["kid"] for key in (await client.get("/.well-known/jwks.json")).json()["keys"]) == new_kid


def test_keys_survive_a_restart_and_are_bounded(tmp_path: Path) -> None:
    first = SigningKeys(tmp_path)
    kids = [first.newest().kid] + [first.rotate().kid for _ in range(3)]
    assert [key["kid"] for key in SigningKeys(tmp_path).published()] == kids[:0:-1]


def test_two_processes_that_start_at_once_agree_on_the_first_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(lambda _: SigningKeys(tmp_path).newest().kid, range(4)))) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"user": "stranger"}, "invalid_grant"),
        ({"user": "dealer-1", "role": "admin"}, "invalid_grant"),
        ({"role": "admin"}, "invalid_request"),
        ({"user": 7}, "invalid_request"),
        (["dealer-1"], "invalid_request"),
    ],
)
async def test_tokens_are_refused_with_an_oauth_error(tmp_path: Path, body: object, code: str) -> None:
    answer = await client_of(tmp_path).post("/token", json=body)
    assert (answer.status_code, answer.json()["error"]) == (400, code)
    assert answer.json()["error_description"].endswith(".")


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 10_000, b"\xff\xfe", b"x" * 20_000])
async def test_garbage_for_a_body_is_refused(tmp_path: Path, body: bytes) -> None:
    assert (await client_of(tmp_path).post("/token", content=body)).json()["error"] == "invalid_request"


async def test_a_form_is_understood_and_without_a_list_anybody_may_be(tmp_path: Path) -> None:
    client = client_of(tmp_path, people={})
    token = (await client.post("/token", data={"user": "anyone", "role": "editor"})).json()["access_token"]
    assert (await claims_of(client, token))["groups"] == ["editor"]


async def test_userinfo_tells_the_bearer_about_himself_alone(tmp_path: Path) -> None:
    client = client_of(tmp_path)
    token = (await client.post("/token", json={"user": "dealer-1"})).json()["access_token"]
    told = (await client.get("/userinfo", headers={"authorization": f"Bearer {token}"})).json()
    assert told == {"sub": "dealer-1", "name": "Dina", "email": "dina@example.test", "groups": ["user", "dealer"]}
    for header in ("", "Bearer", "Bearer x.y.z", f"Basic {token}", f"Bearer {token[:-8]}AAAAAAAA"):
        assert (await client.get("/userinfo", headers={"authorization": header})).status_code == 401
    expired = issue_token(tmp_path, "dealer-1", now=datetime.now(UTC) - timedelta(days=2))
    assert (await client.get("/userinfo", headers={"authorization": f"Bearer {expired}"})).status_code == 401


async def test_a_token_can_be_issued_beside_the_running_issuer(tmp_path: Path) -> None:
    client = client_of(tmp_path)
    claims = await claims_of(client, issue_token(tmp_path, "dealer-7", role="dealer"))
    assert (claims["sub"], claims["groups"], claims["iss"]) == ("dealer-7", ["dealer"], "http://issuer.test")


def test_a_token_from_a_folder_without_an_issuer_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(IdentityError, match="No identity issuer has run in"):
        issue_token(tmp_path, "dealer-1")


@pytest.mark.parametrize(("user", "lifetime"), [("", timedelta(1)), ("x" * 201, timedelta(1)), ("x", timedelta(99))])
def test_senseless_tokens_are_not_issued(tmp_path: Path, user: str, lifetime: timedelta) -> None:
    SETTINGS.save(tmp_path)
    with pytest.raises(IdentityError):
        issue_token(tmp_path, user, lifetime=lifetime)


@pytest.mark.parametrize(
    "text", ["", "{}", "[1]", '[{"user": ""}]', '[{"user": "a", "roles": "b"}]', '[{"user": "a", "x": 1}]']
)
def test_a_malformed_list_of_users_is_one_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "users.json").write_text(text)
    with pytest.raises(IdentityError, match=r"users\.json"):
        load_directory(tmp_path / "users.json")


def test_the_supervised_issuer_signs_in_the_users_of_its_file(tmp_path: Path) -> None:
    users = tmp_path / "users.json"
    users.write_text(json.dumps([{"user": "ann", "roles": ["editor"]}]))
    with LocalEngines(tmp_path / "data") as engines:
        address = engines.start_server("engines.identity", "--users", str(users), "--audience", "gate")
        with urllib.request.urlopen(f"{address}/.well-known/openid-configuration", timeout=5) as answer:
            assert json.load(answer)["issuer"] == address
        with urllib.request.urlopen(f"{address}/users", timeout=5) as answer:
            assert json.load(answer)["users"][0]["user"] == "ann"
    assert issue_token(tmp_path / "data" / "identity", "ann", role="editor").count(".") == 2


def test_a_bad_list_of_users_ends_the_program_with_a_sentence(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "engines.identity", "--data-dir", str(tmp_path), "--port", "0", "--users", "/none"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith("identity: The list of users /none cannot be read")
