"""Commands about feature flags."""

import asyncio
from enum import Enum
from typing import Annotated

import typer

from cli.terminal import console, settings
from domain.flags import KNOWN_FLAGS, Flag, FlagChange
from domain.users import Role
from local.engines import running_settings
from local.errors import LocalError
from local.people import people
from opening import Patience, open_sources
from services.flags import every_flag, set_flag

app = typer.Typer()
flags = typer.Typer(no_args_is_help=True, help="Switch features while the marketplace runs.")
app.add_typer(flags, name="flags")


class Position(Enum):
    """How a switch stands."""

    ON = "on"
    OFF = "off"


@flags.command("list")
def list_flags() -> None:
    """Show every flag, and who has the feature while it is off."""

    async def read() -> list[Flag]:
        sources = open_sources(running_settings(settings()), Patience.OF_JOBS)
        try:
            return list(await every_flag(sources))
        finally:
            await sources.close()

    for each in asyncio.run(read()):
        _show(each)
        console.print(f"    {KNOWN_FLAGS[each.name]}")


@flags.command("set")
def switch_flag(
    name: Annotated[str, typer.Argument(help="The flag; 'gavel flags list' shows them.")],
    position: Annotated[Position, typer.Argument(help="on or off.")],
    role: Annotated[Role | None, typer.Option(help="Only for accounts of this role.")] = None,
    user: Annotated[
        str | None, typer.Option(help="Only for this account, by id, identity, profile or demo name.")
    ] = None,
) -> None:
    """Switch a feature for everybody, or for a role or an account, which then have it even while it is off."""
    demo = {each.user: each.external_id for each in people()}
    change = FlagChange(
        name=name,
        is_on=position is Position.ON,
        role=role,
        user_id=demo.get(user, user) if user is not None else None,
    )

    async def switch() -> Flag:
        sources = open_sources(running_settings(settings()), Patience.OF_JOBS)
        try:
            done = await set_flag(sources, change, actor="cli")
        finally:
            await sources.close()
        if isinstance(done, Flag):
            return done
        problems = getattr(done, "problems", ())
        raise LocalError(problems[0].message if problems else done.message)

    _show(asyncio.run(switch()))


def _show(flag: Flag) -> None:
    roles = "".join(f"  +{each}" for each in sorted(role.value for role in flag.roles))
    accounts = f"  +{len(flag.user_ids)} accounts" if flag.user_ids else ""
    console.print(f"{flag.name}  {'on' if flag.is_on else 'off'}{roles}{accounts}", highlight=False)
