"""Faults reported to Sentry, where its package is installed and a DSN is given: telemetry is an extra."""

from graphql import GraphQLError

from .observers import OperationRecord

try:
    import sentry_sdk

    HAS_SENTRY = True
except ImportError:  # pragma: no cover  # the base install has no telemetry
    HAS_SENTRY = False


class SentryError(Exception):
    """A DSN is set but the package is not installed: install the `telemetry` extra."""


def start_sentry(dsn: str, *, environment: str, release: str | None = None) -> None:
    """Begin to report; no personal data, no local variables, no performance samples."""
    if not HAS_SENTRY:
        raise SentryError("GAVEL_SENTRY_DSN is set, but sentry-sdk is not installed: install gavel[telemetry].")
    sentry_sdk.init(
        dsn=dsn,
        environment=environment,
        release=release,
        send_default_pii=False,
        include_local_variables=False,
        default_integrations=False,
    )


class SentryReports:
    """The observer that reports faults under the request id that the client was given."""

    def operation_finished(self, record: OperationRecord) -> None:
        """Not reported."""

    def request_refused(self, protocol: str, code: str, request_id: str) -> None:
        """Not reported."""

    def fault(self, cause: BaseException, error: GraphQLError | None, request_id: str) -> None:
        """Report one fault."""
        if not HAS_SENTRY:
            return
        with sentry_sdk.new_scope() as scope:
            scope.set_tag("request_id", request_id)
            if error is not None and error.path is not None:
                scope.set_tag("path", ".".join(str(step) for step in error.path if isinstance(step, str)))
            sentry_sdk.capture_exception(cause)

    def subscription_started(self, protocol: str, name: str | None) -> None:
        """Not reported."""

    def subscription_ended(self, protocol: str, reason: str) -> None:
        """Not reported."""

    def subscription_rejected(self, protocol: str, reason: str) -> None:
        """Not reported."""
