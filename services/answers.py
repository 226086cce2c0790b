"""Kept answers to public queries: made unusable when the content in them changes."""

import contextlib

from datasources.redis.answers import SharedAnswers
from datasources.sources import Sources
from domain.problems import UpstreamUnavailableError


async def forget_answers(sources: Sources, document_type: str) -> None:
    """Forget every kept answer with content of that type; while Redis is away nothing kept is used anyway."""
    with contextlib.suppress(UpstreamUnavailableError):
        await SharedAnswers(sources.live).invalidate([document_type])
