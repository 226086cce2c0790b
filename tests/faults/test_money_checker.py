"""The judge of money is worth its word: paying in order passes, and planted faults are found."""

import asyncio
from collections.abc import AsyncIterator, Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import pytest

from datasources.payments.stripe import StripePayments
from datasources.postgres import ledger
from datasources.sources import Sources
from domain.payments import PaymentStatus
from domain.settlements import Heard, settle
from engines.supervisor import LocalEngines
from services import payments
from services.payments import Cashier, apply_payment_event, charge_order
from tests.faults.banks import Bank, Debtors, collect_money
from tests.faults.checker import Run
from tests.faults.money_checker import money_violations
from tests.stores import add_user, open_sources, rows

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")  # raised inside the Stripe client


@dataclass(frozen=True, slots=True)
class Stage:
    """A till in this process, a provider of its own, and whoever owes."""

    sources: Sources
    provider: StripePayments
    database_url: str
    url: str
    store: Path

    async def play(self) -> Run:
        """Five people pay two orders each; a part of one goes back, and every event is heard twice."""
        cashier = Cashier(self.sources, self.provider)
        users = [str((await add_user(self.database_url)).user_id) for _ in range(5)]
        owed = await Debtors(self.sources, self.provider, Random(3)).owe(users, each=2)
        for some in (owed[:5], owed[5:]) * 2:
            await asyncio.gather(*(charge_order(cashier, each) for each in (*some, *some)))
        first = (await rows(self.database_url, "select payment_id from payments where order_id = $1", owed[0]))[0][0]
        bank = Bank(self.url, Random(3))
        await bank.refund(first, 700)
        await bank.close()
        for event in ("evt_1", "evt_2", "evt_1"):
            for row in await rows(self.database_url, "select payment_id from payments order by 1"):
                await apply_payment_event(cashier, row[0], event_id=f"{event}_{row[0]}")
        run = Run({})
        await collect_money(run, self.database_url, self.store)
        run.orders = [dict(row) for row in await rows(self.database_url, "select * from orders")]
        run.entries = [dict(row) for row in await rows(self.database_url, "select * from ledger_entries")]
        run.books = [each for each in run.books if each["object"] != "event"]  # nobody listens here
        run.jobs = [each for each in run.jobs if each[0] == payments.SETTLE_LISTING]  # nobody works here
        assert len(run.payments) >= 8, "hardly anything was paid: the run shows nothing"
        return run


@pytest.fixture
async def stage(database_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    with LocalEngines(tmp_path) as engines:
        url = await asyncio.to_thread(engines.start_server, "engines.payment_server")
        provider = StripePayments("sk_test_gavel", url=url)
        async with open_sources(database_url, redis_url) as sources:
            yield Stage(sources, provider, database_url, url, tmp_path / "payment_server" / "payments.sqlite")
        await provider.close()


def broken(run: Run) -> set[str]:
    return {each.partition(":")[0] for each in money_violations(run)}


def an_object(run: Run, kind: str, **fields: Any) -> dict[str, Any]:
    return next(each for each in run.books if each["object"] == kind and fields.items() <= each.items())


def taken_twice(run: Run) -> None:
    run.books.append(an_object(run, "payment_intent", status="succeeded") | {"id": "pi_again"})


def a_refund_that_nobody_noted(run: Run) -> None:
    run.books.append(an_object(run, "refund") | {"id": "re_again"})


def an_order_in_no_declared_state(run: Run) -> None:
    run.orders[0]["status"] = "nearly-paid"


def an_order_that_was_never_paid(run: Run) -> None:
    next(each for each in run.orders if each["status"] == "payment-due")["status"] = "paid"


def an_event_stored_twice(run: Run) -> None:
    run.heard += ["evt_1", "evt_1"]


def an_event_that_was_lost(run: Run) -> None:
    run.books.append({"object": "event", "id": "evt_lost"})


def a_job_that_waits(run: Run) -> None:
    run.jobs.append((payments.REFUND_PAYMENT, {"id": "pi"}))


def content_that_was_not_told(run: Run) -> None:
    run.jobs.clear()


def a_line_too_many(run: Run) -> None:
    run.entries.append(run.entries[0])


async def test_paying_in_order_breaks_no_promise_and_faults_written_into_its_history_are_found(stage: Stage) -> None:
    run = await stage.play()
    assert money_violations(run) == []
    faults: list[tuple[Callable[[Run], None], str]] = [
        (taken_twice, "M1"),
        (a_refund_that_nobody_noted, "M2"),
        (an_order_in_no_declared_state, "M5"),
        (an_order_that_was_never_paid, "M1"),
        (an_event_stored_twice, "W4"),
        (an_event_that_was_lost, "W4"),
        (a_job_that_waits, "J2"),
        (content_that_was_not_told, "M6"),
        (a_line_too_many, "L1"),
    ]
    for plant, promise in faults:
        copy = deepcopy(run)
        plant(copy)
        assert promise in broken(copy), plant.__name__


async def test_a_charge_that_is_taken_twice_is_found(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    true_authorise, numbers = stage.provider.authorise, iter(range(1, 1_000))

    async def twice(order: Any, **named: Any) -> Any:
        first = await true_authorise(order, **named | {"attempt": next(numbers)})
        if first.status is PaymentStatus.AUTHORISED:
            await stage.provider.capture(first)
        return await true_authorise(order, **named | {"attempt": next(numbers)})

    monkeypatch.setattr(stage.provider, "authorise", twice)
    assert "M1" in broken(await stage.play())


async def test_an_effect_without_its_deduplication_is_found(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    true_post = ledger.post

    async def again(connection: Any, transfer: Any, **named: Any) -> bool:
        return await true_post(connection, replace(transfer, transfer_id=f"{transfer.transfer_id}:{uuid4()}"), **named)

    monkeypatch.setattr(
        "services.payments.settle", lambda order, payment, heard: settle(order, payment, forgetful(heard))
    )
    monkeypatch.setattr("datasources.postgres.ledger.post", again)
    assert "M2" in broken(await stage.play())


def forgetful(heard: Heard) -> Heard:
    return replace(heard, posted=frozenset())
