"""A saleroom over empty stores, and a cashier whose provider is the local payment server."""

from collections.abc import AsyncIterator

import pytest

from datasources.payments.stripe import StripePayments
from services.payments import Cashier
from services.salerooms import Saleroom
from tests.lots import open_saleroom


@pytest.fixture
async def saleroom(database_url: str, redis_url: str) -> AsyncIterator[Saleroom]:
    async with open_saleroom(database_url, redis_url) as opened:
        yield opened


@pytest.fixture
async def cashier(saleroom: Saleroom, stripe_url: str) -> AsyncIterator[Cashier]:
    provider = StripePayments("sk_test_gavel", url=stripe_url)
    yield Cashier(saleroom.sources, provider)
    await provider.close()
