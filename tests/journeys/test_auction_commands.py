"""What an operator types beside a running marketplace: flags, rebuilding a lot, and an auction to watch."""

import asyncio
import itertools
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from redis import Redis

from domain.nodes import encode_node_id
from tests.journeys.auction_market import Client, Shop
from tests.journeys.test_auction import BID, LOT, REGISTER

pytestmark = pytest.mark.alone

FEATURES = "{ features }"


def test_a_feature_is_switched_off_and_on_while_the_marketplace_runs(market: Shop) -> None:
    ann, bob = Client(market, market.token("buyer-1")), Client(market, market.token("buyer-2"))

    def wait(person: Client, *, has: bool) -> None:
        asyncio.run(person.until(FEATURES, lambda data: ("launch_auctions" in data["features"]) == has))

    for person in (ann, bob):
        wait(person, has=True)
    assert market.command("flags", "set", "launch_auctions", "off").exit_code == 0
    assert market.command("flags", "set", "launch_auctions", "on", "--user", "buyer-2").exit_code == 0
    wait(ann, has=False)
    lot = encode_node_id("Auction", "a-lot")
    refused = asyncio.run(ann.ask(BID, lot=lot, most=1_000, key=str(uuid4())))
    assert refused["placeBid"]["code"] == "DISABLED_BY_FLAG"
    wait(bob, has=True)
    assert "launch_auctions  off  +1 accounts" in market.command("flags", "list").text
    assert market.command("flags", "set", "launch_auctions", "on").exit_code == 0
    wait(ann, has=True)
    unknown = market.command("flags", "set", "launch_rockets", "on")
    assert (unknown.exit_code, "no such flag" in unknown.text) == (1, True)


def test_a_lot_is_rebuilt_from_the_journal(market: Shop) -> None:
    lot = asyncio.run(a_lot_with_a_bid(market))
    with Redis.from_url(market.settings.redis_url.get_secret_value()) as redis:
        redis.flushdb()
        assert market.command("rebuild-auction", lot).text == "Rebuilt 1 auctions from the journal.\n"
        assert list(redis.scan_iter("*lot*"))
    assert asyncio.run(Client(market).ask(LOT, lot=lot))["auction"]["bidCount"] == 1
    assert market.command("rebuild-auction", "--all").exit_code == 0
    missing = market.command("rebuild-auction", "no-such-lot")
    assert (missing.exit_code, "not in the record" in missing.text) == (1, True)
    assert market.command("rebuild-auction").exit_code == 1


async def a_lot_with_a_bid(market: Shop) -> str:
    listing, _ = await market.listing_to_sell()
    lot = await market.hold_auction(listing, lasts=timedelta(hours=1), extension=timedelta(seconds=1))
    ann = Client(market, market.token("buyer-1"))
    await ann.until(LOT, lambda data: data["auction"] is not None, lot=lot)
    await ann.ask(REGISTER, lot=lot)
    await ann.ask(BID, lot=lot, most=20_000, key=str(uuid4()))
    return lot


def test_a_demo_auction_is_watched_to_its_sale(market: Shop) -> None:
    told = market.command("demo-auction", "--minutes", "0.1", "--bidders", "3", "--pace", "0.2")
    assert told.exit_code == 0, told.text
    assert "subscription {" in told.text
    assert " leads at " in told.text
    assert told.text.rstrip().splitlines()[-1].startswith("Sold at ")


def test_the_bidders_leave_quietly(market: Shop) -> None:
    command = [sys.executable, "-u", "-m", "cli", "demo-auction", "--minutes", "5", "--pace", "0.2"]
    environment = os.environ | {"GAVEL_DATA_DIR": str(market.settings.data_dir)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as show:
        assert show.stdout is not None
        told = list(itertools.takewhile(lambda line: " leads at " not in line, show.stdout))
        assert show.poll() is None, told
        show.send_signal(signal.SIGINT)
        rest, errors = show.communicate(timeout=60)
    assert (show.returncode, errors) == (0, "")
    assert "have left" in rest


def test_without_a_marketplace_the_command_says_so(tmp_path: Path, market: Shop) -> None:
    elsewhere = Shop(market.settings.model_copy(update={"data_dir": tmp_path}))
    told = elsewhere.command("demo-auction")
    assert (told.exit_code, "gavel run" in told.text) == (1, True)
