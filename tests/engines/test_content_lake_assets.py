"""Assets of the local content store: what an upload records, and every image URL parameter."""

import base64
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from engines.content_lake.asset_files import AssetFiles
from engines.content_lake.blur_hashes import blur_hash
from engines.content_lake.embedding import serving
from engines.content_lake.lakes import LakeSettings

TOKEN = {"authorization": "Bearer any"}
IMAGES = "/v2025-02-19/assets/images/production"
FILES = "/v2025-02-19/assets/files/production"


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with (
        serving(LakeSettings(data_dir=tmp_path_factory.mktemp("lake"))) as url,
        httpx.Client(base_url=url, timeout=30) as client,
    ):
        yield client


def picture(width: int, height: int, format_name: str = "PNG", mode: str = "RGB") -> bytes:
    """Left half red, right half blue, the lower right quarter transparent where the mode allows it."""
    image = Image.new(mode, (width, height), (255, 0, 0, 255) if mode == "RGBA" else (255, 0, 0))
    blue = (0, 0, 255, 255) if mode == "RGBA" else (0, 0, 255)
    image.paste(blue, (width // 2, 0, width, height))
    if mode == "RGBA":
        image.paste((0, 0, 0, 0), (width // 2, height // 2, width, height))
    written = io.BytesIO()
    image.save(written, format_name)
    return written.getvalue()


def upload(lake: httpx.Client, content: bytes, **params: str) -> Any:
    answer = lake.post(IMAGES, content=content, params=params, headers={**TOKEN, "content-type": "image/png"})
    assert answer.status_code == 200, answer.text
    return answer.json()["document"]


@pytest.fixture(scope="module")
def path(lake: httpx.Client) -> str:
    return "/" + str(upload(lake, picture(400, 200))["path"])


def shown(lake: httpx.Client, path: str, **params: str) -> Image.Image:
    answer = lake.get(path, params={name.replace("_", "-"): value for name, value in params.items()})
    assert answer.status_code == 200, answer.text
    image = Image.open(io.BytesIO(answer.content))
    image.load()
    return image


def test_an_uploaded_image_is_measured(lake: httpx.Client) -> None:
    content = picture(300, 150, mode="RGBA")
    document = upload(lake, content, filename="car.png", label="front")
    sha1 = hashlib.sha1(content).hexdigest()
    assert document["_id"] == f"image-{sha1}-300x150-png"
    assert document["_type"] == "sanity.imageAsset"
    assert document["size"] == len(content)
    assert document["originalFilename"] == "car.png"
    assert document["label"] == "front"
    assert document["url"] == f"{lake.base_url}/images/localproj/production/{sha1}-300x150.png"
    metadata = document["metadata"]
    assert metadata["dimensions"] | {"_type": ""} == {"_type": "", "width": 300, "height": 150, "aspectRatio": 2}
    assert metadata["hasAlpha"] is True
    assert metadata["isOpaque"] is False
    preview = base64.b64decode(metadata["lqip"].removeprefix("data:image/png;base64,"))
    assert Image.open(io.BytesIO(preview)).size == (20, 10)
    assert len(metadata["blurHash"]) == 28
    assert metadata["palette"]["dominant"]["background"] == "#ff0000"
    assert metadata["palette"]["dominant"]["population"] == pytest.approx(50, abs=1)
    assert lake.get(document["url"]).content == content


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (Image.new("RGB", (8, 8)), "L00000fQfQfQfQfQfQfQfQfQfQfQ"),
        (Image.new("RGB", (8, 8), (255, 255, 255)), "LfTSUA~qfQ~q~qt7fQt7fQfQfQfQ"),
        (Image.open(io.BytesIO(picture(32, 16))), "L~LjfL|TsRJrsXsSjsa~fQfQfQfQ"),
    ],
)
def test_a_blur_hash_is_the_one_of_its_inventors(image: Image.Image, expected: str) -> None:
    assert blur_hash(image) == expected


def test_only_the_metadata_asked_for_is_made(lake: httpx.Client) -> None:
    metadata = upload(lake, picture(64, 65), meta="blurhash")["metadata"]
    assert len(metadata["blurHash"]) == 28
    assert "lqip" not in metadata
    assert "palette" not in metadata


def test_the_same_bytes_are_one_asset(lake: httpx.Client) -> None:
    first = upload(lake, picture(10, 10), title="first")
    assert upload(lake, picture(10, 10), title="second") == first


def test_an_image_is_turned_upright_by_its_camera_note(lake: httpx.Client) -> None:
    image = Image.new("RGB", (40, 20), (0, 128, 0))
    exif = Image.Exif()
    exif[0x0112] = 6
    written = io.BytesIO()
    image.save(written, "JPEG", exif=exif)
    document = upload(lake, written.getvalue())
    assert document["_id"].endswith("-20x40-jpg")
    assert shown(lake, f"/{document['path']}", w="10").size == (10, 20)


def test_a_drawing_is_measured_and_served_as_it_is(lake: httpx.Client) -> None:
    drawing = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 12"><script/></svg>'
    document = upload(lake, drawing)
    assert document["_id"].endswith("-30x12-svg")
    answer = lake.get(f"/{document['path']}", params={"w": "10"})
    assert answer.content == drawing
    assert "sandbox" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("content", [b"", b"no image", picture(40, 40)[:60], b"GIF89a"])
def test_what_is_no_image_is_refused(lake: httpx.Client, content: bytes) -> None:
    answer = lake.post(IMAGES, content=content, headers=TOKEN)
    assert answer.status_code == 400
    assert answer.json()["message"]


def test_an_image_of_too_many_pixels_is_refused(lake: httpx.Client) -> None:
    written = io.BytesIO()
    Image.new("1", (10_000, 9_000)).save(written, "PNG")
    answer = lake.post(IMAGES, content=written.getvalue(), headers=TOKEN)
    assert answer.status_code == 400
    assert "pixels" in answer.json()["message"]


@pytest.mark.parametrize(
    ("params", "size"),
    [
        ({"w": "200"}, (200, 100)),
        ({"h": "50"}, (100, 50)),
        ({"w": "100", "h": "100"}, (100, 50)),
        ({"w": "800"}, (800, 400)),
        ({"w": "800", "fit": "max"}, (400, 200)),
        ({"w": "100", "h": "100", "fit": "crop"}, (100, 100)),
        ({"w": "100", "h": "100", "fit": "fill"}, (100, 100)),
        ({"w": "900", "h": "900", "fit": "fillmax"}, (900, 900)),
        ({"w": "100", "h": "100", "fit": "scale"}, (100, 100)),
        ({"w": "800", "h": "800", "fit": "min"}, (200, 200)),
        ({"rect": "100,50,200,100"}, (200, 100)),
        ({"rect": "300,0,400,400"}, (100, 200)),
        ({"rect": "0,0,200,200", "w": "50"}, (50, 50)),
        ({"w": "100", "dpr": "2"}, (200, 100)),
        ({"or": "90"}, (200, 400)),
    ],
)
def test_the_sides_of_an_image_follow_its_parameters(
    lake: httpx.Client, path: str, params: dict[str, str], size: tuple[int, int]
) -> None:
    assert shown(lake, path, **params).size == size


@pytest.mark.parametrize(
    ("params", "place", "colour"),
    [
        ({"w": "100", "h": "100", "fit": "crop", "crop": "left"}, (90, 50), (255, 0, 0)),
        ({"w": "100", "h": "100", "fit": "crop", "crop": "right"}, (10, 50), (0, 0, 255)),
        (
            {"w": "100", "h": "100", "fit": "crop", "crop": "focalpoint", "fp_x": "0", "fp_y": "1"},
            (90, 50),
            (255, 0, 0),
        ),
        ({"w": "100", "h": "100", "fit": "fill", "bg": "0f0"}, (50, 5), (0, 255, 0)),
        ({"flip": "h"}, (10, 10), (0, 0, 255)),
        ({"invert": "true"}, (10, 10), (0, 255, 255)),
    ],
)
def test_the_content_of_an_image_follows_its_parameters(
    lake: httpx.Client, path: str, params: dict[str, str], place: tuple[int, int], colour: tuple[int, int, int]
) -> None:
    assert shown(lake, path, **params).convert("RGB").getpixel(place) == colour


def test_blur_softens_the_border(lake: httpx.Client, path: str) -> None:
    colour = shown(lake, path, blur="100").convert("RGB").getpixel((199, 100))
    assert isinstance(colour, tuple)
    assert 60 < colour[0] < 200
    assert 60 < colour[2] < 200


def test_the_format_is_asked_for_or_chosen_by_what_the_browser_accepts(lake: httpx.Client, path: str) -> None:
    assert shown(lake, path, fm="jpg").format == "JPEG"
    assert shown(lake, path, w="10").format == "PNG"
    chosen = lake.get(path, params={"auto": "format"}, headers={"accept": "image/webp,*/*"})
    assert chosen.headers["content-type"] == "image/webp"
    assert "Accept" in chosen.headers["vary"]
    assert lake.get(path, params={"auto": "format"}, headers={"accept": "*/*"}).headers["content-type"] == "image/png"
    small, large = (len(lake.get(path, params={"fm": "jpg", "q": q}).content) for q in ("5", "100"))
    assert small < large


def test_transparency_becomes_the_background_where_the_format_has_none(lake: httpx.Client) -> None:
    document = upload(lake, picture(40, 40, mode="RGBA"))
    corner = (38, 38)
    assert shown(lake, f"/{document['path']}", fm="jpg").getpixel(corner) == (255, 255, 255)
    assert shown(lake, f"/{document['path']}", bg="00ff00").convert("RGB").getpixel(corner) == (0, 255, 0)
    kept = shown(lake, f"/{document['path']}", w="40").getpixel(corner)
    assert isinstance(kept, tuple)
    assert kept[3] == 0


@pytest.mark.parametrize(
    "params",
    [
        {"w": "0"},
        {"w": "9000"},
        {"w": "wide"},
        {"h": "nan"},
        {"fit": "tight"},
        {"fm": "exe"},
        {"rect": "1,2,3"},
        {"rect": "0,0,0,5"},
        {"q": "101"},
        {"dpr": "4"},
        {"bg": "green"},
        {"crop": "middle"},
        {"flip": "x"},
        {"or": "45"},
        {"fp_x": "2"},
    ],
)
def test_a_parameter_that_means_nothing_is_named(lake: httpx.Client, path: str, params: dict[str, str]) -> None:
    answer = lake.get(path, params={name.replace("_", "-"): value for name, value in params.items()})
    assert answer.status_code == 400
    assert next(iter(params)).replace("_", "-") in answer.json()["message"]


def test_an_unknown_asset_is_not_found(lake: httpx.Client, path: str) -> None:
    for wrong in (
        path.replace("localproj", "other"),
        path.replace("production", "staging"),
        "/images/localproj/production/..%2f..%2fdatasets%2fproduction.sqlite",
        "/images/localproj/production/" + "0" * 40 + "-1x1.png",
        "/files/localproj/production/none",
    ):
        assert lake.get(wrong).status_code == 404


def test_an_image_is_kept_by_browsers_and_not_sent_twice(lake: httpx.Client, path: str) -> None:
    first = lake.get(path, params={"w": "33"})
    assert "immutable" in first.headers["cache-control"]
    again = lake.get(path, params={"w": "33"}, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_file_is_stored_and_always_downloaded(lake: httpx.Client) -> None:
    answer = lake.post(
        FILES, content=b"<script>alert(1)</script>", params={"filename": "Terms & rules.HTML"}, headers=TOKEN
    )
    document = answer.json()["document"]
    assert document["_id"] == f"file-{document['sha1hash']}-html"
    served = lake.get(f"/{document['path']}")
    assert served.content == b"<script>alert(1)</script>"
    assert served.headers["content-disposition"].startswith("attachment")
    assert served.headers["x-content-type-options"] == "nosniff"


def test_only_writers_may_upload(lake: httpx.Client) -> None:
    assert lake.post(IMAGES, content=picture(5, 5)).status_code == 403


def test_the_cache_of_transformed_images_stays_below_its_size(tmp_path: Path) -> None:
    files = AssetFiles(tmp_path, max_cache_bytes=1_000)
    for number in range(50):
        files.keep(f"key {number}", b"x" * 100)
    kept = [number for number in range(50) if files.cached(f"key {number}")]
    assert sum(path.stat().st_size for path in (tmp_path / "image-cache").glob("*")) <= 1_000
    assert 49 in kept
    files.keep("huge", b"x" * 900)
    assert files.cached("huge") is None
