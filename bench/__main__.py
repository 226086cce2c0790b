"""`python -m bench`: every benchmark that needs nothing but this machine, one after the other."""

import subprocess
import sys
from pathlib import Path

ALL = (
    "bench.search",
    "bench.listings",
    "bench.replica",
    "bench.limits",
    "bench.groq",
    "bench.executor",
    "bench.bids",
    "bench.messages",
)


def main() -> None:
    """Run each in a process of its own, so that none warms or burdens another."""
    failed = [name for name in ALL if _run(name) != 0]
    if failed:
        raise SystemExit(f"These did not finish: {', '.join(failed)}.")


def _run(name: str) -> int:
    print(f"\n== {name} ==", flush=True)
    return subprocess.run([sys.executable, "-m", name], cwd=Path(__file__).parents[1], check=False).returncode


if __name__ == "__main__":
    main()
