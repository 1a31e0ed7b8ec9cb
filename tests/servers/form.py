"""Reads what an HTTP client sent as JSON, as a form or as a multipart form, into one shape."""

from dataclasses import dataclass
from email.message import Message
from typing import Any
from urllib.parse import parse_qsl

from tests.servers.loopback import Request


@dataclass(frozen=True)
class File:
    name: str
    mime: str
    content: bytes


def fields(request: Request) -> dict[str, Any]:
    """Names that end in `[]` become lists; files are `File`s; other values are text in forms.

    Raises ValueError when the body is not what its content type says.
    """
    head = Message()
    head["content-type"] = request.headers.get("content-type", "application/x-www-form-urlencoded")
    if head.get_content_type() == "application/json":
        sent = request.json()
        if not isinstance(sent, dict):
            raise ValueError("not an object")
        return sent
    if head.get_content_type() == "multipart/form-data":
        return _gathered(_parts(request.body(), str(head.get_param("boundary"))))
    pairs = parse_qsl(request.body().decode(), keep_blank_values=True)
    return _gathered(list(pairs))


def is_true(value: object) -> bool:
    return value is True or value in {"true", "1", "on"}


def _gathered(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name.endswith("[]"):
            found.setdefault(name[:-2], []).append(value)
        else:
            found[name] = value
    return found


def _parts(body: bytes, boundary: str) -> list[tuple[str, Any]]:
    # Not the email module's parser: it takes line ends in files for text.
    pieces = body.split(b"--" + boundary.encode())[1:-1]
    return [_part(piece.removeprefix(b"\r\n").removesuffix(b"\r\n")) for piece in pieces]


def _part(piece: bytes) -> tuple[str, Any]:
    lines, _, content = piece.partition(b"\r\n\r\n")
    head = Message()
    for line in lines.decode().split("\r\n"):
        name, _, value = line.partition(":")
        head[name.strip()] = value.strip()
    name = str(head.get_param("name", header="content-disposition"))
    file_name = head.get_filename()
    if file_name is None:
        return name, content.decode()
    return name, File(file_name, head.get_content_type(), content)
