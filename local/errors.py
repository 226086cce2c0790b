"""Why the marketplace cannot run here."""


class LocalError(Exception):
    """The marketplace cannot run here; the message is one sentence that says why."""
