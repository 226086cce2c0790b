"""Why the marketplace cannot run here."""

from domain.problems import OperatorError


class LocalError(OperatorError):
    """The marketplace cannot run here, or cannot do here what was asked."""
