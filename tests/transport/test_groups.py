"""Identical subscriptions share one source, one execution and one encoding, and are shown what each alone would be."""

import asyncio
from random import Random
from typing import Any

import pytest

from tests.transport.boards import Store, Watcher, admit, build, schema, settle
from transport import group_members
from transport.answers import Answer
from transport.endpoint import GraphQLEndpoint
from transport.field_facts import derive_field_facts, graphql_schema
from transport.group_members import SEEN, Frame, place_after
from transport.operations import Operations

LINES = "subscription ($after: String) { lines(after: $after) { seq text isStart cursor note } }"
ALONE = LINES.replace("lines(", "alone(")
MINE = "subscription { lines { seq mine } }"
THINGS = 'subscription { things(names: ["a", "b", "c"]) { name version } }'


@pytest.fixture
def store() -> Store:
    return Store(lines=["one", "two"])


async def watch(operations: Operations, document: str, viewer: str | None = None, **variables: Any) -> Watcher:
    watcher = Watcher(operations, await admit(operations, document, variables, viewer))
    await settle()
    return watcher


async def stop(*watchers: Watcher) -> None:
    for each in watchers:
        await each.stop()
    await settle()


@pytest.mark.parametrize("compiled", [True, False])
async def test_a_hundred_watchers_cost_one_execution_and_one_encoding_of_an_event(
    store: Store, *, compiled: bool
) -> None:
    operations = build(store, compiled=compiled).operations
    watchers = [await watch(operations, LINES, f"viewer-{number}") for number in range(100)]
    assert (store.open_sources, operations.groups.count, operations.groups.member_count) == (1, 1, 100)
    store.counts.clear()
    store.write("three")
    await settle()
    assert store.counts["executions"] == 1
    payloads = [each.answers[-1].encoded for each in watchers]
    assert payloads[0] == b'{"data":{"lines":{"seq":3,"text":"three","isStart":false,"cursor":"at:3","note":"3!"}}}'
    assert all(each is payloads[0] for each in payloads), "the very same bytes"
    await stop(*watchers)
    assert (store.open_sources, operations.groups.count) == (0, 0)


async def test_two_viewers_with_different_rights_never_share_a_payload(store: Store) -> None:
    operations = build(store).operations
    ann, bob = await watch(operations, MINE, "ann"), await watch(operations, MINE, "bob")
    store.write("three")
    await settle()
    assert ann.shown("lines") == [{"seq": 2, "mine": "ann"}, {"seq": 3, "mine": "ann"}]
    assert bob.shown("lines") == [{"seq": 2, "mine": "bob"}, {"seq": 3, "mine": "bob"}]
    assert operations.groups.count == 0
    assert store.open_sources == 2
    await stop(ann, bob)


async def test_a_group_runs_as_a_visitor_whatever_its_members_are(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were a field wrongly said to be public, nobody's rights would show in what is shared."""
    operations = build(store).operations
    by_type: Any = operations.field_facts.by_type
    wrongly = {**by_type["Line"], "mine": by_type["Line"]["note"]}
    monkeypatch.setitem(by_type, "Line", wrongly)
    ann = await watch(operations, MINE, "ann")
    store.write("three")
    await settle()
    assert ann.shown("lines")[-1] == {"seq": 3, "mine": None}
    await stop(ann)


SHARED = [
    LINES,
    THINGS,
    "subscription { lines { ...L } } fragment L on Line { seq ... on Line { note __typename } }",
    "subscription { lines(after: null) { seq } }",
    "subscription ($yes: Boolean!) { lines { seq text @include(if: $yes) } }",
]
ALONES = [
    ALONE,
    MINE,
    "subscription { lines { ...L } } fragment L on Line { seq ...M } fragment M on Line { mine }",
    "subscription ($yes: Boolean!) { lines { seq mine @include(if: $yes) } }",
    "subscription { lines { again { seq } } }",
    "subscription { lines { again { ... on Other { seq } } } }",
    'subscription { lines(after: "at:1") { seq } }',
    "subscription ($after: String!) { lines(after: $after) { seq } }",
    'subscription ($after: String = "at:1") { lines(after: $after) { seq } }',
    "subscription { ... on Subscription { lines { seq } } }",
    "query { hello }",
]


@pytest.mark.parametrize("document", [*SHARED, *ALONES])
async def test_only_what_the_schema_says_is_the_same_for_everybody_is_shared(store: Store, document: str) -> None:
    operations = build(store).operations
    variables = {"yes": True, "after": "at:1"} if "$" in document else {}
    admitted = await admit(operations, document, variables)
    assert (admitted.operation.sharing(operations.field_facts) is not None) == (document in SHARED)


def test_an_unmarked_field_is_nobody_elses() -> None:
    facts = derive_field_facts(graphql_schema(schema))
    assert {name for name, fact in facts.by_type["Line"].items() if not fact.is_public} == {"mine"}
    assert not facts.by_type["Other"]["seq"].is_public


async def test_other_variables_or_another_document_are_another_group(store: Store) -> None:
    operations = build(store).operations
    first = await watch(operations, "subscription ($n: [String!]!) { things(names: $n) { name } }", n=["a"])
    second = await watch(operations, "subscription ($n: [String!]!) { things(names: $n) { name } }", n=["b"])
    third = await watch(operations, "subscription ($n: [String!]!) { things(names: $n) { version } }", n=["b"])
    assert operations.groups.count == 3
    await stop(first, second, third)


async def test_a_late_joiner_has_its_own_snapshot_or_replay_and_then_no_hole_and_no_double(store: Store) -> None:
    operations = build(store).operations
    early = await watch(operations, LINES)
    store.write("three")
    await settle()
    late, resumed = await watch(operations, LINES), await watch(operations, LINES, after="at:1")
    at_head = await watch(operations, LINES, after="at:3")
    assert operations.groups.member_count == 4, "also who resumes at the head needs no source any more"
    store.write("four")
    await settle()
    assert [each["cursor"] for each in early.shown("lines")] == ["at:2", "at:3", "at:4"]
    assert [(each["cursor"], each["isStart"]) for each in late.shown("lines")] == [("at:3", True), ("at:4", False)]
    assert [each["cursor"] for each in resumed.shown("lines")] == ["at:2", "at:3", "at:4"]
    assert [each["cursor"] for each in at_head.shown("lines")] == ["at:4"]
    await stop(early, late, resumed, at_head)


async def test_a_herd_that_joins_at_once_reads_how_things_stand_only_a_few_times(store: Store) -> None:
    operations = build(store).operations
    early = await watch(operations, LINES)
    store.write("three")
    await settle()
    store.counts.clear()
    herd = [Watcher(operations, await admit(operations, LINES)) for _ in range(200)]
    await settle(200)
    assert store.counts["sources"] <= 2
    store.write("four")
    await settle()
    assert all([each["seq"] for each in one.shown("lines")] == [3, 4] for one in herd)
    assert herd[0].shown("lines")[0]["isStart"]
    await stop(early, *herd)


async def test_who_joins_is_never_shown_what_was_read_before(store: Store) -> None:
    operations = build(store).operations
    early = await watch(operations, LINES)
    joining = []
    for number in range(50):
        store.write(f"{number}")
        joining.append((len(store.lines), Watcher(operations, await admit(operations, LINES))))
        await settle(number % 4)
    await settle()
    for newest, watcher in joining:
        assert watcher.shown("lines")[0]["seq"] >= newest
    await stop(early, *(watcher for _, watcher in joining))


async def test_a_bad_cursor_is_refused_as_it_is_without_a_group(store: Store) -> None:
    operations = build(store).operations
    early = await watch(operations, LINES)
    for document in (LINES, ALONE):
        bad = await watch(operations, document, after="nonsense")
        assert [answer.codes for answer in bad.answers] == [("INTERNAL",)]
    await stop(early)


async def test_a_slow_reader_of_a_log_ends_with_resume_required_and_delays_nobody(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_members, "_MOST_WAITING", 5)
    operations = build(store).operations
    slow, fast = await watch(operations, LINES), await watch(operations, LINES)
    slow.reads.clear()
    for number in range(10):
        store.write(f"more {number}")
        await settle()
        assert fast.shown("lines")[-1]["text"] == f"more {number}"
    slow.reads.set()
    await settle()
    assert [each["seq"] for each in slow.shown("lines")] == [2, 3, 4, 5, 6, 7, 8], "what waited is still shown"
    assert slow.answers[-1].codes == ("RESUME_REQUIRED",)
    assert slow.task.done()
    again = await watch(operations, LINES, after="at:8")
    assert [each["seq"] for each in again.shown("lines")] == [9, 10, 11, 12]
    await stop(fast, again)


async def test_a_slow_reader_of_a_state_is_shown_the_newest_and_stays(store: Store) -> None:
    operations = build(store).operations
    slow, fast = await watch(operations, THINGS), await watch(operations, THINGS)
    slow.reads.clear()
    for _ in range(30):
        store.raise_version("a")
        store.raise_version("b")
        await settle()
    slow.reads.set()
    await settle()
    assert {each["name"]: each["version"] for each in slow.shown("things")[-1]} == store.versions
    assert len(slow.shown("things")) < 10
    assert len(fast.shown("things")) == 31
    store.raise_version("c")
    await settle()
    assert slow.shown("things")[-1] == fast.shown("things")[-1] == [{"name": "c", "version": 2}]
    assert operations.groups.member_count == 2
    await stop(slow, fast)


async def test_a_fault_and_an_end_reach_every_member_masked(store: Store) -> None:
    operations = build(store).operations
    watchers = [await watch(operations, LINES) for _ in range(3)]
    store.fault = RuntimeError("postgresql://secret")
    store.tell()
    await settle()
    assert all(each.answers[-1].codes == ("INTERNAL",) for each in watchers)
    assert all("secret" not in str(each.answers[-1].body) for each in watchers)
    assert all(each.task.done() for each in watchers)
    store.fault, store.is_closed = None, True
    ended = await watch(operations, LINES)
    assert ended.task.done()
    assert (operations.groups.count, store.open_sources) == (0, 0)


def test_a_state_that_is_partly_older_than_what_was_shown_is_read_anew_instead_of_shown() -> None:
    def frame(**place: int) -> Frame:
        return Frame(Answer(body={}, status=200), place, None, restarts=False)

    assert place_after({"a": 2, "b": 2}, frame(a=3)) == {"a": 3, "b": 2}
    assert place_after({"a": 2, "b": 2}, frame(a=2, b=1)) is SEEN
    assert place_after({"a": 2, "b": 2}, frame(a=3, b=1)) is None


class Twins:
    """The same client twice: in a group and alone."""

    def __init__(self, grouped: Watcher, alone: Watcher) -> None:
        self.grouped, self.alone = grouped, alone

    async def stop(self) -> None:
        await stop(self.grouped, self.alone)

    def agree(self) -> None:
        """Contiguous both, and the same from where both began."""
        grouped, alone = self.grouped.shown("lines"), self.alone.shown("alone")
        for shown in (grouped, alone):
            numbers = [each["seq"] for each in shown]
            assert numbers == list(range(numbers[0], numbers[0] + len(numbers))) if numbers else True
        start = max((each[0]["seq"] for each in (grouped, alone) if each and each[0]["isStart"]), default=0)
        later = [[each for each in shown if each["seq"] > start] for shown in (grouped, alone)]
        shorter = min(len(each) for each in later)
        assert later[0][:shorter] == later[1][:shorter]


async def act(chance: Random, store: Store, endpoint: GraphQLEndpoint, running: list[Twins]) -> None:
    """One random thing that happens."""
    match chance.randrange(9):
        case 0 | 1:
            after = f"at:{chance.randrange(len(store.lines) + 1)}" if chance.random() < 0.6 else None
            given = {"after": after} if chance.random() < 0.8 or after else {}
            viewer = f"viewer-{chance.randrange(3)}"
            made = [
                Watcher(endpoint.operations, await admit(endpoint.operations, document, given, viewer))
                for document in (LINES, ALONE)
            ]
            running.append(Twins(*made))
        case 2 if running:
            await running.pop(chance.randrange(len(running))).stop()
        case 3 if running:
            chance.choice(running).grouped.reads.clear()
        case 4 if running:
            chance.choice(running).grouped.reads.set()
        case _:
            for _ in range(chance.randrange(4)):
                store.write(f"line {len(store.lines)}")
    for _ in range(chance.choice((0, 1, 2, 3, 7, 30))):
        await asyncio.sleep(0)


@pytest.mark.parametrize("seed", range(60))
async def test_grouped_delivery_equals_ungrouped_delivery(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = Random(seed)
    monkeypatch.setattr("transport.groups._MOST_RECENT", chance.choice((1, 2, 256)))
    monkeypatch.setattr("transport.groups._AT_ONCE", chance.choice((1, 2, 250)))
    store = Store(lines=["one"])
    endpoint = build(store, compiled=chance.random() < 0.5)
    running: list[Twins] = []
    for _ in range(60):
        await act(chance, store, endpoint, running)
        for twins in running:
            twins.agree()
    for twins in running:
        twins.grouped.reads.set()
    await settle(300)
    for twins in running:
        twins.agree()
        last = [
            [each["cursor"] for each in shown[-1:]]
            for shown in (twins.alone.shown("alone"), twins.grouped.shown("lines"))
        ]
        assert last[0] == last[1] or [] in last
        await twins.stop()
    await settle()
    assert (store.open_sources, endpoint.operations.groups.count) == (0, 0)


@pytest.mark.parametrize("seed", range(30))
async def test_a_shared_state_never_goes_back_and_ends_up_new(seed: int) -> None:
    chance = Random(seed)
    store = Store()
    operations = build(store).operations
    watchers: list[Watcher] = []
    for _ in range(80):
        match chance.randrange(6):
            case 0:
                watchers.append(Watcher(operations, await admit(operations, THINGS)))
            case 1 if watchers:
                await watchers.pop(chance.randrange(len(watchers))).stop()
            case 2 if watchers:
                chance.choice(watchers).reads.clear()
            case 3 if watchers:
                chance.choice(watchers).reads.set()
            case _:
                store.raise_version(chance.choice("abc"))
        await settle(chance.choice((0, 1, 2, 5, 20)))
    for each in watchers:
        each.reads.set()
    await settle(300)
    for each in watchers:
        newest: dict[str, int] = {}
        for shown in each.shown("things"):
            assert all(thing["version"] >= newest.get(thing["name"], 0) for thing in shown)
            newest.update({thing["name"]: thing["version"] for thing in shown})
        assert newest == store.versions
        await each.stop()
