"""The demo's pictures: silhouettes of a text table over drawn backdrops, saved as small JPEG files."""

from __future__ import annotations

import colorsys
import re
from pathlib import Path

from PIL import Image, ImageDraw

from demo.draws import split, stream, table

WIDTH, HEIGHT = 1200, 800
_SCALE = 2  # drawn at twice the size and reduced, since Pillow draws hard edges
_QUALITY = 64
_GROUND = 640
_FIXED = {
    "k": "#2b2f3a",
    "w": "#fbfaf6",
    "y": "#f2c14e",
    "n": "#9a6b43",
    "e": "#5f8f5a",
    "s": "#aab2bd",
    "g": "#b9d7e8",
}
_HUES = (0.56, 0.04, 0.38)
_PICTURE = re.compile(r"image@file://\./images/([\w-]+)\.jpg")

Point = tuple[float, float]


def named_in(export: str) -> list[str]:
    """Every picture that the text of an export names."""
    return sorted(set(_PICTURE.findall(export)))


def draw_all(folder: Path, names: list[str]) -> None:
    """Draws the named pictures into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        draw(name).save(folder / f"{name}.jpg", "JPEG", quality=_QUALITY, optimize=True)


def draw(name: str) -> Image.Image:
    """One picture, `subject-variant`: variants differ in colours, and even ones look the other way."""
    subject, _, number = name.rpartition("-")
    row = next(row for row in table("silhouettes") if row[0] == subject)
    rng = stream(0, name)
    hue = (_HUES[int(number) % len(_HUES)] + rng.uniform(-0.07, 0.07)) % 1.0
    paints = {**_FIXED, "a": _paint(hue, 0.55, 0.72), "b": _paint(hue, 0.62, 0.5), "c": _paint(hue, 0.16, 0.94)}
    canvas = _sky(_paint((hue + 0.5) % 1, 0.12, 0.97), _paint((hue + 0.45) % 1, 0.2, 0.86))
    pen = ImageDraw.Draw(canvas)
    _backdrop(pen, row[1], hue)
    for shape in split(row[2], "|"):
        _shape(pen, shape.split(), paints)
    small = canvas.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    return small.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if int(number) % 2 == 0 else small


def _paint(hue: float, saturation: float, value: float) -> str:
    red, green, blue = (round(255 * part) for part in colorsys.hsv_to_rgb(hue, saturation, value))
    return f"#{red:02x}{green:02x}{blue:02x}"


def _sky(top: str, bottom: str) -> Image.Image:
    """A vertical gradient of the full (doubled) size."""
    pixel = Image.new("RGB", (1, 2))
    pixel.putpixel((0, 0), _rgb(top))
    pixel.putpixel((0, 1), _rgb(bottom))
    return pixel.resize((WIDTH * _SCALE, HEIGHT * _SCALE), Image.Resampling.BILINEAR)


def _rgb(paint: str) -> tuple[int, int, int]:
    return int(paint[1:3], 16), int(paint[3:5], 16), int(paint[5:7], 16)


def _backdrop(pen: ImageDraw.ImageDraw, kind: str, hue: float) -> None:
    if kind == "plain":
        _circle(pen, 600, 400, 360, _paint((hue + 0.5) % 1, 0.06, 0.99))
        return
    if kind == "hills":
        _polygon(pen, [(0, 560), (260, 400), (520, 520), (820, 380), (1200, 540), (1200, 800), (0, 800)], "#a9bfa8")
        _polygon(pen, [(0, _GROUND), (1200, _GROUND), (1200, 800), (0, 800)], "#86a27c")
        return
    if kind == "road":
        _polygon(pen, [(0, 540), (340, 430), (700, 520), (1200, 420), (1200, 800), (0, 800)], "#b7c4bd")
        _polygon(pen, [(0, _GROUND), (1200, _GROUND), (1200, 800), (0, 800)], "#7c8088")
        for left in range(40, WIDTH, 240):
            _polygon(pen, [(left, 725), (left + 120, 725), (left + 120, 737), (left, 737)], "#e9e4d0")
        return
    _polygon(pen, [(0, 600), (1200, 600), (1200, 800), (0, 800)], "#cdb49a")
    _polygon(pen, [(0, 590), (1200, 590), (1200, 602), (0, 602)], "#f4efe6")


def _shape(pen: ImageDraw.ImageDraw, words: list[str], paints: dict[str, str]) -> None:
    kind, paint, rest = words[0], paints[words[1]], words[2:]
    if kind == "R":
        left, top, width, height, radius = (_SCALE * float(word) for word in rest)
        pen.rounded_rectangle((left, top, left + width, top + height), radius, fill=paint)
    elif kind == "C":
        x, y, radius = (float(word) for word in rest)
        _circle(pen, x, y, radius, paint)
    elif kind == "P":
        _polygon(pen, [_point(word) for word in rest], paint)
    elif kind == "L":
        _line(pen, [_point(word) for word in rest[1:]], float(rest[0]), paint)
    else:
        raise ValueError(f"no shape is called {kind}")


def _point(word: str) -> Point:
    x, _, y = word.partition(",")
    return float(x), float(y)


def _circle(pen: ImageDraw.ImageDraw, x: float, y: float, radius: float, paint: str) -> None:
    pen.ellipse([_SCALE * edge for edge in (x - radius, y - radius, x + radius, y + radius)], fill=paint)


def _polygon(pen: ImageDraw.ImageDraw, points: list[Point], paint: str) -> None:
    pen.polygon([(_SCALE * x, _SCALE * y) for x, y in points], fill=paint)


def _line(pen: ImageDraw.ImageDraw, points: list[Point], width: float, paint: str) -> None:
    """A line with round ends and joints."""
    pen.line([(_SCALE * x, _SCALE * y) for x, y in points], fill=paint, width=round(_SCALE * width))
    for x, y in points:
        _circle(pen, x, y, width / 2, paint)
