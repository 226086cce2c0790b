"""`python -m engines.search_server --data-dir DIR --port N [--master-key KEY]`."""

import argparse

from engines.search_server.app import create_app
from engines.serving import serve


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--master-key", help="bearer token asked of every request; without it the server is open")


if __name__ == "__main__":
    serve(
        lambda arguments: create_app(arguments.data_dir, master_key=arguments.master_key),
        name="search_server",
        add_arguments=_add_arguments,
    )
