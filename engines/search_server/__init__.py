"""A local search server that speaks Meilisearch's HTTP API: tantivy finds words, bitmaps answer filters and facets."""

from engines.search_server.app import create_app

__all__ = ["create_app"]
