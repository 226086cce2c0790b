"""Picture addresses: agreement with the reference package, bounds, and malformed fields."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.images import (
    UNCHANGED,
    Crop,
    Hotspot,
    ImageAsset,
    ImageFit,
    ImageFormat,
    ImageHost,
    ImageTransform,
    asset_of,
    checked_transform,
    crop_of,
    hotspot_of,
    image_url,
    parse_asset_id,
)
from domain.problems import InvalidInput

NODE = Path(__file__).parents[1] / "node"
HOST = ImageHost("gavel", "production")
CROP = {"top": 0.1, "bottom": 0.2, "left": 0.05, "right": 0.15}
HOTSPOT = {"x": 0.3, "y": 0.4, "width": 0.5, "height": 0.5}


def field(size: str = "2000x3000", **more: Any) -> dict[str, Any]:
    return {"_type": "image", "asset": {"_ref": f"image-Tb9Ew8-{size}-jpg"}, **more}


CASES: tuple[tuple[dict[str, Any], dict[str, Any], str], ...] = (
    (field(), {}, ""),
    (field(crop=CROP), {}, "?rect=100,300,1600,2100"),
    (field(crop=CROP, hotspot=HOTSPOT), {"width": 640, "height": 480}, "?rect=100,600,1600,1200&w=640&h=480"),
    (field(), {"width": 640, "height": 480}, "?rect=0,750,2000,1500&w=640&h=480"),
    (field(crop=CROP), {"width": 640}, "?rect=100,300,1600,2100&w=640"),
    (field(), {"height": 480}, "?h=480"),
    (field(), {"width": 200, "height": 900}, "?rect=667,0,667,3000&w=200&h=900"),
    (field(hotspot=HOTSPOT), {"width": 200, "height": 900}, "?rect=267,0,667,3000&w=200&h=900"),
    (field(hotspot={**HOTSPOT, "x": 0.01}), {"width": 200, "height": 900}, "?rect=0,0,667,3000&w=200&h=900"),
    (field(hotspot={**HOTSPOT, "x": 0.99}), {"width": 200, "height": 900}, "?rect=1333,0,667,3000&w=200&h=900"),
    (field("1200x800"), {"width": 600, "height": 400}, "?w=600&h=400"),
    (field(), {"width": 100, "quality": 0, "fit": "max", "auto": "format"}, "?w=100&q=0&fit=max&auto=format"),
    (field(), {"format": "webp", "quality": 70, "fit": "crop", "dpr": 2}, "?fm=webp&q=70&fit=crop&dpr=2"),
    (field(), {"width": 10, "dpr": 1}, "?w=10"),
    (field(), {"width": 10, "dpr": 1.5}, "?w=10&dpr=1.5"),
)


def transform(options: dict[str, Any]) -> ImageTransform:
    """The typed form of a case's options."""
    wanted = "auto" if "auto" in options else options.get("format")
    return ImageTransform(
        width=options.get("width"),
        height=options.get("height"),
        fit=ImageFit(options["fit"]) if "fit" in options else None,
        quality=options.get("quality"),
        format=ImageFormat(wanted) if wanted else None,
        dpr=options.get("dpr"),
    )


def built(image: dict[str, Any], options: dict[str, Any]) -> str:
    asset = asset_of(image)
    assert asset is not None
    return image_url(asset, HOST, image=image, transform=transform(options))


def address(image: dict[str, Any], query: str) -> str:
    name = image["asset"]["_ref"].removeprefix("image-").replace("-jpg", ".jpg")
    return f"https://cdn.sanity.io/images/gavel/production/{name}{query}"


@pytest.mark.parametrize(("image", "options", "query"), CASES)
def test_an_address_is_as_written_down(image: dict[str, Any], options: dict[str, Any], query: str) -> None:
    assert built(image, options) == address(image, query)


@pytest.mark.node
def test_the_reference_package_builds_the_same_addresses() -> None:
    if shutil.which("node") is None or not (NODE / "node_modules/@sanity/image-url").is_dir():
        pytest.skip("needs Node.js and `npm ci` in tests/node with @sanity/image-url")
    asked = json.dumps([{"image": image, "options": options} for image, options, _ in CASES])
    done = subprocess.run(
        ["node", NODE / "image_url.mjs"], input=asked, capture_output=True, text=True, check=True, timeout=60
    )
    assert json.loads(done.stdout) == [address(image, query) for image, _, query in CASES]


def test_another_host_serves_under_the_same_path() -> None:
    local = ImageHost("gavel", "production", "http://127.0.0.1:3333/")
    assert image_url(ImageAsset("a", 4, 3, "png"), local) == "http://127.0.0.1:3333/images/gavel/production/a-4x3.png"


def test_an_asset_id_tells_hash_size_and_extension() -> None:
    found = parse_asset_id("image-928ac96d53b0c9049836c86ff25fd3c009039a16-1200x800-jpg")
    assert found == ImageAsset("928ac96d53b0c9049836c86ff25fd3c009039a16", 1200, 800, "jpg")
    assert found.aspect_ratio == 1.5


@pytest.mark.parametrize(
    "text",
    [
        None,
        7,
        "",
        "image-a-1x1",
        "file-a-1x1-jpg",
        "image-a-0x1-jpg",
        "image-a-1x1-jpg\n",
        "image-../x-1x1-jpg",
        "image-a-1x999999-jpg",
    ],
)
def test_what_is_no_asset_id_names_no_picture(text: object) -> None:
    assert parse_asset_id(text) is None


def test_an_expanded_asset_is_found_by_its_own_id() -> None:
    assert asset_of({"asset": {"_id": "image-a-4x3-png"}}) == ImageAsset("a", 4, 3, "png")
    assert asset_of({"asset": "image-a-4x3-png"}) is None
    assert asset_of(None) is None


@pytest.mark.parametrize(
    "crop",
    [None, 3, {}, {**CROP, "top": "0.1"}, {**CROP, "top": -1}, {**CROP, "top": float("nan")}, {**CROP, "top": 0.8}],
)
def test_a_malformed_crop_counts_as_none(crop: object) -> None:
    assert crop_of({"crop": crop}) == Crop()


def test_a_malformed_hotspot_counts_as_none() -> None:
    assert hotspot_of({"hotspot": {"x": 0.5, "y": 10**400, "height": 1, "width": 1}}) == Hotspot()
    assert hotspot_of({"hotspot": HOTSPOT}) == Hotspot(0.3, 0.4, 0.5, 0.5)


def test_a_transform_within_its_bounds_is_accepted() -> None:
    widest = ImageTransform(width=8192, height=1, quality=100, dpr=4)
    assert checked_transform(widest) is widest
    assert checked_transform(UNCHANGED) is UNCHANGED


def test_a_refused_transform_names_every_field_that_is_out_of_bounds() -> None:
    refused = checked_transform(ImageTransform(width=0, height=8193, quality=101, dpr=float("nan")))
    assert isinstance(refused, InvalidInput)
    assert [problem.field for problem in refused.problems] == ["width", "height", "quality", "dpr"]
    assert refused.problems[0].message == "width must be from 1 to 8192."


share = st.floats(0, 1)
sides = st.none() | st.integers(1, 8_192)


@given(
    st.integers(1, 9_999),
    st.integers(1, 9_999),
    st.fixed_dictionaries({side: st.floats(0, 0.49) for side in CROP}),
    st.fixed_dictionaries(dict.fromkeys(HOTSPOT, share)),
    sides,
    sides,
)
def test_the_shown_rectangle_lies_within_the_crop(  # hypothesis fills them by position
    width: int, height: int, crop: dict[str, float], hotspot: dict[str, float], wide: int | None, high: int | None
) -> None:
    image = field(f"{width}x{height}", crop=crop, hotspot=hotspot)
    url = built(image, {"width": wide, "height": high})
    if "rect=" not in url:
        return
    left, top, kept_width, kept_height = (int(edge) for edge in url.split("rect=")[1].split("&")[0].split(","))
    assert left >= round(crop["left"] * width) - 1
    assert top >= round(crop["top"] * height) - 1
    assert left + kept_width <= width - crop["right"] * width + 1
    assert top + kept_height <= height - crop["bottom"] * height + 1
