"""Which cores run what: the servers one, everything around them the others, so that neither evicts the other."""

import os

_ALL = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


def part() -> str:
    """Leave the first core to servers, where there are several; a sentence that says so.

    This process and what it starts from now on keep off it.
    """
    if len(_ALL) < 2:
        return "One core runs everything."
    os.sched_setaffinity(0, set(_ALL[1:]))
    return f"Core {_ALL[0]} runs the servers, {', '.join(map(str, _ALL[1:]))} the load and the stores."


def share() -> None:
    """Let this process run anywhere again."""
    give_all(0)


def give_servers(pid: int) -> None:
    """Move a process that has just begun to the servers' core."""
    if len(_ALL) >= 2:
        os.sched_setaffinity(pid, {_ALL[0]})


def give_all(pid: int) -> None:
    """Let a process that has just begun, and those that it will start, run anywhere."""
    if len(_ALL) >= 2:
        os.sched_setaffinity(pid, set(_ALL))
