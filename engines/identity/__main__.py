"""`python -m engines.identity`: runs the local identity provider."""

import argparse
import sys
from pathlib import Path

from starlette.applications import Starlette

from engines.identity import IdentityError, Issuer, IssuerSettings, SigningKeys, create_app, load_directory
from engines.serving import serve


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--issuer", help="the `iss` of its tokens; by default its own address")
    parser.add_argument("--audience", default="local", help="the `aud` of its tokens")
    parser.add_argument("--role-claim", default="roles", help="the claim that lists the roles")
    parser.add_argument(
        "--users", type=Path, help='JSON list of {"user", "roles", "name", "email"}; else anybody may be'
    )
    parser.add_argument("--allow-origin", action="append", default=[], help="a page origin that may ask for tokens")


def _create(arguments: argparse.Namespace) -> Starlette:
    settings = IssuerSettings(
        issuer=arguments.issuer or arguments.base_url, audience=arguments.audience, role_claim=arguments.role_claim
    )
    settings.save(arguments.data_dir)
    directory = load_directory(arguments.users) if arguments.users else {}
    issuer = Issuer(settings=settings, keys=SigningKeys(arguments.data_dir), directory=directory)
    return create_app(issuer, allow_origins=tuple(arguments.allow_origin))


if __name__ == "__main__":
    try:
        serve(_create, name="identity", add_arguments=_add_arguments)
    except IdentityError as error:
        sys.exit(f"identity: {error}")
