"""The product as one process with budgets that a crowd on one machine does not exhaust.

Usage: `python -m bench.fanout.product gavel|gavel-compressed|gavel-asgi PORT`. `gavel-asgi` serves its sockets through
uvicorn's own implementation of ASGI instead of the product's.
"""

import dataclasses
import sys

from app import Application
from cli.serving import serve_forever
from config import Settings
from transport.options import Budget, Budgets, SocketLimits

_WIDE = Budget(per_minute=100_000_000, burst=100_000_000)


class MeasuredApplication(Application):
    """Everything on as shipped; only what is counted per address is wide, since the crowd has only one."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        budgets = Budgets(anonymous_requests=_WIDE, viewer_requests=_WIDE, anonymous_cost=_WIDE, viewer_cost=_WIDE)
        sockets = SocketLimits(per_address=1_000_000)
        # The crowd comes all at once to a machine that does other work too: nobody is sent away for that.
        self._options = dataclasses.replace(
            self._options,
            budgets=budgets,
            sockets=sockets,
            limits=dataclasses.replace(self._options.limits, live_per_address=1_000_000),
            most_loop_lag_seconds=60.0,
        )


def main() -> None:
    """Serve until stopped."""
    kind, port = sys.argv[1], int(sys.argv[2])
    settings = Settings(port=port, socket_compression=kind == "gavel-compressed")
    serve_forever(MeasuredApplication(settings), settings, over_asgi=kind == "gavel-asgi")


if __name__ == "__main__":
    main()
