"""One small shop for every journey that needs a whole marketplace."""

from collections.abc import Iterator

import pytest

from tests.folders import quick_folder
from tests.journeys.auction_market import Shop, shop


@pytest.fixture(scope="session")
def market() -> Iterator[Shop]:
    with quick_folder() as folder, shop(folder) as running:
        yield running
