"""How long what everybody sees may be kept, and the tags under which changed content ends it sooner (S4-018..022)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lifetime:
    """Seconds for which an answer may be reused by anybody, and the tags that end it."""

    seconds: int
    tags: tuple[str, ...]


ALWAYS = Lifetime(86_400, ())
"""What follows from its parent alone, such as an id or the address of a picture."""
LIVE = Lifetime(0, ())
"""The same for everybody, but only now: never kept, shared between all who are shown it in one moment."""
LISTINGS = Lifetime(300, ("listing",))
FOUND = Lifetime(600, ("listing",))
PROFILES = Lifetime(3_600, ("publicUser",))
CATEGORIES = Lifetime(300, ("category",))
EDITORIAL = Lifetime(600, ("promotion", "contentPage", "faq"))
"""Never for a field whose value depends on who asks: `listing` and `node` show drafts to their owners."""
