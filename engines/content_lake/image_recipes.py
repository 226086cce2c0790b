"""The image URL parameters, read into one recipe; see Sanity's image URL reference for their meaning."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from engines.content_lake.faults import plain_fault

MAX_SIDE = 8_192
FITS = ("clip", "crop", "fill", "fillmax", "max", "scale", "min")
FORMATS = {"jpg": "JPEG", "pjpg": "JPEG", "png": "PNG", "webp": "WEBP", "gif": "GIF", "avif": "AVIF"}
_COLOUR = re.compile(r"(?:[0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})")
_CROPS = frozenset({"top", "bottom", "left", "right", "center", "focalpoint", "entropy", "edges", "faces"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What to make of an image. Sides are in pixels of the answer, `dpr` included."""

    rect: tuple[int, int, int, int] | None = None
    width: int | None = None
    height: int | None = None
    fit: str = "clip"
    quality: int = 75
    format_name: str = ""
    blur: int = 0
    anchors: frozenset[str] = frozenset()
    focus: tuple[float, float] = (0.5, 0.5)
    background: tuple[int, int, int, int] | None = None
    flip: str = ""
    turn: int = 0
    is_inverted: bool = False

    @property
    def is_original(self) -> bool:
        """Whether nothing is asked for."""
        return self == Recipe()


def read_recipe(parameters: Mapping[str, str], *, accept: str = "") -> Recipe:
    """The recipe of a URL; raises 400 for a value that means nothing."""
    dpr = _number(parameters, "dpr", 1.0, 3.0) or 1.0
    width, height = (_side(parameters, name, dpr) for name in ("w", "h"))
    format_name = parameters.get("fm", "")
    if format_name and format_name not in FORMATS:
        raise _bad("fm", ", ".join(FORMATS))
    if not format_name and parameters.get("auto") == "format" and "image/webp" in accept:
        format_name = "webp"
    fit = parameters.get("fit", "clip")
    if fit not in FITS:
        raise _bad("fit", ", ".join(FITS))
    anchors = frozenset(parameters["crop"].split(",")) if parameters.get("crop") else frozenset()
    if not anchors <= _CROPS:
        raise _bad("crop", ", ".join(sorted(_CROPS)))
    flip = parameters.get("flip", "")
    if flip not in {"", "h", "v", "hv"}:
        raise _bad("flip", "h, v or hv")
    return Recipe(
        rect=_rectangle(parameters.get("rect")),
        width=width,
        height=height,
        fit=fit,
        quality=int(_number(parameters, "q", 0, 100) or 75),
        format_name=FORMATS.get(format_name, ""),
        blur=int(_number(parameters, "blur", 0, 2000) or 0),
        anchors=anchors,
        focus=(
            _fraction(parameters, "fp-x"),
            _fraction(parameters, "fp-y"),
        ),
        background=_colour(parameters.get("bg")),
        flip=flip,
        turn=_turn(parameters.get("or")),
        is_inverted=parameters.get("invert") == "true",
    )


def _number(parameters: Mapping[str, str], name: str, low: float, high: float) -> float | None:
    text = parameters.get(name)
    if text is None:
        return None
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise _bad(name, f"a number from {low:g} to {high:g}")
    return value


def _side(parameters: Mapping[str, str], name: str, dpr: float) -> int | None:
    value = _number(parameters, name, 1, MAX_SIDE)
    return None if value is None else min(MAX_SIDE, round(value * dpr))


def _fraction(parameters: Mapping[str, str], name: str) -> float:
    value = _number(parameters, name, 0, 1)
    return 0.5 if value is None else value


def _rectangle(text: str | None) -> tuple[int, int, int, int] | None:
    if text is None:
        return None
    found = re.fullmatch(r"(\d{1,6}),(\d{1,6}),(\d{1,6}),(\d{1,6})", text)
    if found is None or int(found[3]) == 0 or int(found[4]) == 0:
        raise _bad("rect", "left,top,width,height in pixels")
    return int(found[1]), int(found[2]), int(found[3]), int(found[4])


def _colour(text: str | None) -> tuple[int, int, int, int] | None:
    if text is None:
        return None
    if not _COLOUR.fullmatch(text):
        raise _bad("bg", "3, 4, 6 or 8 hexadecimal digits")
    digits = "".join(digit * 2 for digit in text) if len(text) <= 4 else text
    alpha, digits = (digits[:2], digits[2:]) if len(digits) == 8 else ("ff", digits)
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16), int(alpha, 16)


def _turn(text: str | None) -> int:
    if text not in {None, "0", "90", "180", "270"}:
        raise _bad("or", "0, 90, 180 or 270")
    return int(text or 0)


def _bad(name: str, wanted: str) -> Exception:
    return plain_fault(400, f'Image parameter "{name}" must be {wanted}')
