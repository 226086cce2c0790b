"""One subscriber of a group: where it stands in the topic, and the frames that it has not taken yet."""

from collections import deque
from typing import TYPE_CHECKING, Final, Protocol

from .answers import Answer
from .errors import RESUME_REQUIRED, error_body
from .field_facts import Place

if TYPE_CHECKING:
    from .socket_compression import PackedEvent

_MOST_WAITING: Final = 1_000
_MOST_STATES_WAITING: Final = 4
_SLOW: Final = "This stream was read too slowly; subscribe again after your newest cursor."


class Frame:
    """One event, executed and encoded; `tails` keeps what sockets made of it, by the length of what stands before.

    `packed` keeps the same for compressed sockets, by their window; None while there was none.
    """

    __slots__ = ("answer", "cursor", "has_data", "packed", "place", "restarts", "tails")

    def __init__(self, answer: Answer, place: Place, cursor: str | None, *, restarts: bool) -> None:
        self.answer = answer
        self.has_data = "data" in answer.body
        self.place = place
        self.cursor = cursor
        self.restarts = restarts
        self.tails: dict[int, tuple[bytes, bytes]] = {}
        self.packed: dict[int, PackedEvent] | None = None


class Reader(Protocol):
    """Whoever reads a member's frames."""

    def take(self, frame: Frame) -> bool:
        """Show a frame at once; False where that is not possible now, and it must wait."""
        ...

    def wake(self) -> None:
        """Something waits, or nothing comes any more."""
        ...


class Member:
    """What one subscriber waits for.

    Nothing comes any more once it `is_over`. `ending` is then the last word, where it is not simply the end; with
    `is_stale` it is a state that was read too slowly, or that is older than what was shown: how things stand must be
    read anew.
    """

    __slots__ = ("ending", "is_log", "is_over", "is_stale", "place", "reader", "waiting")

    def __init__(self, place: Place, reader: Reader, *, is_log: bool) -> None:
        self.place = place
        self.reader = reader
        self.is_log = is_log
        self.is_over = False
        self.is_stale = False
        self.ending: Answer | None = None
        self.waiting: deque[Frame] | None = None

    def show(self, frame: Frame) -> None:
        """Take a frame that this member has not seen; a hole in a log, or reading too slowly, is its end."""
        # Nearly always it is a log's next event and the reader takes it at once: that is asked for first.
        place, before = frame.place, self.place
        is_next = self.is_log and place == before + 1 and self.waiting is None  # type: ignore[operator]  # both are numbers
        if is_next and not self.is_over and self.reader.take(frame):
            self.place = place
            return
        if self.is_over:
            return
        after = place_after(self.place, frame)
        if after is SEEN:
            return
        if after is None:
            self._give_up()
            return
        if self.waiting is None:
            if self.reader.take(frame):
                self.place = after
                return
            self.waiting = deque()
        if len(self.waiting) >= (_MOST_WAITING if self.is_log else _MOST_STATES_WAITING):
            self._give_up()
            return
        self.place = after
        self.waiting.append(frame)
        self.reader.wake()

    def next_waiting(self) -> Frame | None:
        """The oldest frame that waits, taken."""
        if self.waiting is None:
            return None
        frame = self.waiting.popleft()
        if not self.waiting:
            self.waiting = None
        return frame

    def end(self, ending: Answer | None) -> None:
        """The group has ended; what waits is still shown."""
        if not self.is_over:
            self.is_over = True
            self.ending = ending
            self.reader.wake()

    def _give_up(self) -> None:
        if self.is_log:
            body = error_body(RESUME_REQUIRED, _SLOW)
            self.end(Answer(body={"errors": [body]}, status=400, codes=(RESUME_REQUIRED,)))
        else:
            self.waiting = None
            self.is_stale = True
            self.end(None)


SEEN: Final[dict[str, int]] = {}
"""The answer for a frame that shows nothing new."""


def place_after(before: Place, frame: Frame) -> Place | None:
    """Where a subscriber stands after a frame; SEEN for one that shows nothing new, None for one that does not fit.

    In a log that is a hole; in a state, something older than what was shown.
    """
    place = frame.place
    if isinstance(place, int):
        if not isinstance(before, int):
            return None
        if place <= before:
            return SEEN
        return place if place == before + 1 or frame.restarts else None
    if isinstance(before, int):
        return None
    versions = [(version, before.get(name, -1)) for name, version in place.items()]
    if all(version <= known for version, known in versions):
        return SEEN
    return None if any(version < known for version, known in versions) else {**before, **place}
