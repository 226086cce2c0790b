"""Upload of images and files, and serving them: originals, and images transformed by their URL parameters."""

import asyncio
import hashlib
import mimetypes
import re
from dataclasses import asdict
from pathlib import PurePath

import orjson
from starlette.responses import Response

from engines.content_lake.access import forbidden_write
from engines.content_lake.asset_files import AssetFiles
from engines.content_lake.calls import Call, json_response
from engines.content_lake.faults import plain_fault
from engines.content_lake.image_facts import EXTENSIONS, MIME_TYPES, ImageError, measure
from engines.content_lake.image_recipes import Recipe, read_recipe
from engines.content_lake.image_transforms import transform
from engines.content_lake.records import Document, new_transaction_id
from engines.content_lake.transactions import Intent, Plan

TRANSFORMS_AT_ONCE = 2
FOREVER = "public, max-age=31536000, s-maxage=2592000, immutable"
_IMAGE_NAME = re.compile(r"[0-9a-f]{40}-\d{1,6}x\d{1,6}\.([a-z0-9]{1,5})")
_FILE_NAME = re.compile(r"[0-9a-f]{40}\.([a-z0-9]{1,10})")
_LABELS = ("label", "title", "description", "creditLine")
_UNTRANSFORMED = frozenset({"svg", "bmp", "tif"})


class Assets:
    """The asset endpoints of a lake."""

    def __init__(self, files: AssetFiles, public_url: str) -> None:
        self._files = files
        self._public_url = public_url.rstrip("/")
        self._transforming = asyncio.Semaphore(TRANSFORMS_AT_ONCE)

    async def upload_image(self, call: Call) -> Response:
        """`POST /assets/images/<dataset>?filename=&meta=`: stores the body; `{document: sanity.imageAsset}`."""
        return await self._upload(call, is_image=True)

    async def upload_file(self, call: Call) -> Response:
        """`POST /assets/files/<dataset>?filename=`: stores the body; `{document: sanity.fileAsset}`."""
        return await self._upload(call, is_image=False)

    async def _upload(self, call: Call, *, is_image: bool) -> Response:
        if not call.caller.can_write:
            raise forbidden_write("create")
        content = await call.body()
        if not content:
            raise plain_fault(400, "The request body is empty")
        sha1 = hashlib.sha1(content, usedforsecurity=False).hexdigest()
        document: Document = {"assetId": sha1, "sha1hash": sha1, "size": len(content), "uploadId": new_transaction_id()}
        if is_image:
            wanted = frozenset(call.request.query_params.getlist("meta") or ("lqip", "palette", "blurhash"))
            try:
                facts = await asyncio.to_thread(measure, content, wanted)
            except ImageError as fault:
                raise plain_fault(400, f"Invalid image: {fault}") from fault
            extension, mime_type = facts.extension, facts.mime_type
            name = f"{sha1}-{facts.width}x{facts.height}.{extension}"
            document |= {"_type": "sanity.imageAsset", "metadata": facts.metadata}
        else:
            mime_type = call.request.headers.get("content-type", "application/octet-stream").partition(";")[0]
            extension = _extension(call.parameter("filename"), mime_type)
            name = f"{sha1}.{extension}"
            document["_type"] = "sanity.fileAsset"
        kind = "image" if is_image else "file"
        dataset = await call.lake.new_dataset(call.path("dataset"))
        path = f"{kind}s/{call.lake.project}/{dataset.name}/{name}"
        document |= {
            "_id": f"{kind}-{name.replace('.', '-')}",
            "extension": extension,
            "mimeType": mime_type,
            "path": path,
            "url": f"{self._public_url}/{path}",
        }
        document |= {label: call.parameter(label) for label in _LABELS if call.parameter(label)}
        if call.parameter("filename"):
            document["originalFilename"] = call.parameter("filename")[:255]
        if call.parameter("sourceId"):
            source = {key: call.parameter(f"source{key.capitalize()}") for key in ("id", "name", "url")}
            document["source"] = {"_type": "sanity.assetSourceData", **source}
        await asyncio.to_thread(self._files.store, dataset.name, name, content)
        return json_response({"document": await _record(call, document)})

    async def image(self, call: Call) -> Response:
        """`GET /images/<project>/<dataset>/<name>?w=&h=...`: the original or what the parameters ask for."""
        found = _IMAGE_NAME.fullmatch(call.path("name"))
        recipe = read_recipe(call.request.query_params, accept=call.request.headers.get("accept", ""))
        content = await self._original(call, found is not None)
        extension = found[1] if found else ""
        mime_type = MIME_TYPES.get(extension, "application/octet-stream")
        if not recipe.is_original and extension not in _UNTRANSFORMED:
            content, mime_type = await self._made(call, content, recipe, extension)
        return _bytes_response(call, content, mime_type)

    async def _made(self, call: Call, content: bytes, recipe: Recipe, extension: str) -> tuple[bytes, str]:
        original_format = next(name for name, known in EXTENSIONS.items() if known == extension)
        format_name = recipe.format_name or original_format
        key = f"{call.path('dataset')} {call.path('name')} {orjson.dumps(asdict(recipe), default=sorted).decode()}"
        cached = await asyncio.to_thread(self._files.cached, key)
        if cached is None:
            async with self._transforming:
                try:
                    cached = await asyncio.to_thread(transform, content, recipe, original_format=original_format)
                except ImageError as fault:
                    raise plain_fault(400, f"Invalid image: {fault}") from fault
            await asyncio.to_thread(self._files.keep, key, cached)
        return cached, MIME_TYPES[EXTENSIONS[format_name]]

    async def file(self, call: Call) -> Response:
        """`GET /files/<project>/<dataset>/<name>`: the file, always as a download."""
        found = _FILE_NAME.fullmatch(call.path("name"))
        content = await self._original(call, found is not None)
        mime_type = mimetypes.guess_type(call.path("name"))[0] or "application/octet-stream"
        return _bytes_response(call, content, mime_type, is_download=True)

    async def _original(self, call: Call, is_well_named: bool) -> bytes:  # noqa: FBT001 - private
        if call.path("project") == call.lake.project and is_well_named and call.path("dataset") in call.lake.names():
            content = await asyncio.to_thread(self._files.original, call.path("dataset"), call.path("name"))
            if content is not None:
                return content
        raise plain_fault(404, "Asset not found")


async def _record(call: Call, document: Document) -> Document:
    """The asset's document: the one there is when the same bytes were uploaded before."""

    def create(plan: Plan) -> None:
        plan.create(document, mode="createIfNotExists")

    intent = Intent(
        transaction_id=new_transaction_id(),
        at=call.lake.clock(),
        author=call.caller.identity,
        mutations=[{"createIfNotExists": document}],
    )
    dataset = call.lake.dataset(call.path("dataset"))
    outcome = await call.lake.transact(dataset, intent, [create])
    return outcome.results[0][2] or document


def _extension(filename: str, mime_type: str) -> str:
    suffix = PurePath(filename).suffix or mimetypes.guess_extension(mime_type) or ".bin"
    cleaned = re.sub(r"[^a-z0-9]", "", suffix.lower())[:10]
    return cleaned or "bin"


def _bytes_response(call: Call, content: bytes, mime_type: str, *, is_download: bool = False) -> Response:
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {
        "cache-control": FOREVER,
        "etag": tag,
        "vary": "Accept",
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    }
    download = call.parameter("dl") or (call.path("name") if is_download else "")
    if download or "dl" in call.request.query_params:
        safe = re.sub(r"[^A-Za-z0-9._-]", "_", download or call.path("name"))[:200]
        headers["content-disposition"] = f'attachment; filename="{safe}"'
    if call.request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=mime_type, headers=headers)
