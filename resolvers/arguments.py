"""Scalars and arguments that several nouns take."""

from typing import Annotated, NewType

import strawberry

MinorUnits = NewType("MinorUnits", int)
"""An amount in minor units; larger than GraphQL's 32-bit Int (R21,474,836.47 would not fit)."""

First = Annotated[int, strawberry.argument(description="How many records, 1 to 100.")]
After = Annotated[str | None, strawberry.argument(description="A cursor of this list; records behind it follow.")]
Slug = Annotated[str | None, strawberry.argument(description="The readable name from the page's address.")]
Id = Annotated[strawberry.ID | None, strawberry.argument(description="A global id.")]
