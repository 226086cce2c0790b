"""groq-js as a process beside ours: the second opinion on answers and on speed."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Self

HERE = Path(__file__).resolve().parent


def find_judge() -> str | None:
    """None when groq-js can be started, else a sentence that says what is missing."""
    if shutil.which("node") is None:
        return "Node.js is not installed, so groq-js cannot be asked"
    if not (HERE / "node_modules" / "groq-js").exists():
        return f"groq-js is not installed; run: npm install --prefix {HERE.parent.name}/{HERE.name}"
    return None


class Judge:
    """A running groq-js; one question at a time."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [shutil.which("node") or "node", str(HERE / "judge.mjs")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=HERE,
            text=True,
            encoding="utf-8",
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate(timeout=10)

    def _send(self, request: dict[str, Any]) -> dict[str, Any]:
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("groq-js was started without pipes")
        self._process.stdin.write(f"{json.dumps(request)}\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def load(self, documents: list[dict[str, Any]]) -> None:
        """Give groq-js the documents that the next queries run over."""
        self._send({"documents": documents})

    def ask(
        self, query: str, params: dict[str, Any] | None = None, *, repeat: int = 0, use_id_map: bool = False
    ) -> dict[str, Any]:
        """Its answer as {"result", "times"} with the times of `repeat` runs in ms, or {"error"}."""
        return self._send({"query": query, "params": params or {}, "repeat": repeat, "useIdMap": use_id_map})
