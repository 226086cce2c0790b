"""Formatted text: the stored blocks, and their renderings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import strawberry
from strawberry import Parent

from domain.content import ContentPage, Faq, Promotion
from domain.images import ImageTransform, asset_of, image_url
from domain.listings import Listing
from domain.portable_text import plain_text
from domain.portable_text_html import to_html
from domain.problems import BadInputError
from domain.users import PublicUser
from resolvers.context import Info
from resolvers.reading import reads

_LARGEST_SIDE = 8_192
_DEFAULT_WIDTH = 800


@dataclass(frozen=True, slots=True)
class PortableText:
    """Blocks as stored."""

    blocks: tuple[Mapping[str, Any], ...]


@reads({PortableText: ("blocks",)})
def raw(root: Parent[PortableText]) -> list[Mapping[str, Any]]:
    """The blocks themselves."""
    return list(root.blocks)


@reads({PortableText: ("blocks",)})
def text(
    root: Parent[PortableText],
    max_length: Annotated[
        int | None, strawberry.argument(description="Longest text, cut after a whole word with an ellipsis.")
    ] = None,
) -> str:
    """The text without formatting."""
    if max_length is not None and max_length < 1:
        raise BadInputError("BAD_LENGTH", "The longest text has at least 1 character.")
    return plain_text(root.blocks, max_length=max_length)


@reads({PortableText: ("blocks",)})
def html(
    info: Info,
    root: Parent[PortableText],
    image_width: Annotated[int, strawberry.argument(description="Width of pictures in pixels.")] = _DEFAULT_WIDTH,
) -> str:
    """The text as safe markup."""
    if not 1 <= image_width <= _LARGEST_SIDE:
        raise BadInputError("BAD_IMAGE_SIZE", f"Pictures are 1 to {_LARGEST_SIDE} pixels wide.")

    def address(image: Mapping[str, object]) -> str | None:
        asset = asset_of(image)
        if asset is None:
            return None
        shown = ImageTransform(width=image_width)
        return image_url(asset, info.context.sources.image_host, image=image, transform=shown)

    return to_html(root.blocks, image_url=address)


@reads({Listing: ("body",)})
def listing_body(root: Parent[Listing]) -> PortableText:
    """The description of a listing."""
    return PortableText(root.body)


@reads({PublicUser: ("bio",)})
def bio(root: Parent[PublicUser]) -> PortableText:
    """What a person says about themselves."""
    return PortableText(root.bio)


@reads({Promotion: ("body",)})
def promotion_body(root: Parent[Promotion]) -> PortableText:
    """The text of a promotion."""
    return PortableText(root.body)


@reads({ContentPage: ("body",)})
def page_body(root: Parent[ContentPage]) -> PortableText:
    """The text of a page."""
    return PortableText(root.body)


@reads({Faq: ("answer",)})
def answer(root: Parent[Faq]) -> PortableText:
    """The answer to a question."""
    return PortableText(root.answer)
