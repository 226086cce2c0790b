"""Pictures as clients see them."""

import strawberry

from resolvers import images as resolve
from schema.fields import attribute, resolved
from schema.lifetimes import ALWAYS


@strawberry.type(description="A picture; ask for the size that is shown.")
class Image:
    """A view of `resolvers.images.Image`."""

    url: str = resolved(by=resolve.url, description="The address of the picture, or of a resized variant.", kept=ALWAYS)
    width: int = attribute("Width of the original in pixels.")
    height: int = attribute("Height of the original in pixels.")
    aspect_ratio: float = attribute("Width over height.")
    alt: str | None = attribute("A text for those who cannot see it.")
    lqip: str | None = attribute("A tiny preview as a data address, to show while the picture loads.")
    hotspot_x: float = attribute("Where the subject is, from the left, 0 to 1.")
    hotspot_y: float = attribute("Where the subject is, from the top, 0 to 1.")
