"""The value that says which bound of `Limits` a document breaks."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LimitBroken:
    """A bound by name and size, with what was found where that is cheap to know."""

    what: str
    allowed: int
    found: int | None = None

    @property
    def message(self) -> str:
        """The sentence shown to the client."""
        found = f" (it asks for {self.found})" if self.found is not None else ""
        return f"The document exceeds the limit of {self.allowed} {self.what}{found}."
