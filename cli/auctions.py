"""Commands about auctions: rebuilding live lots from the record, and a lively one to watch."""

import asyncio
from datetime import timedelta
from typing import Annotated

import typer

from cli.terminal import console, settings
from domain.nodes import decode_node_id
from domain.problems import BadInputError
from local.bidding import Bidders, open_show, require_marketplace
from local.engines import running_settings
from local.errors import LocalError
from opening import Patience, open_sources
from services.auctions import rebuild_auctions
from services.salerooms import Saleroom

app = typer.Typer()


@app.command("rebuild-auction")
def rebuild_auction(
    ids: Annotated[list[str] | None, typer.Argument(help="Ids of auctions, as content or the API gives them.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every running auction.")] = False,
) -> None:
    """Put the live state of lots in place from the journal, as it is done by itself when Redis has lost it."""
    if every == bool(ids):
        raise LocalError("Name auctions, or give --all.")
    wanted = None if every else [_record_id(each) for each in ids or ()]

    async def rebuild() -> int:
        sources = open_sources(running_settings(settings()), Patience.OF_JOBS)
        saleroom = Saleroom(sources)
        try:
            return await rebuild_auctions(saleroom, wanted)
        finally:
            await saleroom.close()
            await sources.close()

    rebuilt = asyncio.run(rebuild())
    if wanted is not None and rebuilt < len(wanted):
        raise LocalError(f"{len(wanted) - rebuilt} of these auctions are not in the record; {rebuilt} were rebuilt.")
    console.print(f"Rebuilt {rebuilt} auctions from the journal.")


def _record_id(text: str) -> str:
    try:
        return decode_node_id(text).record_id
    except BadInputError:
        return text


@app.command("demo-auction")
def demo_auction(
    minutes: Annotated[float, typer.Option(min=0.1, max=60, help="How long it is planned to run.")] = 3.0,
    bidders: Annotated[int, typer.Option(min=2, max=20, help="How many people bid.")] = 5,
    pace: Annotated[float, typer.Option(min=0.05, max=8, help="Seconds between two of them, on average.")] = 2.0,
) -> None:
    """Hold a lively auction on the marketplace that runs here, to be watched in GraphiQL."""
    chosen = running_settings(settings())

    async def hold() -> str:
        await require_marketplace(chosen)
        sources = open_sources(chosen, Patience.OF_JOBS)
        try:
            show = await open_show(sources, lasts=timedelta(minutes=minutes))
        finally:
            await sources.close()
        console.print(f"[bold]{show.title}[/bold] is under the hammer: {show.auction_id}")
        console.print(f"Open http://{chosen.host}:{chosen.port}/graphql and run this in a new tab:\n", highlight=False)
        console.print(show.subscription, highlight=False, soft_wrap=True)
        console.print("\nCtrl-C stops the bidders; the lot ends by itself.")
        return await Bidders(chosen, show, count=bidders, say=console.print).run(pace_seconds=pace)

    try:
        console.print(asyncio.run(hold()))
    except KeyboardInterrupt:
        console.print("\nThe bidders have left; the lot ends by itself.")
