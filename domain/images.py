"""Pictures of the content store: asset ids, and addresses of variants just as `@sanity/image-url` writes them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from domain.problems import FieldProblem, InvalidInput

_ASSET_ID = re.compile(r"image-([A-Za-z0-9]{1,128})-([1-9]\d{0,4})x([1-9]\d{0,4})-([a-z0-9]{2,5})", re.ASCII)
_LARGEST_SIDE = 8_192
_SHARPEST = 4


class ImageFit(Enum):
    """How a picture is brought to the asked size."""

    CLIP = "clip"
    CROP = "crop"
    FILL = "fill"
    FILLMAX = "fillmax"
    MAX = "max"
    SCALE = "scale"
    MIN = "min"


class ImageFormat(Enum):
    """The file format asked for; AUTO lets the image service choose what the browser takes."""

    AUTO = "auto"
    JPG = "jpg"
    PNG = "png"
    WEBP = "webp"


@dataclass(frozen=True, slots=True)
class ImageAsset:
    """An uploaded picture as its id tells it: hash, pixels and file extension."""

    digest: str
    width: int
    height: int
    extension: str

    @property
    def aspect_ratio(self) -> float:
        """Width over height."""
        return self.width / self.height


@dataclass(frozen=True, slots=True)
class Crop:
    """The shares cut off each side, 0 to 1."""

    top: float = 0.0
    bottom: float = 0.0
    left: float = 0.0
    right: float = 0.0


@dataclass(frozen=True, slots=True)
class Hotspot:
    """The ellipse to keep in view: its centre and size as shares of the picture."""

    x: float = 0.5
    y: float = 0.5
    height: float = 1.0
    width: float = 1.0


@dataclass(frozen=True, slots=True)
class ImageTransform:
    """An asked variant, its bounds already checked: see `checked_transform`."""

    width: int | None = None
    height: int | None = None
    fit: ImageFit | None = None
    quality: int | None = None
    format: ImageFormat | None = None
    dpr: float | None = None


@dataclass(frozen=True, slots=True)
class ImageHost:
    """Where a dataset's pictures are served."""

    project_id: str
    dataset: str
    base_url: str = "https://cdn.sanity.io"


UNCHANGED = ImageTransform()


def parse_asset_id(text: object) -> ImageAsset | None:
    """The picture that an id `image-<hash>-<width>x<height>-<extension>` names; None for anything else."""
    found = _ASSET_ID.fullmatch(text) if isinstance(text, str) else None
    return ImageAsset(found[1], int(found[2]), int(found[3]), found[4]) if found else None


def asset_of(image: object) -> ImageAsset | None:
    """The picture of an image field: `{asset: {_ref}}`, or with the asset expanded `{asset: {_id}}`."""
    asset = image.get("asset") if isinstance(image, Mapping) else None
    if not isinstance(asset, Mapping):
        return None
    return parse_asset_id(asset.get("_ref")) or parse_asset_id(asset.get("_id"))


def crop_of(image: object) -> Crop:
    """The crop of an image field; one that is malformed or leaves nothing counts as none."""
    top, bottom, left, right = _shares(image, "crop", ("top", "bottom", "left", "right")) or (0.0, 0.0, 0.0, 0.0)
    return Crop(top, bottom, left, right) if top + bottom < 1 and left + right < 1 else Crop()


def hotspot_of(image: object) -> Hotspot:
    """The hotspot of an image field; a malformed one counts as none."""
    found = _shares(image, "hotspot", ("x", "y", "height", "width"))
    return Hotspot(*found) if found else Hotspot()


def checked_transform(asked: ImageTransform) -> ImageTransform | InvalidInput:
    """The transform itself when each value is within its bounds, else every field that is not."""
    bounds = (
        ("width", asked.width, 1, _LARGEST_SIDE),
        ("height", asked.height, 1, _LARGEST_SIDE),
        ("quality", asked.quality, 0, 100),
        ("dpr", asked.dpr, 1, _SHARPEST),
    )
    problems = tuple(
        FieldProblem(name, f"{name} must be from {low} to {high}.")
        for name, value, low, high in bounds
        if value is not None and not low <= value <= high
    )
    return InvalidInput(problems) if problems else asked


def image_url(
    asset: ImageAsset, host: ImageHost, *, image: object = None, transform: ImageTransform = UNCHANGED
) -> str:
    """The address of a picture: with width and height it is cut around the hotspot, within the crop of `image`."""
    file = f"{asset.digest}-{asset.width}x{asset.height}.{asset.extension}"
    base = f"{host.base_url.rstrip('/')}/images/{host.project_id}/{host.dataset}/{file}"
    rect = _rect(asset, crop_of(image), hotspot_of(image), transform)
    whole = rect == (0, 0, asset.width, asset.height)
    file_format = transform.format
    asked = (
        ("rect", None if whole else ",".join(str(edge) for edge in rect)),
        ("w", transform.width),
        ("h", transform.height),
        ("fm", file_format.value if file_format and file_format is not ImageFormat.AUTO else None),
        ("q", transform.quality),
        ("fit", transform.fit.value if transform.fit else None),
        ("auto", "format" if file_format is ImageFormat.AUTO else None),
        ("dpr", f"{transform.dpr:g}" if transform.dpr and transform.dpr != 1 else None),
    )
    query = "&".join(f"{name}={value}" for name, value in asked if value is not None)
    return f"{base}?{query}" if query else base


Rect = tuple[int, int, int, int]


def _rect(asset: ImageAsset, crop: Crop, hotspot: Hotspot, transform: ImageTransform) -> Rect:
    """Left, top, width and height of the source rectangle that is shown."""
    left, top = _rounded(crop.left * asset.width), _rounded(crop.top * asset.height)
    width = _rounded(asset.width - crop.right * asset.width - left)
    height = _rounded(asset.height - crop.bottom * asset.height - top)
    if not transform.width or not transform.height or width < 1 or height < 1:
        return left, top, width, height
    ratio = transform.width / transform.height
    if width / height > ratio:
        kept = max(1, _rounded(height * ratio))
        centre = _centre(hotspot.x, hotspot.width, asset.width)
        return _window(centre, kept, left, width), top, kept, height
    kept = max(1, _rounded(width / ratio))
    centre = _centre(hotspot.y, hotspot.height, asset.height)
    return left, _window(centre, kept, top, height), width, kept


def _centre(share: float, size: float, pixels: int) -> int:
    """The middle of a hotspot's two edges: taken from the edges, since that is how the reference rounds."""
    radius = size * pixels / 2
    low, high = share * pixels - radius, share * pixels + radius
    return _rounded((high - low) / 2 + low)


def _window(centre: int, kept: int, start: int, length: int) -> int:
    """Where `kept` pixels around a centre begin, so that they stay within `length` pixels from `start` on."""
    wanted = max(0, _rounded(centre - kept / 2))
    if wanted < start:
        return start
    return start + length - kept if wanted + kept > start + length else wanted


def _rounded(value: float) -> int:
    """Rounded as JavaScript does: halves go up."""
    return math.floor(value + 0.5)


def _shares(image: object, name: str, keys: tuple[str, str, str, str]) -> tuple[float, float, float, float] | None:
    found = image.get(name) if isinstance(image, Mapping) else None
    if not isinstance(found, Mapping):
        return None
    values = [found.get(key) for key in keys]
    shares = [float(value) for value in values if isinstance(value, (int, float)) and 0 <= value <= 1]
    return (shares[0], shares[1], shares[2], shares[3]) if len(shares) == len(keys) else None
