"""The page, the documentation page and their files, under a strict Content-Security-Policy."""

import mimetypes
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from shared.core.ports import MediaBucket

HERE = Path(__file__).parent / "page"
"""What `web/` builds; put here when the function is packaged."""
FOREVER = "public, max-age=31536000, immutable"
NOT_BUILT = (
    "The web page is not part of this build. Run `make web` and build again; "
    "the API itself works: see /openapi.json.\n"
)
_TEXT = frozenset({".html", ".js", ".css", ".svg", ".json", ".map", ".txt"})
_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Strict-Transport-Security": "max-age=31536000",
}


def policy(media_origin: str) -> str:
    """Nothing inline and nothing foreign, but for media, which the browser sends to the bucket."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "font-src 'self'",
            f"img-src 'self' data: blob: {media_origin}",
            f"media-src 'self' blob: {media_origin}",
            f"connect-src 'self' {media_origin}",
            "form-action 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


def media_origin(bucket: MediaBucket) -> str:
    """Where files are read and uploaded, as scheme and host."""
    parts = urlsplit(bucket.presign_get("media/none", expires_s=60))
    return f"{parts.scheme}://{parts.netloc}"


def add_to(
    resolver: APIGatewayHttpResolver, bucket: Callable[[], MediaBucket], folder: Path
) -> None:
    """`bucket` is called when the first page is asked for; `folder` holds the built files."""

    @resolver.get("/", operation_id="page")
    def page() -> Response[str | bytes]:
        return _html(folder / "index.html", bucket())

    @resolver.get("/docs", operation_id="docs")
    def docs() -> Response[str | bytes]:
        return _html(folder / "docs" / "index.html", bucket())

    @resolver.get("/openapi.json", operation_id="openapi")
    def openapi() -> Response[str | bytes]:
        headers = {"Cache-Control": "public, max-age=300", **_SAFE}
        return Response(200, "application/json", _openapi(), headers, compress=True)

    @resolver.get("/assets/<name>", operation_id="asset", compress=True)
    def asset(name: str) -> Response[str | bytes]:
        return _asset(folder / "assets", name)

    @resolver.get("/favicon.ico", operation_id="favicon")
    def favicon() -> Response[str | bytes]:
        return Response(204, headers={"Cache-Control": "public, max-age=86400", **_SAFE}, body="")


def _html(file: Path, bucket: MediaBucket) -> Response[str | bytes]:
    if not file.is_file():
        headers = {"Cache-Control": "no-store", **_SAFE}
        return Response(503, "text/plain; charset=utf-8", NOT_BUILT, headers)
    headers = {
        "Cache-Control": "no-cache",
        "Content-Security-Policy": policy(media_origin(bucket)),
        **_SAFE,
    }
    return Response(200, "text/html; charset=utf-8", _read(file).decode(), headers, compress=True)


def _asset(folder: Path, name: str) -> Response[str | bytes]:
    """Built files carry a hash of their content in their names, so they never change."""
    file = folder / name
    if file.name != name or name.startswith(".") or not file.is_file():
        headers = {"Cache-Control": "no-store", **_SAFE}
        return Response(404, "text/plain; charset=utf-8", "There is no such file.\n", headers)
    mime = mimetypes.guess_type(name)[0] or "application/octet-stream"
    headers = {"Cache-Control": FOREVER, **_SAFE}
    data = _read(file)
    if file.suffix in _TEXT:
        return Response(200, f"{mime}; charset=utf-8", data.decode(), headers, compress=True)
    return Response(200, mime, data, headers, compress=False)


@lru_cache(maxsize=64)
def _read(file: Path) -> bytes:
    return file.read_bytes()


@lru_cache(maxsize=1)
def _openapi() -> str:
    """Generated rather than read, so that it can never differ from what is served."""
    from functions.api.openapi import text

    return text()
