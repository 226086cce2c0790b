"""Pictures: the field's value beside its asset, and addresses of resized variants."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import strawberry
from strawberry import Parent

from domain.content import Promotion
from domain.images import (
    ImageAsset,
    ImageFit,
    ImageFormat,
    ImageTransform,
    asset_of,
    checked_transform,
    hotspot_of,
    image_url,
)
from domain.listings import Listing
from domain.problems import BadInputError, InvalidInput
from domain.users import PublicUser
from resolvers.context import Info
from resolvers.reading import reads


@dataclass(frozen=True, slots=True)
class Image:
    """A picture as an image field shows it."""

    asset: ImageAsset
    value: Mapping[str, Any]

    @property
    def width(self) -> int:
        """Pixels of the original."""
        return self.asset.width

    @property
    def height(self) -> int:
        """Pixels of the original."""
        return self.asset.height

    @property
    def aspect_ratio(self) -> float:
        """Width over height."""
        return self.asset.aspect_ratio

    @property
    def alt(self) -> str | None:
        """The text for those who cannot see it."""
        return found if isinstance(found := self.value.get("alt"), str) else None

    @property
    def lqip(self) -> str | None:
        """A tiny preview as a data address."""
        return found if isinstance(found := self.value.get("lqip"), str) else None

    @property
    def hotspot_x(self) -> float:
        """Centre of what matters, from the left."""
        return hotspot_of(self.value).x

    @property
    def hotspot_y(self) -> float:
        """Centre of what matters, from the top."""
        return hotspot_of(self.value).y


def image_of(value: Mapping[str, Any] | None) -> Image | None:
    """The picture of an image field; None where it names none."""
    asset = asset_of(value)
    return Image(asset, value) if asset is not None and value is not None else None


Pixels = Annotated[int | None, strawberry.argument(description="Pixels, 1 to 8192.")]


@reads({Image: ("asset", "value")})
def url(
    info: Info,
    root: Parent[Image],
    width: Pixels = None,
    height: Pixels = None,
    fit: Annotated[ImageFit | None, strawberry.argument(description="How it is brought to that size.")] = None,
    quality: Annotated[int | None, strawberry.argument(description="0 to 100.")] = None,
    format: Annotated[ImageFormat | None, strawberry.argument(description="The file format.")] = None,  # noqa: A002 - the image services' own name
    dpr: Annotated[float | None, strawberry.argument(description="Device pixel ratio, 1 to 4.")] = None,
) -> str:
    """The address of the picture, or of a resized variant."""
    checked = checked_transform(ImageTransform(width, height, fit, quality, format, dpr))
    if isinstance(checked, InvalidInput):
        raise BadInputError("BAD_IMAGE_SIZE", " ".join(each.message for each in checked.problems))
    return image_url(root.asset, info.context.sources.image_host, image=root.value, transform=checked)


@reads({Listing: ("images",)})
def listing_images(root: Parent[Listing]) -> list[Image]:
    """The pictures of a listing, the cover first."""
    return [image for image in map(image_of, root.images) if image is not None]


@reads({PublicUser: ("avatar",)})
def avatar(root: Parent[PublicUser]) -> Image | None:
    """The picture of a profile."""
    return image_of(root.avatar)


@reads({Promotion: ("image",)})
def promotion_image(root: Parent[Promotion]) -> Image | None:
    """The picture of a promotion."""
    return image_of(root.image)
