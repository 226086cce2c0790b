"""JSON logs of the endpoint: one line per operation, refusal and fault, with ids and never with values (S3-029)."""

import logging
import sys
from typing import Any

import structlog
from graphql import GraphQLError

from .observers import OperationRecord


def configure_logs(*, level: int = 20) -> None:
    """Write one JSON object per line to standard output; call once at start-up. `level` is a number of `logging`."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.dict_tracebacks,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )


def configure_terminal(*, level: int) -> None:
    """Write lines for a developer's terminal; call once at start-up."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.dev.set_exc_info,
            structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=False),
            structlog.dev.ConsoleRenderer(
                colors=sys.stdout.isatty(),
                # Painting every local variable of every frame would hold up all requests for a second.
                exception_formatter=structlog.dev.plain_traceback,
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
    )


class Logs:
    """The logging observer: request id, user id, latency, route and operation on every line."""

    def __init__(self, route: str) -> None:
        self._log: Any = structlog.get_logger("gavel.transport").bind(route=route)

    def operation_finished(self, record: OperationRecord) -> None:
        """One line per operation."""
        level = logging.WARNING if record.codes and "INTERNAL" in record.codes else logging.INFO
        if not self._log.is_enabled_for(level):
            return
        self._log.log(
            level,
            "operation",
            request_id=record.request_id,
            user_id=record.viewer_key,
            operation=record.name,
            kind=record.kind,
            protocol=record.protocol,
            latency_ms=round(record.seconds * 1000, 3),
            cost=record.cost,
            codes=list(record.codes),
            cached=record.is_cached,
        )

    def request_refused(self, protocol: str, code: str, request_id: str) -> None:
        """One line per refusal."""
        self._log.info("refused", request_id=request_id, protocol=protocol, code=code)

    def fault(self, cause: BaseException, error: GraphQLError | None, request_id: str) -> None:
        """One line per fault, with its traceback: only here may its text be read."""
        path = list(error.path) if error is not None and error.path is not None else None
        self._log.error("fault", request_id=request_id, path=path, exc_info=cause)

    def subscription_started(self, protocol: str, name: str | None) -> None:
        """One line per live subscription."""
        self._log.debug("subscription started", protocol=protocol, operation=name)

    def subscription_ended(self, protocol: str, reason: str) -> None:
        """One line per end."""
        self._log.debug("subscription ended", protocol=protocol, reason=reason)

    def subscription_rejected(self, protocol: str, reason: str) -> None:
        """One line per rejection."""
        self._log.info("subscription rejected", protocol=protocol, reason=reason)
