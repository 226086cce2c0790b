"""`python -m engines.content_lake`: runs the local content store."""

import argparse
import gc
import sys
from pathlib import Path

from starlette.applications import Starlette

from engines.content_lake.access import TokensError, load_tokens
from engines.content_lake.app import create_app
from engines.content_lake.lakes import LakeSettings
from engines.content_lake.storage import StorageError
from engines.content_lake.webhook_rules import WebhookConfigError
from engines.serving import serve


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--project", default="localproj", help="the project id that clients name")
    parser.add_argument(
        "--dataset", action="append", default=[], help="a dataset to make at the start; repeat it for several"
    )
    parser.add_argument("--tokens", type=Path, help="JSON of token to role; else every token is an administrator's")
    parser.add_argument("--webhooks", type=Path, help="JSON array of webhooks, as the management API describes them")
    parser.add_argument("--rate", type=float, help="requests a second from one address before 429; off by default")
    parser.add_argument("--write-rate", type=float, help="writes a second from one address before 429; off by default")
    parser.add_argument("--public-url", help="where clients reach it; by default its own address")


def _create(arguments: argparse.Namespace) -> Starlette:
    settings = LakeSettings(
        data_dir=arguments.data_dir,
        project=arguments.project,
        datasets=tuple(arguments.dataset) or ("production",),
        tokens=load_tokens(arguments.tokens),
        requests_per_second=arguments.rate,
        writes_per_second=arguments.write_rate,
        webhooks=arguments.webhooks,
        public_url=arguments.public_url or arguments.base_url,
    )
    app = create_app(settings)
    gc.freeze()  # the loaded documents stay: looking through them for garbage again and again would only cost pauses
    return app


if __name__ == "__main__":
    try:
        serve(_create, name="content_lake", add_arguments=_add_arguments)
    except (TokensError, StorageError, WebhookConfigError) as error:
        sys.exit(f"content_lake: {error}")
