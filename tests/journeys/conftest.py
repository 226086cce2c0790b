"""One small shop for every journey that needs a whole marketplace."""

from collections.abc import Iterator

import pytest

from tests.journeys.auction_market import Shop, shop


@pytest.fixture(scope="session")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with shop(tmp_path_factory.mktemp("market")) as running:
        yield running
