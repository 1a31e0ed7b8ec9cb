"""The committed OpenAPI document is what is served and what the routes are."""

import json
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from functions.api import openapi
from functions.api.app import ERRORS
from functions.api.routing import Access
from functions.api.table import operations
from tests.fakes.api_world import ApiWorld

COMMITTED = Path(__file__).parents[3] / "docs" / "openapi.json"


@pytest.fixture(scope="module")
def document() -> Any:
    return openapi.document()


def test_the_committed_document_is_the_generated_one() -> None:
    """If not: `python -m functions.api.openapi > docs/openapi.json`, and look at what changed."""
    assert COMMITTED.read_text() == openapi.text()


def test_it_is_a_valid_document(document: Any) -> None:
    validate(document)


def test_what_is_served_is_the_document(world: ApiWorld) -> None:
    answer = world.get("/openapi.json", key=None)
    assert answer.json == json.loads(COMMITTED.read_text())


@pytest.mark.parametrize("operation", operations(), ids=lambda o: o.id)
def test_every_operation_is_described(document: Any, operation: Any) -> None:
    described = document["paths"][operation.path][operation.method.lower()]
    assert described["summary"]
    assert described["operationId"] == operation.id
    named = {p["name"] for p in described["parameters"] if p["in"] == "path"}
    assert named == set(operation.parameters)
    problems = [s for s in described["responses"] if int(s) >= 400]
    assert {"400", "422"} <= set(problems)
    for status in problems:
        assert "application/problem+json" in described["responses"][status]["content"]
    if operation.access is not Access.OPEN:
        assert "401" in problems
    header = {p["name"] for p in described["parameters"] if p["in"] == "header"}
    assert ("Tidings-Workspace" in header) is (operation.access is Access.WORKSPACE)
    assert ("Idempotency-Key" in header) is (operation.method == "POST" and operation.repeatable)


def test_names_of_operations_are_unique() -> None:
    names = [operation.id for operation in operations()]
    assert len(names) == len(set(names))


def test_documented_problems_are_those_that_there_are(document: Any) -> None:
    known = {str(status) for status, _ in ERRORS.values()}
    for path in document["paths"].values():
        for operation in path.values():
            assert {s for s in operation["responses"] if int(s) >= 400} <= known


def examples(document: Any) -> list[tuple[str, Any]]:
    return [
        (name, example)
        for name, schema in document["components"]["schemas"].items()
        for example in schema.get("examples", [])
    ]


def test_bodies_have_examples_that_are_taken(world: ApiWorld, document: Any) -> None:
    """What the documentation page offers to send is at least of the right shape."""
    from functions.api.reading import read_body

    bodies = {o.body.__name__: o.body for o in operations() if o.body}
    found = [(bodies[name], example) for name, example in examples(document) if name in bodies]
    assert {model.__name__ for model, _ in found} == set(bodies)
    for model, example in found:
        read_body(json.dumps(example).encode(), "application/json", model)


def test_answers_are_what_the_document_says(world: ApiWorld, document: Any) -> None:
    """A post's answer, with everything in it, against its schema."""
    from openapi_schema_validator import OAS31Validator

    post = world.write(seconds=600, variants={"fake": {"text": "other"}}, parts=[{"text": "more"}])
    world.send(f"/v1/posts/{post['id']}/approve")
    schema = {**document["components"]["schemas"]["Post"], "components": document["components"]}
    OAS31Validator(schema).validate(world.read(post))
