"""What an uploaded image is: format, real dimensions, transparency, a tiny preview and its palette."""

import base64
import colorsys
import io
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageOps, UnidentifiedImageError

from engines.content_lake.blur_hashes import blur_hash

MAX_PIXELS = 80_000_000
PREVIEW_WIDTH = 20
_PALETTE_SIDE = 100
_PALETTE_COLOURS = 24

EXTENSIONS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "GIF": "gif", "TIFF": "tif", "AVIF": "avif", "BMP": "bmp"}
MIME_TYPES = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "gif": "image/gif",
    "tif": "image/tiff",
    "avif": "image/avif",
    "bmp": "image/bmp",
    "svg": "image/svg+xml",
}

# Swatch: (wanted saturation, wanted lightness), each from 0 to 1; `dominant` is whatever covers most.
_SWATCHES = {
    "vibrant": (1.0, 0.5),
    "lightVibrant": (1.0, 0.74),
    "darkVibrant": (1.0, 0.26),
    "muted": (0.3, 0.5),
    "lightMuted": (0.3, 0.74),
    "darkMuted": (0.3, 0.26),
}
_SVG_START = re.compile(rb"^\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*(?:<!DOCTYPE[^>]*>\s*)?<svg\b([^>]*)>", re.DOTALL)


class ImageError(ValueError):
    """The bytes are not an image this store can read; the text says why."""


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """The measured properties of an image; `metadata` is the member of that name of its asset document."""

    extension: str
    mime_type: str
    width: int
    height: int
    metadata: dict[str, Any]


def open_image(content: bytes) -> Image.Image:
    """The upright image, loaded; raises ImageError for anything that is not one, or too large."""
    return _open(content)[0]


def _open(content: bytes) -> tuple[Image.Image, str]:
    """The upright image and the name of its format."""
    with suppress(Image.DecompressionBombError, Image.DecompressionBombWarning):
        try:
            image = Image.open(io.BytesIO(content), formats=tuple(EXTENSIONS))
            if image.width * image.height <= MAX_PIXELS:
                image.load()
                return ImageOps.exif_transpose(image), image.format or ""
        except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as fault:
            raise ImageError("The file is not an image that can be read") from fault
    raise ImageError(f"The image has more than {MAX_PIXELS // 1_000_000} million pixels")


def measure(content: bytes, wanted: frozenset[str]) -> ImageFacts:
    """The facts of an image; `wanted` are the names of the `meta` parameters: lqip, palette, blurhash."""
    vector = _SVG_START.match(content[:8_192])
    if vector:
        width, height = _vector_size(vector[1].decode("utf-8", "replace"))
        return ImageFacts("svg", MIME_TYPES["svg"], width, height, _metadata(width, height, has_alpha=True))
    image, format_name = _open(content)
    has_alpha = image.has_transparency_data
    metadata = _metadata(image.width, image.height, has_alpha=has_alpha)
    if has_alpha:
        darkest = image.convert("RGBA").getchannel("A").getextrema()[0]
        metadata["isOpaque"] = darkest == 255
    if "lqip" in wanted:
        metadata["lqip"] = _preview(image, has_alpha=has_alpha)
    if "blurhash" in wanted:
        metadata["blurHash"] = blur_hash(image)
    if "palette" in wanted:
        metadata["palette"] = _palette(image)
    extension = EXTENSIONS[format_name]
    return ImageFacts(extension, MIME_TYPES[extension], image.width, image.height, metadata)


def _metadata(width: int, height: int, *, has_alpha: bool) -> dict[str, Any]:
    dimensions = {
        "_type": "sanity.imageDimensions",
        "width": width,
        "height": height,
        "aspectRatio": width / height,
    }
    return {
        "_type": "sanity.imageMetadata",
        "dimensions": dimensions,
        "hasAlpha": has_alpha,
        "isOpaque": not has_alpha,
    }


def _vector_size(attributes: str) -> tuple[int, int]:
    def number(name: str) -> float | None:
        found = re.search(rf"\b{name}\s*=\s*[\"']\s*([0-9.]+)\s*(?:px)?\s*[\"']", attributes)
        return float(found[1]) if found else None

    width, height = number("width"), number("height")
    box = re.search(r"viewBox\s*=\s*[\"']\s*[-0-9.]+[\s,]+[-0-9.]+[\s,]+([0-9.]+)[\s,]+([0-9.]+)", attributes)
    if width is None or height is None:
        width, height = (float(box[1]), float(box[2])) if box else (300.0, 150.0)
    return max(1, round(width)), max(1, round(height))


def _preview(image: Image.Image, *, has_alpha: bool) -> str:
    height = max(1, round(image.height * PREVIEW_WIDTH / image.width))
    small = image.convert("RGBA" if has_alpha else "RGB").resize((PREVIEW_WIDTH, min(height, 200)))
    written = io.BytesIO()
    format_name = "PNG" if has_alpha else "JPEG"
    small.save(written, format_name)
    return f"data:image/{format_name.lower()};base64,{base64.b64encode(written.getvalue()).decode()}"


def _palette(image: Image.Image) -> dict[str, Any]:
    small = image.convert("RGB")
    small.thumbnail((_PALETTE_SIDE, _PALETTE_SIDE))
    reduced = small.quantize(_PALETTE_COLOURS)
    colours = reduced.getpalette() or []
    total = small.width * small.height
    counted = [
        (count / total * 100, (colours[place * 3], colours[place * 3 + 1], colours[place * 3 + 2]))
        for count, place in _counts(reduced)
    ]
    counted.sort(reverse=True)
    swatches = {"dominant": _swatch(*counted[0])}
    for name, (saturation, lightness) in _SWATCHES.items():
        swatches[name] = _swatch(*min(counted, key=lambda one: _distance(one[1], saturation, lightness)))
    return {"_type": "sanity.imagePalette", **swatches}


def _counts(reduced: Image.Image) -> list[tuple[int, int]]:
    return [(count, place) for place, count in enumerate(reduced.histogram()) if count]


def _distance(colour: tuple[int, int, int], saturation: float, lightness: float) -> float:
    _, light, sat = colorsys.rgb_to_hls(*(channel / 255 for channel in colour))
    return 3 * abs(sat - saturation) + 6.5 * abs(light - lightness)


def _swatch(population: float, colour: tuple[int, int, int]) -> dict[str, Any]:
    red, green, blue = colour
    is_light = 0.299 * red + 0.587 * green + 0.114 * blue > 160
    foreground = "#000" if is_light else "#fff"
    return {
        "_type": "sanity.imagePaletteSwatch",
        "background": f"#{red:02x}{green:02x}{blue:02x}",
        "foreground": foreground,
        "title": foreground,
        "population": round(population, 2),
    }
