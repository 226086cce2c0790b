"""The whole marketplace on one machine: an engine for every system without a URL, then content, index and worker."""

from local.bidding import Bidders, Show, open_show, require_marketplace
from local.companions import fetch_page_files, worker_process
from local.content import DEMO, build_index, content_webhook, prepare, progress_bars
from local.engines import announced, environment_of, require_free_port, running_settings, start_engines
from local.errors import LocalError
from local.people import people, token_for

__all__ = [
    "DEMO",
    "Bidders",
    "LocalError",
    "Show",
    "announced",
    "build_index",
    "content_webhook",
    "environment_of",
    "fetch_page_files",
    "open_show",
    "people",
    "prepare",
    "progress_bars",
    "require_free_port",
    "require_marketplace",
    "running_settings",
    "start_engines",
    "token_for",
    "worker_process",
]
