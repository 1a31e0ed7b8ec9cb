"""The OpenAPI document, generated from the route table: `python -m functions.api.openapi`.

It is committed as `docs/openapi.json`, compared in the tests, and served from there.
"""

import json
import re
import sys
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from pydantic.json_schema import JsonSchemaMode, models_json_schema

from functions.api.routing import Access, Operation
from functions.api.schemas.answers import ProblemDocument
from functions.api.table import RESOURCES, operations, routes_of
from shared.core.roles import Role

REFS = "#/components/schemas/{model}"
Json = dict[str, Any]
_INTRODUCTION = """\
Plan posts, and let Tidings publish them to the second.

Send your API key as `Authorization: Bearer tdg_…`. Where it covers more than one workspace, name
one with the header `Tidings-Workspace`. Times are RFC 3339. What is wrong with a request is said
in a problem document (RFC 9457) with a list of `{where, code, message}`. Every POST may carry an
`Idempotency-Key`: repeating it within 24 hours answers what the first one did. Things that people
edit together have an `ETag`; send it back as `If-Match` to be told when somebody was quicker."""
_WORKSPACE = {
    "name": "Tidings-Workspace",
    "in": "header",
    "required": False,
    "description": "The workspace, where the key covers more than one.",
    "schema": {"type": "string"},
}
_IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Any text of your own; a repeat within 24 hours is answered as the first was.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
}
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The `ETag` that you read; 412 when it has changed since.",
    "schema": {"type": "string"},
}


_ROLES = {
    Role.VIEWER: "Every member may do this.",
    Role.EDITOR: "Needs the role editor or more.",
    Role.APPROVER: "Needs the role approver or more.",
    Role.ADMIN: "Needs the role admin.",
    Role.OWNER: "Needs an owner of the installation, or an admin key for all workspaces.",
}


def document() -> Json:
    """The whole document, ready to be written as JSON."""
    refs, schemas = _schemas()
    paths: dict[str, Json] = {}
    for operation in operations():
        paths.setdefault(operation.path, {})[operation.method.lower()] = _described(operation, refs)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tidings",
            "version": "1",
            "summary": "Self-hosted social media publishing.",
            "description": _INTRODUCTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "This installation."}],
        "security": [{"key": []}],
        "tags": [{"name": r.tag, "description": r.description} for r in map(routes_of, RESOURCES)],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "An API key: `tdg_…`."}
            },
            "schemas": schemas,
        },
    }


Refs = Mapping[tuple[Any, JsonSchemaMode], Json]


def _schemas() -> tuple[Refs, Json]:
    taken = [(o.body, "validation") for o in operations() if o.body]
    given = [(m, "serialization") for o in operations() for m in o.answers.values() if m]
    wanted: list[Any] = list(dict.fromkeys([*taken, *given, (ProblemDocument, "serialization")]))
    refs, definitions = models_json_schema(wanted, ref_template=REFS)
    plain = json.dumps([list(refs.items())[i][1] for i in range(len(refs))])
    renamed = json.loads(_plain_names(plain))
    schemas = json.loads(_plain_names(json.dumps(definitions["$defs"])))
    return dict(zip(refs, renamed, strict=True)), _without_titles(schemas)


def _plain_names(text: str) -> str:
    """`Page_PostSummary_` is called `PostSummaryPage`."""
    return re.sub(r"\bPage_(\w+?)_\b", r"\1Page", text)


def _without_titles(schemas: Json) -> Json:
    """Generated titles only repeat the names of fields."""
    for schema in schemas.values():
        schema.pop("title", None)
        for field in schema.get("properties", {}).values():
            field.pop("title", None)
    return dict(sorted(schemas.items()))


def _described(operation: Operation, refs: Refs) -> Json:
    described: Json = {
        "operationId": operation.id,
        "summary": operation.summary,
        "tags": [operation.tag],
        "parameters": list(_parameters(operation)),
        "responses": _responses(operation, refs),
    }
    said = [operation.description] if operation.description else []
    if operation.access is Access.OPEN:
        described["security"] = []
    else:
        described["x-tidings-role"] = operation.least_role.value
        said.append(_ROLES[operation.least_role])
    if said:
        described["description"] = "\n\n".join(said)
    if operation.body is not None:
        required = any(field.is_required() for field in operation.body.model_fields.values())
        described["requestBody"] = {
            "required": required,
            "content": {"application/json": {"schema": refs[operation.body, "validation"]}},
        }
    return described


def _parameters(operation: Operation) -> Iterable[Json]:
    for name in operation.parameters:
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
    schema = operation.query.model_json_schema(ref_template=REFS)
    for name, field in schema.get("properties", {}).items():
        yield _query_parameter(name, field, schema)
    if operation.access is Access.WORKSPACE:
        yield _WORKSPACE
    if operation.method == "POST" and operation.repeatable:
        yield _IDEMPOTENCY
    if operation.if_match:
        yield _IF_MATCH


def _query_parameter(name: str, field: Json, schema: Json) -> Json:
    """An optional parameter is left out rather than sent as null."""
    options = [kind for kind in field.get("anyOf", [field]) if kind != {"type": "null"}]
    shape = {k: v for k, v in options[0].items() if k not in {"title", "description", "examples"}}
    if "$ref" in shape:
        defined = schema["$defs"][shape["$ref"].rpartition("/")[2]]
        shape = {"type": defined["type"], "enum": defined["enum"]}
    parameter: Json = {
        "name": name,
        "in": "query",
        "required": name in schema.get("required", []),
        "schema": shape,
    }
    if "description" in field:
        parameter["description"] = field["description"]
    if "examples" in field:
        parameter["example"] = field["examples"][0]
    return parameter


def _responses(operation: Operation, refs: Refs) -> Json:
    found: Json = {}
    for status, model in operation.answers.items():
        found[str(status)] = {"description": HTTPStatus(status).phrase}
        if model is not None:
            content = {"schema": refs[model, "serialization"]}
            found[str(status)]["content"] = {"application/json": content}
    problem = {"schema": refs[ProblemDocument, "serialization"]}
    for status in _problem_statuses(operation):
        found[str(status)] = {
            "description": _WHEN[status],
            "content": {"application/problem+json": problem},
        }
    return found


_WHEN = {
    400: "The request cannot be read.",
    401: "No key, or one that does not work.",
    403: "The key works, but not for this.",
    404: "There is no such thing in this workspace.",
    409: "The state of things forbids it, or somebody wrote first.",
    412: "It was changed since you read it.",
    413: "The body has more than 1 MB.",
    415: "The body is not `application/json` in UTF-8.",
    422: "Something in the request must be changed; `problems` says what.",
    502: "The network did not answer, or not as documented.",
    503: "Tidings cannot do it right now; try again.",
}


def _problem_statuses(operation: Operation) -> list[int]:
    statuses = {400, 422, 503}
    if operation.access is not Access.OPEN or operation.path == "/v1/sign-in":
        statuses |= {401}
    if operation.access is not Access.OPEN:
        statuses |= {403}
    if operation.parameters:
        statuses |= {404}
    if operation.method != "GET":
        statuses |= {409}
    if operation.if_match:
        statuses |= {412}
    if operation.body is not None:
        statuses |= {413, 415}
    if operation.id in {"connect_account", "reconnect_account", "create_media"}:
        statuses |= {502}
    return sorted(statuses)


def text() -> str:
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
