"""BlurHash: an image as a short text from which a browser paints a soft preview (see blurha.sh for the format)."""

import math
from collections.abc import Iterator

from PIL import Image

ACROSS, DOWN = 4, 3
_SIDE = 32
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"

_Colour = tuple[float, float, float]


def blur_hash(image: Image.Image) -> str:
    """The hash of an image, with 4 by 3 components."""
    small = image.convert("RGB")
    small.thumbnail((_SIDE, _SIDE))
    flat, *waves = _components(small)
    greatest = max(max(abs(channel) for channel in wave) for wave in waves)
    scale = max(0, min(82, math.floor(greatest * 166 - 0.5)))
    unit = (scale + 1) / 166
    text = _base83((ACROSS - 1) + (DOWN - 1) * 9, 1) + _base83(scale, 1)
    red, green, blue = (_to_srgb(channel) for channel in flat)
    text += _base83((red << 16) + (green << 8) + blue, 4)
    return text + "".join(_base83(_wave(wave, unit), 2) for wave in waves)


def _components(image: Image.Image) -> Iterator[_Colour]:
    """The weight of each cosine wave in linear light; the first is the average colour."""
    width, height = image.size
    raw = image.tobytes()
    linear = [_LINEAR[value] for value in raw]
    for down in range(DOWN):
        rows = [math.cos(math.pi * down * y / height) for y in range(height)]
        for across in range(ACROSS):
            columns = [math.cos(math.pi * across * x / width) for x in range(width)]
            red = green = blue = 0.0
            place = 0
            for row in rows:
                for column in columns:
                    weight = row * column
                    red += weight * linear[place]
                    green += weight * linear[place + 1]
                    blue += weight * linear[place + 2]
                    place += 3
            share = (1 if across == down == 0 else 2) / (width * height)
            yield red * share, green * share, blue * share


def _wave(colour: _Colour, unit: float) -> int:
    red, green, blue = (
        max(0, min(18, math.floor(math.copysign(abs(channel / unit) ** 0.5, channel) * 9 + 9.5))) for channel in colour
    )
    return red * 19 * 19 + green * 19 + blue


def _to_srgb(value: float) -> int:
    value = max(0.0, min(1.0, value))
    encoded = value * 12.92 if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055
    return int(encoded * 255 + 0.5)


def _to_linear(value: int) -> float:
    part = value / 255
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


_LINEAR = tuple(_to_linear(value) for value in range(256))


def _base83(value: int, length: int) -> str:
    return "".join(_DIGITS[value // 83 ** (length - place) % 83] for place in range(1, length + 1))
