"""The demo dataset: repeatable, whole, varied and sensible."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from statistics import median
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageStat

from demo import DATASET, IMAGES, REFERENCE_NOW, USERS, shift_times
from demo.documents import body
from demo.draws import table
from demo.generate import dataset, main, ndjson, users_json
from demo.listings import articles
from demo.pictures import draw, named_in
from domain.categories import AttributeKind
from domain.listings import Condition, ListingStatus
from domain.portable_text import plain_text
from domain.portable_text_html import to_html

Document = dict[str, Any]


@pytest.fixture(scope="module")
def text() -> str:
    return DATASET.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def documents(text: str) -> list[Document]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="module")
def listings(documents: list[Document]) -> list[Document]:
    return [each for each in documents if each["_type"] == "listing" and not each["_id"].startswith("drafts.")]


def attributes_of(listing: Document) -> dict[str, Any]:
    return {each["key"]: each["value"] for each in listing["attributes"]}


def objects_in(value: Any) -> Iterator[Document]:
    """Every object within a JSON value."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    for inner in value if isinstance(value, list) else []:
        yield from objects_in(inner)


def definitions_of(category: Document | None, categories: dict[str, Document]) -> dict[str, Document]:
    """A category's definitions with those it inherits."""
    found: dict[str, Document] = {}
    while category is not None:
        found = {each["key"]: each for each in category["attributes"]} | found
        category = categories.get(category.get("parent", {}).get("_ref"))
    return found


def accepts(definition: Document, value: Any) -> bool:
    match AttributeKind(definition["kind"]):
        case AttributeKind.STRING:
            return isinstance(value, str) and 0 < len(value) <= 200
        case AttributeKind.NUMBER:
            is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
            return is_number and definition.get("min", value) <= value <= definition.get("max", value)
        case AttributeKind.BOOLEAN:
            return isinstance(value, bool)
        case AttributeKind.OPTION:
            return value in definition["options"]
        case AttributeKind.OPTIONS:
            return isinstance(value, list) and set(value) <= set(definition["options"])


def test_the_committed_files_are_what_the_script_writes(text: str) -> None:
    assert ndjson(dataset()) == text
    assert users_json() == USERS.read_text(encoding="utf-8")
    assert len(text.encode()) < 8_000_000


def test_another_seed_gives_another_marketplace_and_another_moment_only_other_times() -> None:
    other = dataset(seed=1)
    assert ndjson(other) != ndjson(dataset(seed=2))
    later = dataset(seed=1, now=REFERENCE_NOW + timedelta(days=30))
    assert [(each["_id"], each.get("title")) for each in later] == [(each["_id"], each.get("title")) for each in other]
    openings = [each["endsAt"] for each in later if each["_type"] == "auction" and each["status"] == "open"]
    assert min(openings) > "2026-12-01T08:00:00Z"


def test_the_command_writes_where_it_is_told_and_refuses_a_time_without_an_offset(
    tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "other.ndjson"
    assert main(["--seed", "3", "--now", "2027-03-01T08:00:00+02:00", "--out", str(target)]) == 0
    assert len(target.read_text(encoding="utf-8").splitlines()) == 3_647
    with pytest.raises(SystemExit):
        main(["--now", "2027-03-01T08:00:00", "--out", str(target)])
    assert "has no offset" in capsys.readouterr().err


def test_ids_are_unique_and_stable_and_only_drafts_hold_a_dot(documents: list[Document]) -> None:
    ids = [each["_id"] for each in documents]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"(drafts\.)?[a-z]+(-[a-z0-9]+)+", each) for each in ids)
    assert "listing-000123" in ids


def test_every_strong_reference_has_its_document_and_parents_come_first(documents: list[Document]) -> None:
    seen: set[str] = set()
    ids = {each["_id"].removeprefix("drafts.") for each in documents}
    for document in documents:
        for each in objects_in(document):
            if each.get("_type") == "reference":
                assert each["_ref"] in (ids if each.get("_weak") else seen), (document["_id"], each)
        seen.add(document["_id"])


def test_members_of_arrays_have_keys_of_their_own(documents: list[Document]) -> None:
    for document in documents:
        for each in objects_in(document):
            for members in each.values():
                if isinstance(members, list) and members and isinstance(members[0], dict):
                    keys = [member["_key"] for member in members]
                    assert len(set(keys)) == len(keys), document["_id"]


def test_there_are_thousands_of_listings_and_few_are_alike(listings: list[Document]) -> None:
    assert len(listings) >= 3_000
    bodies = Counter(plain_text(each["body"]) for each in listings)
    assert len(bodies) > 0.98 * len(listings)
    assert min(len(each) for each in bodies) >= 60
    assert len({each["title"] for each in listings}) > 0.8 * len(listings)
    assert len({each["slug"]["current"] for each in listings}) == len(listings)
    assert len({each["city"] for each in listings}) >= 70
    statuses = Counter(ListingStatus(each["status"]) for each in listings)
    assert statuses[ListingStatus.ACTIVE] > 0.8 * len(listings)
    assert {Condition(each["condition"]) for each in listings if "condition" in each} == set(Condition)
    assert sum(each.get("promotedUntil", "") > "2026-11-01T08:00:00Z" for each in listings) > 100


def test_every_listing_obeys_its_category(documents: list[Document]) -> None:
    categories = {each["_id"]: each for each in documents if each["_type"] == "category"}
    tops = {each["slug"]["current"] for each in categories.values() if "parent" not in each}
    assert tops == {"property", "vehicles", "services", "jobs", "shops"}
    for each in documents:
        if each["_type"] != "listing":
            continue
        definitions = definitions_of(categories[each["category"]["_ref"]], categories)
        values = attributes_of(each)
        assert {key for key, found in definitions.items() if found["required"]} <= set(values), each["_id"]
        assert all(accepts(definitions[key], value) for key, value in values.items()), (each["_id"], values)


def test_a_hilux_of_2022_under_three_hundred_thousand_rand_is_for_sale(listings: list[Document]) -> None:
    wanted = {"make": "Toyota", "model": "Hilux", "year": 2022}
    found = [
        each["price"]["amountMinor"]
        for each in listings
        if each["status"] == "active"
        and wanted.items() <= attributes_of(each).items()
        and "Toyota Hilux" in each["title"]
        and "2022" in each["title"]
    ]
    assert sum(20_000_000 < price < 30_000_000 for price in found) >= 4
    assert any(price > 30_000_000 for price in found)


@pytest.mark.parametrize(
    ("category", "low", "high"),
    [
        ("houses-for-sale", 1_500_000, 5_000_000),
        ("apartments-to-rent", 8_000, 25_000),
        ("bakkies", 150_000, 500_000),
        ("hatchbacks", 90_000, 300_000),
        ("phones", 3_000, 15_000),
        ("tutoring", 150, 500),
    ],
)
def test_prices_are_what_one_expects_to_pay(listings: list[Document], category: str, low: int, high: int) -> None:
    prices = [
        each["price"] for each in listings if each["category"]["_ref"] == f"category-{category}" and "price" in each
    ]
    assert {each["currency"] for each in prices} == {"ZAR"}
    assert low * 100 <= median(each["amountMinor"] for each in prices) <= high * 100


def test_an_older_car_of_a_model_costs_less(listings: list[Document]) -> None:
    polos = [each for each in listings if attributes_of(each).get("model") == "Polo Vivo"]
    old = [each["price"]["amountMinor"] for each in polos if attributes_of(each)["year"] < 2018]
    young = [each["price"]["amountMinor"] for each in polos if attributes_of(each)["year"] > 2022]
    assert median(old) < 0.75 * median(young)


def test_places_lie_in_south_africa_near_their_town(listings: list[Document]) -> None:
    centres = {row[0]: (float(row[2]), float(row[3])) for row in table("towns")}
    for each in listings:
        lat, lng = centres[each["city"]]
        assert abs(each["location"]["lat"] - lat) < 0.15
        assert abs(each["location"]["lng"] - lng) < 0.15
        assert -35 < lat < -22
        assert 16.4 < lng < 33


def test_times_are_in_order_and_in_the_past(listings: list[Document]) -> None:
    now = REFERENCE_NOW.strftime("%Y-%m-%dT%H:%M:%SZ")
    for each in listings:
        assert each["_createdAt"] <= each["publishedAt"] <= each["_updatedAt"] <= now < each["expiresAt"]


def test_a_profile_shows_a_telephone_number_only_where_its_owner_agreed(documents: list[Document]) -> None:
    profiles = [each for each in documents if each["_type"] == "publicUser"]
    assert all(("phone" in each) == each["phoneOptIn"] for each in profiles)
    assert Counter(each["kind"] for each in profiles)["dealer"] == 60
    assert len({each["handle"] for each in profiles}) == len({each["externalId"] for each in profiles}) == len(profiles)


def test_everyone_who_can_sign_in_has_a_profile(documents: list[Document]) -> None:
    profiles = {each["externalId"]: each for each in documents if each["_type"] == "publicUser"}
    users = json.loads(USERS.read_text(encoding="utf-8"))
    assert len(users) == 10
    for user in users:
        profile = profiles[user["externalId"]]
        assert profile["displayName"] == user["name"]
        assert (profile["kind"] == "dealer") == ("dealer" in user["roles"])


def test_auctions_run_come_and_have_ended_at_the_reference_moment(documents: list[Document]) -> None:
    now = REFERENCE_NOW.strftime("%Y-%m-%dT%H:%M:%SZ")
    auctions = [each for each in documents if each["_type"] == "auction"]
    listings = {each["_id"]: each for each in documents}
    counts = Counter(each["status"] for each in auctions)
    assert counts == {"open": 18, "scheduled": 14, "ended": 6, "cancelled": 1, "draft": 1}
    for each in auctions:
        assert each["startsAt"] < each["endsAt"]
        if each["status"] in {"open", "scheduled", "ended"}:
            expected = "ended" if each["endsAt"] <= now else "open" if each["startsAt"] <= now else "scheduled"
            assert each["status"] == expected
        assert 0 < each["startPriceMinor"] < each.get("reserveMinor", 10**12)
        assert listings[each["listing"]["_ref"]]["auction"]["_ref"] == each["_id"].removeprefix("drafts.")
    assert len({each["listing"]["_ref"] for each in auctions}) == len(auctions)


def test_lots_of_a_sale_end_one_gap_after_the_other(documents: list[Document]) -> None:
    sales = {each["_id"]: each for each in documents if each["_type"] == "sale"}
    lots = [each for each in documents if each["_type"] == "auction" and "sale" in each]
    assert len(lots) == 14
    for lot in lots:
        sale = sales[lot["sale"]["_ref"]]
        first = datetime.fromisoformat(sale["endsAt"])
        gap = timedelta(seconds=sale["gapSeconds"])
        assert datetime.fromisoformat(lot["endsAt"]) == first + (lot["lotNumber"] - 1) * gap


def test_shifted_times_move_together_and_nothing_else_moves(documents: list[Document]) -> None:
    delta = timedelta(days=3, minutes=5)
    for document in documents[:: len(documents) // 200]:
        moved = shift_times(document, delta)
        assert shift_times(moved, -delta) == document
        changed = {key for key in document if document[key] != moved[key]}
        assert changed == {key for key in document if key in _TIMES}


_TIMES = {
    *("_createdAt", "_updatedAt", "publishedAt", "expiresAt", "promotedUntil", "memberSince", "startsAt", "endsAt"),
}


def test_a_shift_leaves_what_is_no_time_alone() -> None:
    odd = {"endsAt": "soon", "startsAt": None, "at": "2026-01-01T00:00:00Z", "sentAt": "9999-12-31T00:00:00Z"}
    assert shift_times(odd, timedelta(days=1)) == odd
    assert shift_times({"endsAt": "2026-01-01T00:00:00"}, timedelta(days=1)) == {"endsAt": "2026-01-01T00:00:00"}
    nested = {"lots": [{"endsAt": "2026-01-01T00:00:00+02:00"}]}
    assert shift_times(nested, timedelta(hours=1)) == {"lots": [{"endsAt": "2025-12-31T23:00:00Z"}]}


def test_every_named_picture_is_there_small_and_of_one_size(text: str) -> None:
    names = named_in(text)
    assert sorted(path.stem for path in IMAGES.iterdir()) == names
    assert len(names) >= 40
    for name in names:
        path = IMAGES / f"{name}.jpg"
        assert path.stat().st_size <= 25_000
        with Image.open(path) as picture:
            assert (picture.format, picture.size) == ("JPEG", (1200, 800))


@pytest.mark.parametrize("name", ["bakkie-2", "interior-1"])
def test_a_picture_is_drawn_the_same_each_time(name: str) -> None:
    drawn = draw(name)
    assert drawn.tobytes() == draw(name).tobytes()
    with Image.open(BytesIO((IMAGES / f"{name}.jpg").read_bytes())) as stored:
        difference = ImageChops.difference(drawn, stored.convert("RGB"))
    assert max(ImageStat.Stat(difference).mean) < 3


def test_pages_use_headings_lists_links_and_marks(documents: list[Document]) -> None:
    markup = "".join(to_html(each["body"]) for each in documents if each["_type"] == "contentPage")
    for wanted in ("<h2>", "<ul><li>", "<ol><li>", "<blockquote>", "<strong>", '<a href="/pages/', '<a href="mailto:'):
        assert wanted in markup


def test_a_line_of_text_becomes_a_block_with_marks() -> None:
    assert (
        to_html(body(["> **Wait** for [it](/x)."]))
        == '<blockquote><strong>Wait</strong> for <a href="/x">it</a>.</blockquote>'
    )


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("a apartment", "an apartment"),
        ("A office", "An office"),
        ("a HR Officer", "an HR Officer"),
        ("a one-owner car", "a one-owner car"),
        ("a house", "a house"),
    ],
)
def test_the_article_fits_its_noun(written: str, expected: str) -> None:
    assert articles(written) == expected


def test_the_reference_moment_is_aware() -> None:
    assert REFERENCE_NOW.tzinfo is UTC
