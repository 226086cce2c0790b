"""Commands about who the local issuer vouches for; they need nothing else to be loaded, so they answer at once."""

from typing import Annotated

import typer

from cli.terminal import settings
from local.people import token_for

app = typer.Typer()


@app.command()
def token(
    user: Annotated[str, typer.Option(help="A demo user such as dealer-1, or any name.")],
    role: Annotated[str | None, typer.Option(help="user, dealer, editor or admin; else the user's own.")] = None,
) -> None:
    """Print a token of the local identity issuer."""
    print(token_for(settings().data_dir, user, role))
