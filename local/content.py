"""What the first start brings: the schema, the demo marketplace, the index, the auctions and the webhook."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from config import Settings
from datasources.postgres.migrating import MigrationError, migrate
from datasources.sanity.webhooks import WebhookWanted, ensure_webhook
from datasources.search.administration import SearchAdministration
from datasources.sources import Sources
from demo.times import REFERENCE_NOW, shift_times
from domain.exports import BrokenLine
from local.errors import LocalError
from opening import Patience, open_sources
from services.auctions import sync_every_auction
from services.imports import Imported, import_export
from services.reindexing import reindex_all
from services.salerooms import Saleroom

DEMO = Path(__file__).parents[1] / "demo"
EXPORT = DEMO / "marketplace.ndjson"
_HAS_LISTINGS = 'defined(*[_type == "listing"][0])'

Report = Callable[[str, int, int], None]


async def prepare(given: Settings, settings: Settings, console: Console) -> None:
    """Bring database, content and index to where requests can be served; quick when all are there.

    Somebody's own content store (`given` names one) is only read here: the demo and the webhook are for ours.
    """
    has_own_content = bool(given.sanity_url)
    try:
        await migrate(settings.database_direct_url.get_secret_value() or settings.database_url.get_secret_value())
    except MigrationError as error:
        raise LocalError(str(error)) from error
    sources = open_sources(settings, Patience.OF_JOBS)
    try:
        if not has_own_content and not await sources.sanity.query(_HAS_LISTINGS, tag="local.has-listings"):
            with progress_bars(console) as report:
                await import_demo(sources, report)
        if await search_administration(settings).count() == 0:
            with progress_bars(console) as report:
                await build_index(sources, settings, report)
            await take_over_auctions(sources)
        # After the first import, which needs no deliveries: the index is built from all of it at once.
        if not has_own_content:
            await ensure_webhook(sources.sanity, content_webhook(settings))
    finally:
        await sources.close()


def content_webhook(settings: Settings) -> WebhookWanted:
    """The content store's webhook to us: which changes it tells, and how little of them."""
    return WebhookWanted(
        name="gavel",
        url=f"{settings.public_url or f'http://{settings.host}:{settings.port}'}/webhooks/sanity",
        secret=settings.sanity_webhook_secret.get_secret_value(),
        filter='_type in ["listing", "category", "publicUser", "promotion", "contentPage", "faq", "auction", "sale"]',
        projection="{_id, _type, _rev}",
    )


def search_administration(settings: Settings) -> SearchAdministration:
    """The search server with the key that may change its indexes."""
    return SearchAdministration(settings.search_url, settings.search_key.get_secret_value())


async def build_index(sources: Sources, settings: Settings, report: Report) -> int:
    """Build the index anew and bring the record up to content; how many listings the index shows."""
    total = await sources.sanity.query(
        'count(*[_type == "listing" && status in ["active", "sold"]])', tag="local.count"
    )
    return await reindex_all(
        sources, search_administration(settings), lambda done: report("Building the search index", done, total)
    )


async def take_over_auctions(sources: Sources) -> None:
    """Cache the auctions that content defines, as their webhooks would."""
    saleroom = Saleroom(sources)
    try:
        await sync_every_auction(saleroom)
    finally:
        await saleroom.close()


async def import_demo(sources: Sources, report: Report) -> None:
    """Bring the demo marketplace in, its times moved so that it is "now" there too."""
    delta = sources.clock() - REFERENCE_NOW

    def read_file(name: str) -> bytes | None:
        path = (DEMO / name).resolve()
        return path.read_bytes() if path.is_relative_to(DEMO) and path.is_file() else None

    with EXPORT.open(encoding="utf-8") as lines:
        outcome: Imported | BrokenLine = await import_export(
            sources, lines, read_file=read_file, prepare=lambda each: shift_times(each, delta), progress=report
        )
    if isinstance(outcome, BrokenLine):
        raise LocalError(f"Line {outcome.number} of {EXPORT.name} is broken: {outcome.sentence}.")


@contextmanager
def progress_bars(console: Console) -> Iterator[Report]:
    """Progress bars that appear as steps report, one per step."""
    columns = (TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console) as progress:
        bars: dict[str, object] = {}

        def report(step: str, done: int, total: int) -> None:
            if step not in bars:
                bars[step] = progress.add_task(step, total=total)
            progress.update(bars[step], completed=done, total=total)  # type: ignore[arg-type]  # TaskID is an int alias

        yield report
