"""Steps on a lot that are not bids: pausing, resuming, cancelling, lowering the reserve, freezing at the end."""

from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum

from domain.lots import LotPhase, LotState, lift_to_reserve

RESERVE_FIXED_BEFORE_END = timedelta(hours=24)
"""The seller may lower or remove the reserve until a day before the end."""


class StepRefusal(Enum):
    """Why a step is not taken."""

    WRONG_PHASE = "WRONG_PHASE"
    TOO_LATE = "TOO_LATE"
    NOT_LOWER = "NOT_LOWER"
    NOT_DUE = "NOT_DUE"


STEP_SENTENCES = {
    StepRefusal.WRONG_PHASE: "The lot is not in a state that allows this.",
    StepRefusal.TOO_LATE: "The reserve can be changed only until a day before the end.",
    StepRefusal.NOT_LOWER: "After the first bid the reserve can only be lowered or removed.",
    StepRefusal.NOT_DUE: "The lot still runs.",
}


def pause(state: LotState, *, now: datetime) -> LotState | StepRefusal:
    """The lot taking no bids until resumed; its clock stands still."""
    if state.phase is not LotPhase.OPEN or now >= state.ends_at:
        return StepRefusal.WRONG_PHASE
    return replace(state, phase=LotPhase.PAUSED, paused_at=now, version=state.version + 1)


def resume(state: LotState, *, now: datetime) -> LotState | StepRefusal:
    """The lot taking bids again; the end and its cap move by the time paused, so bidders lose nothing."""
    if state.phase is not LotPhase.PAUSED or state.paused_at is None:
        return StepRefusal.WRONG_PHASE
    lost = now - state.paused_at
    return replace(
        state,
        phase=LotPhase.OPEN,
        paused_at=None,
        ends_at=state.ends_at + lost,
        cap_at=state.cap_at + lost,
        version=state.version + 1,
    )


def cancel(state: LotState, *, now: datetime) -> LotState | StepRefusal:
    """The lot withdrawn without a result."""
    is_running = state.phase is LotPhase.OPEN and now < state.ends_at
    if not is_running and state.phase is not LotPhase.PAUSED:
        return StepRefusal.WRONG_PHASE
    return replace(state, phase=LotPhase.CANCELLED, paused_at=None, version=state.version + 1)


def lower_reserve(state: LotState, reserve_minor: int | None, *, now: datetime) -> LotState | StepRefusal:
    """The lot with another reserve (None removes it); the price jumps where the leader's maximum now reaches it."""
    if state.phase not in {LotPhase.OPEN, LotPhase.PAUSED}:
        return StepRefusal.WRONG_PHASE
    if state.ends_at - now <= RESERVE_FIXED_BEFORE_END:
        return StepRefusal.TOO_LATE
    if state.bid_count > 0:
        if state.reserve_minor is None:
            return StepRefusal.NOT_LOWER
        if reserve_minor is not None and reserve_minor >= state.reserve_minor:
            return StepRefusal.NOT_LOWER
    return lift_to_reserve(replace(state, reserve_minor=reserve_minor, version=state.version + 1))


def freeze(state: LotState, *, now: datetime) -> LotState | StepRefusal:
    """The lot fenced off after its end; freezing again changes nothing."""
    if state.phase in {LotPhase.CLOSING, LotPhase.CLOSED, LotPhase.CANCELLED}:
        return state
    if state.phase is LotPhase.PAUSED or now < state.ends_at:
        return StepRefusal.NOT_DUE
    return replace(state, phase=LotPhase.CLOSING, version=state.version + 1)
