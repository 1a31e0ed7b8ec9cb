"""What must not be loaded before it is needed: every import is paid for at each cold start.

Looked at in a fresh interpreter each, so that nothing that the tests loaded is in the way. What it
amounts to in CPU time is measured by `make bench`.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from functions.api import table

ROOT = Path(__file__).parents[2]
AWS = {"boto3", "botocore.client"}  # Powertools loads the bare botocore for its user agent
SENDING = {"cryptography", "h11", "httpcore", "httpx"}
CONTENT = {"PIL", "bs4", "holidays", "icalendar", "regex"}
MODELS = {"pydantic", "pydantic_core"}
ZONES = {"tzdata", "zoneinfo"}
RESOURCES = {f"functions.api.{name}" for name in (*table.RESOURCES, "direct", "pages")}
SETTINGS = {
    "AWS_DEFAULT_REGION": "eu-west-1",
    "CREDENTIALS_KEY": "/tidings/credentials",
    "MEDIA_BUCKET": "bucket",
    "OIDC_CLIENT_ID": "tidings",
    "OIDC_EMAILS": "verified",
    "OIDC_ISSUER": "https://id.example",
    "PREPARE_QUEUE_URL": "https://sqs.example/prepare",
    "PUBLISH_QUEUE_URL": "https://sqs.example/publish",
    "TABLE_NAME": "table",
    "USER_POOL_ID": "pool",
}
ACCOUNT = "from tests.fakes.make import account; "
OPENED = (
    ACCOUNT
    + "from shared.runtime.wiring import platforms; "
    + "opened = platforms().open(account(platform={!r}), {{'access_token': 't'}}); opened.http"
)


def loaded(statement: str) -> set[str]:
    """The modules that a fresh interpreter holds after `statement`."""
    program = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(  # noqa: S603  our own interpreter and program
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"PATH": os.defpath, "PYTHONPATH": str(ROOT), **SETTINGS},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_the_measure_sees_what_is_loaded() -> None:
    assert {"httpx", "json"} <= loaded("import httpx")
    assert "httpx" not in loaded("import json")


@pytest.mark.parametrize(
    ("statement", "unwanted"),
    [
        pytest.param(
            "import shared.core.lifecycle, shared.core.ports, shared.core.platform",
            AWS | SENDING | CONTENT | MODELS | {"aws_lambda_powertools"},
            id="the core",
        ),
        pytest.param(
            "import functions.publish.app", AWS | SENDING | CONTENT | MODELS, id="publish, loaded"
        ),
        pytest.param(
            "import functions.publish.app as app; app._publisher().queue",
            {"boto3", "s3transfer"} | SENDING | CONTENT | MODELS,
            id="publish, at its first event",
        ),
        pytest.param(
            "import functions.poll_engagement.app, functions.metrics_rollup.app",
            AWS | SENDING | CONTENT | MODELS | ZONES,
            id="listening and counting, loaded",
        ),
        pytest.param(
            "import functions.metrics_rollup.app as app; app._listener().store",
            {"boto3", "s3transfer"} | SENDING | CONTENT | MODELS | ZONES,
            id="counting, at its first event",
        ),
        pytest.param(
            OPENED.format("mastodon"),
            CONTENT | MODELS | {"boto3"},
            id="a text on its way, mastodon",
        ),
        pytest.param(
            OPENED.format("bluesky"),
            MODELS | {"PIL", "boto3", "bs4"},
            id="a text on its way, bluesky",
        ),
        pytest.param(
            "import functions.api.app", AWS | SENDING | CONTENT | RESOURCES, id="api, loaded"
        ),
        pytest.param(
            "import functions.api.app as app; app.handler._make_ready_for('/v1/keys')",
            AWS
            | SENDING
            | CONTENT
            | RESOURCES - {"functions.api.keys", "functions.api.signing_in"},
            id="api, at a request for keys",
        ),
        pytest.param(
            "import functions.api.app as app; assert app._production().door",
            {"boto3", "joserfc", "s3transfer"} | SENDING | CONTENT,
            id="api, at its first event",
        ),
        pytest.param(
            ACCOUNT
            + "from shared.core.models import Draft, Part; "
            + "from shared.runtime.wiring import platforms; "
            + "platforms().check(account(), Draft((Part('Hello'),)))",
            AWS | SENDING | {"PIL", "bs4"},
            id="a dry run",
        ),
    ],
)
def test_nothing_is_loaded_before_it_is_needed(statement: str, unwanted: set[str]) -> None:
    assert loaded(statement) & unwanted == set()
