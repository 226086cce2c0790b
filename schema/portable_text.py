"""Formatted text as clients see it."""

import strawberry
from strawberry.scalars import JSON

from resolvers import portable_text as resolve
from schema.fields import resolved
from schema.lifetimes import ALWAYS


@strawberry.type(description="Formatted text in three renderings.")
class PortableText:
    """A view of `resolvers.portable_text.PortableText`."""

    raw: JSON = resolved(by=resolve.raw, description="The Portable Text blocks as stored.", kept=ALWAYS)
    text: str = resolved(
        by=resolve.text, description="The text without formatting; empty lines part paragraphs.", kept=ALWAYS
    )
    html: str = resolved(by=resolve.html, description="The text as markup that is safe to show.", kept=ALWAYS)
