"""Makes the image that a recipe asks for, with Pillow."""

import io

from PIL import Image, ImageFilter, ImageOps

from engines.content_lake.image_facts import open_image
from engines.content_lake.image_recipes import Recipe

_OPAQUE_FORMATS = frozenset({"JPEG"})


def transform(content: bytes, recipe: Recipe, *, original_format: str) -> bytes:
    """The bytes in the format of the recipe, else of the original; raises ImageError for content that is no image."""
    image = open_image(content)
    if image.mode not in {"RGB", "RGBA"}:
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    if recipe.rect is not None:
        left, top, width, height = recipe.rect
        box = (min(left, image.width - 1), min(top, image.height - 1))
        image = image.crop((*box, min(left + width, image.width), min(top + height, image.height)))
    if recipe.turn:
        image = image.rotate(-recipe.turn, expand=True)
    if "h" in recipe.flip:
        image = ImageOps.mirror(image)
    if "v" in recipe.flip:
        image = ImageOps.flip(image)
    image = _resized(image, recipe)
    if recipe.blur:
        image = image.filter(ImageFilter.GaussianBlur(recipe.blur / 20))
    if recipe.is_inverted:
        image = ImageOps.invert(image.convert("RGB"))
    return _written(image, recipe.format_name or original_format, recipe)


def _resized(image: Image.Image, recipe: Recipe) -> Image.Image:
    if recipe.width is None and recipe.height is None:
        return image
    ratio = image.width / image.height
    width = recipe.width or max(1, round((recipe.height or 1) * ratio))
    height = recipe.height or max(1, round(width / ratio))
    if recipe.fit == "scale":
        return image.resize((width, height), Image.Resampling.LANCZOS)
    if recipe.fit in {"crop", "min"}:
        if recipe.fit == "min":
            shrink = min(1.0, image.width / width, image.height / height)
            width, height = max(1, round(width * shrink)), max(1, round(height * shrink))
        return ImageOps.fit(image, (width, height), Image.Resampling.LANCZOS, centering=_centre(recipe))
    scale = min(width / image.width, height / image.height)
    if recipe.fit in {"max", "fillmax"}:
        scale = min(scale, 1.0)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    inner = image.resize(size, Image.Resampling.LANCZOS) if size != image.size else image
    if recipe.fit in {"clip", "max"}:
        return inner
    canvas = Image.new("RGBA", (width, height), recipe.background or (255, 255, 255, 255))
    place = ((width - size[0]) // 2, (height - size[1]) // 2)
    canvas.paste(inner, place, inner if inner.mode == "RGBA" else None)
    return canvas if image.mode == "RGBA" or (recipe.background or (0, 0, 0, 255))[3] < 255 else canvas.convert("RGB")


def _centre(recipe: Recipe) -> tuple[float, float]:
    """Where to keep, as fractions from the left and from the top."""
    if "focalpoint" in recipe.anchors:
        return recipe.focus
    across = 0.0 if "left" in recipe.anchors else 1.0 if "right" in recipe.anchors else 0.5
    down = 0.0 if "top" in recipe.anchors else 1.0 if "bottom" in recipe.anchors else 0.5
    return across, down


def _written(image: Image.Image, format_name: str, recipe: Recipe) -> bytes:
    has_to_be_flat = format_name in _OPAQUE_FORMATS or recipe.background is not None
    if has_to_be_flat and image.mode == "RGBA":
        ground = Image.new("RGBA", image.size, recipe.background or (255, 255, 255, 255))
        image = Image.alpha_composite(ground, image)
        image = image.convert("RGB") if format_name in _OPAQUE_FORMATS else image
    written = io.BytesIO()
    if format_name in {"JPEG", "WEBP", "AVIF"}:
        image.save(written, format_name, quality=max(1, recipe.quality))
    else:
        image.save(written, format_name)
    return written.getvalue()
