"""Reading what a client sent: size, type, encoding, depth, then the shape."""

import base64
import binascii
import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from functions.api.problems import BadRequest, TooLarge, Unprocessable, WrongContentType
from shared.core.errors import Problem

MAX_BODY = 1_048_576
MAX_DEPTH = 32
TOKENS = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)
M = TypeVar("M", bound=BaseModel)

_CODES = {
    "missing": ("required", "This is required."),
    "json_invalid": ("broken_json", "This is no JSON."),
    "string_too_long": ("too_long", None),
    "string_too_short": ("too_short", None),
    "too_long": ("too_many", None),
    "too_short": ("too_few", None),
    "greater_than_equal": ("out_of_range", None),
    "less_than_equal": ("out_of_range", None),
    "enum": ("unknown_value", None),
    "literal_error": ("unknown_value", None),
    "string_pattern_mismatch": ("bad_format", None),
}


def raw_body(event: Mapping[str, Any]) -> bytes:
    """The body's bytes. Raises TooLarge."""
    body = event.get("body") or ""
    if event.get("isBase64Encoded"):
        try:
            data = base64.b64decode(body, validate=True)
        except (binascii.Error, ValueError):
            raise BadRequest("broken_body", "The body did not arrive whole.") from None
    else:
        data = body.encode("utf-8", "surrogatepass")
        _require_unmangled(body, data, event)
    if len(data) > MAX_BODY:
        words = f"The body has {len(data)} bytes; at most {MAX_BODY} (1 MB) are taken."
        raise TooLarge("body_too_large", words)
    return data


def _require_unmangled(body: str, data: bytes, event: Mapping[str, Any]) -> None:
    """A gateway that hands over text has replaced what is not UTF-8; the length tells."""
    sent = (event.get("headers") or {}).get("content-length", "")
    if "\ufffd" in body and sent.isdecimal() and int(sent) != len(data):
        raise BadRequest("not_utf8", "The body is not UTF-8.")


def read_body(data: bytes, content_type: str, model: type[M]) -> M:
    """The body as `model`. An empty body is an empty object. Raises a RequestProblem."""
    if not data:
        return _parsed("{}", model)
    kind, _, parameters = content_type.partition(";")
    if kind.strip().lower() != "application/json":
        words = "Send the body as `Content-Type: application/json`."
        raise WrongContentType("wrong_content_type", words)
    if "charset" in parameters.lower() and "utf-8" not in parameters.lower():
        raise WrongContentType("wrong_charset", "Only UTF-8 is taken.")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        words = f"The body is not UTF-8: byte {error.start} cannot be read."
        raise BadRequest("not_utf8", words) from None
    _check_depth(text)
    return _parsed(text, model)


def _check_depth(text: str) -> None:
    """Before any parser sees it: nesting is what makes parsers fall over."""
    depth = 0
    for token in TOKENS.finditer(text):
        sign = token.group()[0]
        if sign in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                words = f"The JSON is nested more than {MAX_DEPTH} levels deep."
                raise BadRequest("too_deep", words)
        elif sign in "]}":
            depth -= 1


def _parsed(text: str, model: type[M]) -> M:
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        broken = next((e for e in found if e["type"] == "json_invalid"), None)
        if broken is not None:
            raise BadRequest("broken_json", f"This is no JSON: {_plain(broken['msg'])}.") from None
        raise _unprocessable(_problems(found, model)) from None


def read_query(given: Mapping[str, str], model: type[M]) -> M:
    """The query's parameters as `model`; each may appear once. Raises Unprocessable."""
    try:
        return model.model_validate(dict(given))
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        raise _unprocessable(_problems(found, model)) from None


def _unprocessable(problems: list[Problem]) -> Unprocessable:
    first = problems[0]
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    where = f"{first.where}: " if first.where else ""
    return Unprocessable(first.code, f"{where}{first.message}{more}", problems=problems)


def _problems(found: Iterable[Any], model: type[BaseModel]) -> list[Problem]:
    return [_problem(error, model) for error in list(found)[:50]]


def _problem(error: Mapping[str, Any], model: type[BaseModel]) -> Problem:
    where = json_path(error["loc"])
    kind = error["type"]
    if kind == "extra_forbidden":
        return Problem(where, "unknown_field", _unknown_field(error["loc"], model))
    code, words = _CODES.get(kind, (_fallback(kind), None))
    return Problem(where, code, words or f"{_plain(error['msg'])}.")


def _fallback(kind: str) -> str:
    return "wrong_type" if kind.endswith(("_type", "_parsing")) else "bad_value"


def _plain(message: str) -> str:
    """Pydantic's words, without its name for our shapes."""
    return message.removeprefix("Value error, ").removeprefix("Invalid JSON: ").rstrip(".")


def _unknown_field(loc: tuple[str | int, ...], model: type[BaseModel]) -> str:
    name = str(loc[-1])
    words = f"There is no field {name[:64]!r} here."
    if len(loc) > 1:
        return words
    known = [field.alias or key for key, field in model.model_fields.items()]
    close = difflib.get_close_matches(name, known, n=1)
    return f"{words} Did you mean {close[0]!r}?" if close else words


def json_path(loc: Iterable[str | int]) -> str:
    """`parts[0].text`"""
    path = ""
    for step in loc:
        if isinstance(step, int):
            path += f"[{step}]"
        elif step != "[key]":
            path += f".{step}" if path else step
    return path
