"""What an evaluation carries along: its inputs, its limits, and the chain of scopes above the current value."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from engines.groq.dataset import Source
from engines.groq.errors import GroqLimitError
from engines.groq.values import DateTime, Value

_STEPS_BETWEEN_LOOKS_AT_THE_CLOCK = 2_000


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one evaluation may use: seconds, bytes of values on its way (roughly), values and levels of output."""

    seconds: float = 10.0
    working_bytes: int = 500_000_000
    result_values: int = 5_000_000
    result_depth: int = 200


@dataclass(slots=True)
class Context:
    """The inputs of one evaluation and everything it remembers."""

    source: Source
    parameters: Mapping[str, Value]
    now: DateTime
    identity: str
    project_id: str | None
    dataset_name: str | None
    before: Value
    after: Value
    user_attributes: Value
    limits: Limits
    deadline: float = field(init=False)
    steps_left: int = field(init=False, default=_STEPS_BETWEEN_LOOKS_AT_THE_CLOCK)
    bytes_left: int = field(init=False, default=0)
    memory: dict[int, Value] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.deadline = time.monotonic() + self.limits.seconds
        self.bytes_left = self.limits.working_bytes

    def spend(self, steps: int) -> None:
        """Account for work ahead; raises GroqLimitError when the time is used up."""
        self.steps_left -= steps + 1
        if self.steps_left < 0:
            self.steps_left = _STEPS_BETWEEN_LOOKS_AT_THE_CLOCK
            if time.monotonic() > self.deadline:
                raise GroqLimitError(f"The query took longer than {self.limits.seconds:g} s")

    def grow(self, size: int) -> None:
        """Account for a new value of about that many bytes; raises GroqLimitError when there is no room left."""
        self.bytes_left -= size
        if self.bytes_left < 0:
            raise GroqLimitError(f"The query built more than {self.limits.working_bytes:,} bytes of values on its way")

    def grow_by(self, value: Value) -> Value:
        """The value itself, a new string, array or object, once it is accounted for."""
        kind = type(value)
        if kind is str:
            self.grow(len(value))
        elif kind is list or kind is dict:
            self.grow(8 * len(value))
        return value


class Scope:
    """One scope above the current value: its own value, the scope above it, and the evaluation."""

    __slots__ = ("arguments", "context", "parent", "this")

    def __init__(
        self, this: Value, parent: Scope | None, context: Context, arguments: Mapping[str, Value] | None
    ) -> None:
        self.this = this
        self.parent = parent
        self.context = context
        self.arguments = arguments

    def inside(self, this: Value) -> Scope:
        """The scope that elements of a filter or projection see above them, when this value is current here."""
        return Scope(this, self, self.context, self.arguments)


Run: TypeAlias = Callable[[Value, Scope], Value]
StepRun: TypeAlias = Callable[[Value, Value, Scope], Value]
