"""A plain client of the run's Valkey, for tests of the scripts alone."""

from collections.abc import Iterator

import pytest
import redis


@pytest.fixture
def valkey(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        client.flushdb()
        yield client
