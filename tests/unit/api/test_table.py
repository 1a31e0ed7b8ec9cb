"""Which resources are loaded for a request."""

import pytest

from functions.api.table import RESOURCES, is_of_the_api, resources_at, routes_of


@pytest.mark.parametrize("resource", RESOURCES)
def test_a_resource_is_loaded_for_every_one_of_its_paths(resource: str) -> None:
    paths = [operation.path for operation in routes_of(resource).operations]
    assert all(resource in resources_at(path) for path in paths)
    assert {path.split("/")[2] for path in paths} == set(RESOURCES[resource])


def test_a_stage_may_stand_in_front() -> None:
    assert resources_at("/live/v1/jobs/job_1") == resources_at("/v1/jobs") == ["jobs"]


@pytest.mark.parametrize("path", ["/", "/v1", "/docs", "/v1/", "/v1/nothing", "/jobs"])
def test_nothing_is_loaded_for_other_paths(path: str) -> None:
    assert resources_at(path) == []
    assert not is_of_the_api(path) or path.startswith("/v1/")
