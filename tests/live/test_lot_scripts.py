"""The scripts decide exactly as the pure rules do: random histories through both, on a real Valkey."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import redis
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from datasources.redis import lot_scripts
from datasources.redis.auctions import install_call
from datasources.redis.bids import lot_keys, read_decision
from datasources.redis.lot_lines import read_line, read_state, to_ms
from datasources.redis.scripts import Script, read
from domain import bids, lots
from domain.lots import EntryKind, LotState, fold, opening_state
from tests.live.lot_histories import LOT, REGISTRATIONS, History, read_history

RUN = "the-run-of-the-server"
TEST_CLOCK = "local function now_ms() return tonumber(redis.call('HGET', KEYS[1], 'test_now')) end"
NAMES = ("place_bid", "buy_now", "remove_bids", "set_phase", "lower_reserve", "freeze", "install")
HISTORIES = st.binary(min_size=60, max_size=260)


def on_test_clock(edit: Callable[[str], str] = str) -> dict[str, Script]:
    """Each production script by its digest, on the clock of the history, after an edit of its text."""
    scripts: dict[str, Script] = {}
    for name in NAMES:
        text = edit(lot_scripts.lot_script(name, clock="--clock--").text)
        scripts[lot_scripts.lot_script(name).sha] = Script(text.replace("--clock--", TEST_CLOCK))
    return scripts


SCRIPTS = on_test_clock()


def first_difference(valkey: redis.Redis, history: History, scripts: dict[str, Script]) -> str | None:
    """Where script and rules part on this history; None where they agree all the way."""
    keys = lot_keys(LOT)
    install = install_call(history.terms, opening_state(history.terms), epoch=1, registrations=REGISTRATIONS.values())
    with valkey.pipeline(transaction=False) as opened:
        pipeline: Any = opened
        pipeline.delete(*keys)
        pipeline.eval(scripts[install[0].sha].text, len(keys), *install[1], *install[2], RUN)
        for call in history.calls:
            pipeline.hset(keys[0], "test_now", str(to_ms(call.at)))
            pipeline.execute_command(
                "EVALSHA", scripts[call.script.sha].sha, len(keys), *call.keys, *call.arguments, RUN
            )
        pipeline.hgetall(keys[0])
        pipeline.xrange(keys[1])
        pipeline.zrange(keys[4], 0, -1, withscores=True)
        replies = pipeline.execute(raise_on_error=False)
    for call, reply in zip(history.calls, replies[3:-3:2], strict=True):
        if isinstance(reply, Exception):
            return f"{call}: {reply}"
        try:
            found: Any = reply[:1] if isinstance(call.expected, list) else read_decision(LOT, reply)
        except ValueError as error:
            return f"unreadable: {error}"
        if found != call.expected:
            return f"expected {call.expected}, found {found}"
    return _end_difference(history, *replies[-3:])


def _end_difference(history: History, state: dict[str, str], log: Any, top: Any) -> str | None:
    entries = [read_line(LOT, fields["e"]) for _, fields in log]
    if entries != history.log:
        return f"logs differ: {entries} instead of {history.log}"
    if read_state(state) != history.state:
        return f"state {read_state(state)} instead of {history.state}"
    struck = {seq for entry in history.log for seq in entry.removed_seqs}
    most: dict[str, float] = {}
    for entry in history.log:
        if entry.bidder_id and entry.max_minor is not None and entry.seq not in struck:
            most[entry.bidder_id] = max(most.get(entry.bidder_id, 0), entry.max_minor)
    return None if dict(top) == most else f"index {top} instead of {most}"


def teach(valkey: redis.Redis, scripts: dict[str, Script]) -> None:
    for script in scripts.values():
        valkey.script_load(script.text)


def test_scripts_and_rules_agree_on_thousands_of_histories(valkey: redis.Redis) -> None:
    teach(valkey, SCRIPTS)

    @settings(max_examples=2_000, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(HISTORIES)
    def agree(data: bytes) -> None:
        assert first_difference(valkey, read_history(data), SCRIPTS) is None

    agree()


@settings(max_examples=1_000, deadline=None)
@given(HISTORIES)
def test_folding_the_log_gives_the_state_it_led_to(data: bytes) -> None:
    history = read_history(data)
    assert fold(history.terms, history.log) == history.state


@settings(max_examples=1_000, deadline=None)
@given(HISTORIES)
def test_prices_never_fall_but_by_a_removal_and_never_pass_the_leaders_maximum(data: bytes) -> None:
    history = read_history(data)
    price = 0
    for number, entry in enumerate(history.log):
        state = fold(history.terms, history.log[: number + 1])
        assert state.price_minor == entry.price_minor
        assert state.price_minor is None or state.price_minor <= (state.max_minor or 0)
        if entry.kind not in {EntryKind.RETRACTED, EntryKind.VOIDED}:
            assert (entry.price_minor or 0) >= price
        price = entry.price_minor or 0


@settings(max_examples=1_000, deadline=None)
@given(HISTORIES)
def test_the_leader_is_the_earliest_of_the_greatest_standing_offers(data: bytes) -> None:
    history = read_history(data)
    struck = {seq for entry in history.log for seq in entry.removed_seqs}
    if any(entry.kind is EntryKind.BOUGHT for entry in history.log):
        return
    offers = [(-(e.max_minor or 0), e.seq, e.bidder_id) for e in history.log if e.kind is EntryKind.BID]
    standing = sorted(offer for offer in offers if offer[1] not in struck)
    assert history.state.leader_id == (standing[0][2] if standing else None)


SCRIPT_FAULTS = {
    "a late bid is taken at the very end": ("now >= lot.ends", "now > lot.ends"),
    "the later of two equal offers wins": ("elseif offer > lot.max then", "elseif offer >= lot.max then"),
    "the price is one step too high": ("return price + step", "return price + step + 1"),
    "the reserve is never jumped to": ("    lot.price = lot.reserve\n", "    lot.price = lot.price\n"),
    "own raises extend": ("if leader ~= bidder and (lot", "if (lot"),
    "the cap is forgotten": ("math.min(lot.cap, math.max(lot.ends, now + lot.extension))", "now + lot.extension"),
    "the window is a millisecond short": ("lot.ends - now <= lot.window", "lot.ends - now < lot.window"),
    "sellers may bid": ("profile == lot.seller", "profile == '-'"),
    "the limit is not looked at": ("amount > limit", "false"),
    "a key is not kept": ("redis.call('HSET', ANSWERS, slot, fingerprint .. said)\nreturn", "return"),
    "another input under a key is a replay": ("~= fingerprint then return { 'conflict' }", "== '' then return {}"),
    "numbers lose their last digits": ("'%.0f'", "'%.14g'"),
    "the index forgets a retraction": ("redis.call('ZREM', TOP, ARGV[3])", ""),
    "a line does not name the one before": ("lot.tip, fields.detail", "'', fields.detail"),
    "resuming eats the time paused": ("lot.ends + pause", "lot.ends"),
    "buying at once does not end the lot": ("'closing', lot.buy_now, bidder", "'open', lot.buy_now, bidder"),
}


def is_caught(differs: Callable[[bytes], bool]) -> bool:
    try:
        find(HISTORIES, differs, settings=settings(max_examples=4_000, database=None, derandomize=True,
             phases=[Phase.generate], suppress_health_check=list(HealthCheck)))  # fmt: skip
    except NoSuchExample:
        return False
    return True


@pytest.mark.parametrize("fault", SCRIPT_FAULTS)
def test_a_fault_planted_in_a_script_is_caught(fault: str, valkey: redis.Redis) -> None:
    before, after = SCRIPT_FAULTS[fault]
    faulty = on_test_clock(lambda text: text.replace(before, after))
    assert any(faulty[sha].text != SCRIPTS[sha].text for sha in SCRIPTS), "the fault was not planted"
    teach(valkey, faulty)
    assert is_caught(lambda data: first_difference(valkey, read_history(data), faulty) is not None)


def _swapped_tie(state: LotState, *rest: Any) -> LotState:
    moved = TRUE_RESOLVE(state, *rest)
    is_tie = state.max_minor == rest[2].max_minor and state.leader_id != rest[2].bidder_id
    return replace(moved, leader_id=rest[2].bidder_id) if is_tie else moved


TRUE_RESOLVE = lots.resolve
RULE_FAULTS: dict[str, tuple[Any, str, Any]] = {
    "the later of two equal offers wins": (bids, "resolve", _swapped_tie),
    "the minimum is the price": (bids, "minimum_for", lambda _terms, state, _bidder: state.price_minor or 1),
    "the soft close is forgotten": (bids, "_extended", lambda _terms, _before, after, _now: after),
    "the reserve is never jumped to": (lots, "lift_to_reserve", lambda state: state),
    "the gate stands open": (bids, "_gate", lambda *_: None),
    "large bids need no confirmation": (bids, "LARGE_BID_FACTOR", 10**9),
}


@pytest.mark.parametrize("fault", RULE_FAULTS)
def test_a_fault_planted_in_the_rules_is_caught(
    fault: str, valkey: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    teach(valkey, SCRIPTS)
    monkeypatch.setattr(*RULE_FAULTS[fault])
    assert is_caught(lambda data: first_difference(valkey, read_history(data), SCRIPTS) is not None)


def test_production_scripts_know_no_clock_but_the_servers() -> None:
    for name in NAMES:
        text = lot_scripts.lot_script(name).text
        assert read("clock") in text
        assert "test_now" not in text
