"""Least privilege: single actions on named resources, each with its reason beside it."""

import re

import pytest

from tests.template.reading import FUNCTION, TEMPLATE, Statement, resources, role_of, statements

STATEMENTS = list(statements())
UNNAMED = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}
"""Actions for which AWS knows no resources to name.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html (2026-11-22)
"""
PRIVATE_KEY, PUBLIC_KEY = (f"credentials/{half}" for half in ("private", "public"))
NETWORK_FUNCTIONS = {
    "PrepareFunction",
    "DeliverFunction",
    "PollEngagementFunction",
    "MetricsRollupFunction",
}


@pytest.mark.parametrize("entry", STATEMENTS, ids=lambda entry: f"{entry.role}-{entry.sid}")
def test_a_statement_names_its_actions_and_its_resource(entry: Statement) -> None:
    for action in entry.actions:
        assert re.fullmatch(r"[a-z0-9-]+:[A-Za-z]+", action), action
    assert entry.resource != "*" or set(entry.actions) <= UNNAMED


def test_every_permission_has_its_reason_beside_it() -> None:
    text = TEMPLATE.read_text(encoding="utf-8")
    roles = text[text.index("# --- Permissions") : text.index("# --- The schedules")]
    granted = [line for line in roles.splitlines() if re.match(r"\s+- [a-z0-9-]+:[A-Z]", line)]
    assert len(granted) == sum(len(entry.actions) for entry in STATEMENTS)
    without = [line.strip() for line in granted if not re.search(r" # \S.{8,}", line)]
    assert without == []


def test_no_managed_policy_brings_more() -> None:
    for name, role in resources("AWS::IAM::Role").items():
        assert "ManagedPolicyArns" not in role, name
    for name, function in resources(FUNCTION).items():
        assert "Policies" not in function, name


def test_only_who_talks_to_networks_opens_credentials() -> None:
    """The api reads the public key: with it one can seal, not open."""
    readers = {"ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"}
    readers |= {"ssm:GetParameterHistory", "kms:Decrypt"}
    allowed = {
        entry.role
        for entry in STATEMENTS
        if readers & set(entry.actions) and entry.target != PUBLIC_KEY
    }
    assert allowed == {role_of(name) for name in NETWORK_FUNCTIONS}
    api = [entry for entry in STATEMENTS if entry.role == role_of("ApiFunction")]
    assert [e.actions for e in api if "ssm:" in str(e.actions)] == [("ssm:GetParameter",)]


def test_one_function_makes_the_keys() -> None:
    makers = {(e.role, e.target) for e in STATEMENTS if "ssm:PutParameter" in e.actions}
    assert makers == {(role_of("DeliverFunction"), key) for key in (PRIVATE_KEY, PUBLIC_KEY)}


def test_a_data_key_is_bound_to_a_workspace_and_an_account() -> None:
    bound = {
        "Null": {
            "kms:EncryptionContext:workspace": "false",
            "kms:EncryptionContext:account": "false",
        }
    }
    for entry in STATEMENTS:
        if any(action.startswith("kms:") for action in entry.actions):
            assert entry.condition == bound, entry


def may_touch(role: str, action: str) -> set[str]:
    """Prefixes of the partition keys on which a role may do this on the table itself."""
    return {
        prefix
        for entry in STATEMENTS
        if entry.role == role and entry.target == "Table" and action in entry.actions
        for prefix in entry.condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
    }


def test_who_sends_never_sees_api_keys_or_sign_in_codes() -> None:
    roles = {role_of(name) for name in NETWORK_FUNCTIONS} | {role_of("TickFunction")}
    for entry in STATEMENTS:
        if entry.role in roles and entry.target == "Table":
            leading = entry.condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
            assert set(leading) <= {"W#*", "LOCK#*", "RATE#*", "INSTALLATION"}, entry


def test_the_tick_sees_the_wake_index_only() -> None:
    reads = {"dynamodb:Query", "dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Scan"}
    seen = {
        entry.target
        for entry in STATEMENTS
        if entry.role == role_of("TickFunction") and reads & set(entry.actions)
    }
    assert seen == {"Table/index/wake"}


def test_only_the_api_may_say_who_may_do_what() -> None:
    for action in ("dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem"):
        who = {e.role for e in STATEMENTS if "PEOPLE#*" in may_touch(e.role, action)}
        assert who == {role_of("ApiFunction")}, action


def test_the_api_cannot_take_a_lock() -> None:
    for action in ("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"):
        assert "LOCK#*" not in may_touch(role_of("ApiFunction"), action)
        assert "W#*" in may_touch(role_of("ApiFunction"), action)


def test_nobody_scans_the_table_or_changes_it() -> None:
    granted = {action for entry in STATEMENTS for action in entry.actions}
    assert not granted & {"dynamodb:Scan", "dynamodb:UpdateTable", "dynamodb:DeleteTable"}


def test_the_bucket_refuses_plain_http() -> None:
    policy = resources("AWS::S3::BucketPolicy")["MediaBucketPolicy"]["PolicyDocument"]
    (deny,) = policy["Statement"]
    assert (deny["Effect"], deny["Principal"], deny["Action"]) == ("Deny", "*", "s3:*")
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
