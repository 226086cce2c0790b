"""Ports for servers that are told theirs before they start."""

import contextlib
import random
import socket


def free_port() -> int:
    """A port below those that the kernel hands out by itself: nobody's connection takes it before the server does."""
    for port in random.sample(range(20_000, 32_000), 100):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")
