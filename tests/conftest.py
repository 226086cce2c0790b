"""What every test may ask for: real engines for the whole run, fresh stores for each test, a closed network."""

import asyncio
import gc
import os
import signal
import socket
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from datasources.postgres.migrating import migrate
from engines.supervisor import LocalEngines, create_database, drop_database
from tests.folders import quick_folder

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
TEMPLATE = f"gavel_template_{os.getpid()}"
SEARCH_KEY = "a-search-key-for-tests"


def pytest_collection_finish(session: pytest.Session) -> None:
    """What is loaded by now stays: the collector need not look at it again for every test that asks for it."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def closed_network() -> Iterator[None]:
    """Nothing but loopback can be reached: a test that needs the world is a test that fails tomorrow."""
    reach = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6} and address[0] not in LOOPBACK:
            raise AssertionError(f"A test tried to reach {address[0]}.")
        reach(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect)
        yield


@pytest.fixture(autouse=True, scope="session")
def certificates_read_once() -> Iterator[None]:
    """Every client of httpx reads the world's certificates anew, and tests open thousands that never need them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("httpx._transports.default.create_ssl_context", cache(httpx.create_ssl_context))
        yield


@pytest.fixture(autouse=True, scope="session")
def interruptible() -> None:
    """A shell starts what runs behind it deaf to Ctrl-C, and so would be all that tests start."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True, scope="session")
def resolvers_never_started() -> Iterator[None]:
    """Hold to the filter for graphql-core's unstarted resolvers also where a warning can't be raised.

    The collector may come upon such a coroutine inside a named tuple's `__new__`, which has no builtins: the warning
    then fails to import its module, and that failure would be reported instead of being ignored.
    """
    report = sys.unraisablehook

    def hook(unraisable: "sys.UnraisableHookArgs") -> None:
        is_unstarted = "GraphQLCoreConverter.from_resolver" in getattr(unraisable.object, "__qualname__", "")
        if not (is_unstarted and isinstance(unraisable.exc_value, KeyError)):
            report(unraisable)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "unraisablehook", hook)
        yield


@pytest.fixture(scope="session")
def local_engines() -> Iterator[LocalEngines]:
    """One set of engines for the run; each is started when it is first asked for."""
    with quick_folder() as folder, LocalEngines(folder, is_durable=False) as engines:
        yield engines


@pytest.fixture
def engines_folder() -> Iterator[Path]:
    """For a test with engines of its own, which it may hurt."""
    with quick_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def postgres_url(local_engines: LocalEngines) -> Iterator[str]:
    """A database of our own cluster, or of the server named for the run, with a migrated template beside it."""
    url = local_engines.start_postgres(os.environ.get("GAVEL_TEST_POSTGRES_URL"))
    drop_database(url, TEMPLATE)
    asyncio.run(migrate(create_database(url, TEMPLATE)))
    yield url
    drop_database(url, TEMPLATE)


@pytest.fixture
def database_url(postgres_url: str) -> Iterator[str]:
    """An empty database with the newest schema, for one test."""
    name = f"test_{uuid4().hex}"
    yield create_database(postgres_url, name, template=TEMPLATE)
    drop_database(postgres_url, name)


@pytest.fixture(scope="session")
def redis_url(local_engines: LocalEngines) -> str:
    """The Valkey server of the run, or the Redis named for it; tests may empty it."""
    return local_engines.start_valkey(os.environ.get("GAVEL_TEST_REDIS_URL"))


@pytest.fixture(scope="session")
def lake_url(local_engines: LocalEngines) -> str:
    """The content store of the run; tests write to datasets of their own."""
    return local_engines.start_server("engines.content_lake", "--project", "gavel")


@pytest.fixture(scope="session")
def search_url(local_engines: LocalEngines) -> str:
    """The search server of the run."""
    return local_engines.start_server("engines.search_server", "--master-key", SEARCH_KEY)


@pytest.fixture(scope="session")
def mailbox_url(local_engines: LocalEngines) -> str:
    """The mailbox of the run; tests write to addresses of their own."""
    return local_engines.start_server("engines.mailbox")


@pytest.fixture(scope="session")
def stripe_url(local_engines: LocalEngines) -> str:
    """The payment server of the run."""
    return local_engines.start_server("engines.payment_server")


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the project."""
    return Path(__file__).parent.parent
