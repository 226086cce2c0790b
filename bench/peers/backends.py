"""The engines that every server of a run reads, filled with a part of the demo."""

import json
from pathlib import Path
from typing import Any

from config import Settings
from datasources.postgres.migrating import migrate
from datasources.sanity import categories, listings, users
from datasources.sanity.projections import written
from demo.times import REFERENCE_NOW, shift_times
from engines.supervisor import LocalEngines
from local.engines import start_engines
from opening import Patience, open_sources
from services.imports import import_export

DEMO = Path(__file__).parents[2] / "demo"
LISTINGS = 300


async def fill(settings: Settings) -> None:
    """Bring content and record in."""
    await migrate(settings.database_url.get_secret_value())
    sources = open_sources(settings, Patience.OF_JOBS)
    delta = sources.clock() - REFERENCE_NOW
    try:
        await import_export(
            sources,
            _part_of_the_demo(),
            read_file=lambda name: (DEMO / name).read_bytes(),
            prepare=lambda each: shift_times(each, delta),
            progress=lambda *_: None,
        )
    finally:
        await sources.close()


def _part_of_the_demo() -> list[str]:
    documents = [json.loads(line) for line in (DEMO / "marketplace.ndjson").read_text().splitlines()]
    chosen = [each for each in documents if each["_type"] == "listing" and "." not in each["_id"]][:LISTINGS]
    for each in chosen:
        each.pop("auction", None)
        each["images"] = []
    sellers = {each["seller"]["_ref"] for each in chosen}
    kept = [each for each in documents if each["_type"] == "category"]
    kept += [each for each in documents if each["_type"] == "publicUser" and each["_id"] in sellers]
    for each in kept:
        each.pop("avatar", None)
    return [json.dumps(each) for each in [*kept, *chosen]]


def start(engines: LocalEngines, port: int) -> Settings:
    """Settings of the product over started engines."""
    return start_engines(Settings(port=port, data_dir=engines.data_dir), engines)


def environment(settings: Settings) -> dict[str, str]:
    """The settings as the product reads them."""
    secret = {"database_url", "redis_url", "sanity_token", "sanity_webhook_secret", "search_key"}
    plain = {"sanity_url", "search_url", "issuers", "data_dir"}
    found = {name: getattr(settings, name).get_secret_value() for name in secret}
    found |= {name: str(getattr(settings, name)) for name in plain}
    # Saturated cores make everything wait; what is measured here is cost, not patience.
    found |= {"redis_seconds": "5", "sanity_seconds": "5", "database_seconds": "5"}
    return {f"GAVEL_{name.upper()}": value for name, value in found.items()}


def write_config(settings: Settings, path: Path) -> Path:
    """What the Node servers need: addresses and the very queries that the product asks."""
    base = f"{settings.sanity_url}/v{settings.sanity_api_version}/data/query/{settings.sanity_dataset}"
    none = dict.fromkeys(
        ("category_ids", "seller_id", "price_from", "price_to", "currency", "city", "after", "after_id")
    )
    told: dict[str, Any] = {
        "redis": settings.redis_url.get_secret_value(),
        "content": base,
        "token": settings.sanity_token.get_secret_value(),
        # The rivals must ask the product's own queries, of records that it keeps, whole.
        "page": written(listings._PAGES[listings.ListingOrder.NEWEST], listings.LISTING.whole),  # noqa: SLF001  # its query
        "pageParams": {**none, "statuses": ["active"]},
        "sellers": written(users._BY_IDS, users.PROFILE.whole),  # noqa: SLF001  # its query
        "categories": categories._ALL,  # noqa: SLF001  # its query
    }
    path.write_text(json.dumps(told))
    return path
