"""Rules of our own: what every function, queue, alarm and parameter must have."""

import importlib
import inspect
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from bench.cost import COLD
from deploy import prices
from shared.core.models import SECOND, SENDING_KINDS
from shared.core.timing import Timing
from shared.runtime.door import read_door
from shared.runtime.observability import ALARMING, FOR_A_PERSON, TOGETHER
from shared.runtime.settings import read_settings
from shared.store import keys
from tests.contract.stores import table_shape
from tests.template.reading import (
    FUNCTION,
    ROOT,
    TEMPLATE,
    reference,
    resources,
    statements,
    template,
)

FUNCTIONS = sorted(resources(FUNCTION))
QUEUES = sorted(resources("AWS::SQS::Queue"))
ALARMS = sorted(resources("AWS::CloudWatch::Alarm"))
SCHEDULES = sorted(resources("AWS::Scheduler::Schedule"))
ROLES = sorted(resources("AWS::IAM::Role"))
PARAMETERS = sorted(template()["Parameters"])
FILTER = "AWS::Logs::MetricFilter"
FAILED_RUN = '{ $.type = "platform.report" && $.record.status != "success" }'
CONDITIONS = {
    "full": {"IsFull", "IsNotSmall"},
    "standard": {"IsNotSmall"},
    "small": {"IsSmall"},
}
"""What holds for each footprint."""
OF_TELEMETRY = {
    "LOG_LEVEL",
    "METRICS",
    "POWERTOOLS_METRICS_NAMESPACE",
    "POWERTOOLS_SERVICE_NAME",
}


class Asked(dict[str, str]):
    """An environment that remembers what was looked for in it."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def __contains__(self, name: object) -> bool:
        self.names.add(str(name))
        return True

    def __getitem__(self, name: str) -> str:
        self.names.add(name)
        return "0"

    def get(self, name: str, default: Any = None) -> Any:
        self.names.add(name)
        return "0" if default is None else default


def environment() -> dict[str, Any]:
    found: dict[str, Any] = template()["Globals"]["Function"]["Environment"]["Variables"]
    return found


def test_the_functions_get_exactly_the_variables_that_the_settings_read() -> None:
    asked = Asked()
    read_settings(asked)
    assert set(environment()) == asked.names | OF_TELEMETRY


def test_the_api_alone_is_told_who_may_come_in() -> None:
    asked = Asked()
    read_door(asked)
    own = {
        name: set(function.get("Environment", {}).get("Variables", {}))
        for name, function in resources(FUNCTION).items()
    }
    assert own.pop("ApiFunction") == asked.names
    assert not any(own.values())


def test_two_installations_do_not_share_a_metric() -> None:
    assert environment()["POWERTOOLS_SERVICE_NAME"] == {"Ref": "AWS::StackName"}
    for name, alarm in resources("AWS::CloudWatch::Alarm").items():
        if alarm.get("Namespace") == "Tidings":
            assert alarm["Dimensions"] == [
                {"Name": "service", "Value": {"Ref": "AWS::StackName"}}
            ], name


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_handler_is_where_the_template_says(
    function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TABLE_NAME", raising=False)
    module, _, name = resources(FUNCTION)[function]["Handler"].rpartition(".")
    handler = getattr(importlib.import_module(module), name)
    assert len(inspect.signature(handler).parameters) == 2


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_has_a_role_and_a_log_group_of_its_own(function: str) -> None:
    mine = resources(FUNCTION)[function]
    group = mine["LoggingConfig"]["LogGroup"]["Ref"]
    assert resources("AWS::Logs::LogGroup")[group]["RetentionInDays"]
    others = [other for name, other in resources(FUNCTION).items() if name != function]
    assert all(other["Role"] != mine["Role"] for other in others)
    assert all(other["LoggingConfig"]["LogGroup"]["Ref"] != group for other in others)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_works_on_a_new_account(function: str) -> None:
    properties = resources(FUNCTION)[function]
    assert "ReservedConcurrentExecutions" not in properties
    assert "ProvisionedConcurrencyConfig" not in properties
    assert "AutoPublishAlias" not in properties


@pytest.mark.parametrize("function", FUNCTIONS)
def test_an_alarm_watches_the_errors_of_a_function(function: str) -> None:
    """A filter counts the runs that did not end well, of every function into one metric."""
    alarms = [
        (alarm["Namespace"], alarm["MetricName"])
        for alarm in resources("AWS::CloudWatch::Alarm").values()
        if alarm["Threshold"] == 0 and alarm["Statistic"] == "Sum"
    ]
    group = resources(FUNCTION)[function]["LoggingConfig"]["LogGroup"]
    (mine,) = (f for f in resources(FILTER).values() if f["LogGroupName"] == group)
    (counted,) = mine["MetricTransformations"]
    assert alarms.count((counted["MetricNamespace"], counted["MetricName"])) == 1
    assert (counted["MetricValue"], "DefaultValue" in counted) == ("1", False)
    assert mine["FilterPattern"] == FAILED_RUN


@pytest.mark.parametrize("function", FUNCTIONS)
def test_lambda_writes_the_lines_that_the_filters_read(function: str) -> None:
    logging = resources(FUNCTION)[function]["LoggingConfig"]
    assert (logging["LogFormat"], logging["SystemLogLevel"]) == ("JSON", "INFO")


def test_installations_do_not_count_each_others_errors() -> None:
    for each in resources(FILTER).values():
        namespace = each["MetricTransformations"][0]["MetricNamespace"]
        assert namespace == {"Fn::Sub": "Tidings/${AWS::StackName}"}


@pytest.mark.parametrize("group", sorted(resources("AWS::Logs::LogGroup")))
def test_logs_are_not_kept_for_ever(group: str) -> None:
    days = resources("AWS::Logs::LogGroup")[group]["RetentionInDays"]
    assert days == {"Ref": "LogRetentionDays"}


def sources() -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    """Queue, the function that takes it, and how."""
    for function in resources(FUNCTION).values():
        for event in function.get("Events", {}).values():
            if event["Type"] == "SQS":
                properties = event["Properties"]
                yield properties["Queue"]["Fn::GetAtt"][0], function, properties


@pytest.mark.parametrize(("queue", "function", "source"), list(sources()))
def test_a_queue_waits_six_times_as_long_as_its_function_may_run(
    queue: str, function: Mapping[str, Any], source: Mapping[str, Any]
) -> None:
    assert resources("AWS::SQS::Queue")[queue]["VisibilityTimeout"] >= 6 * function["Timeout"]
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert function["RecursiveLoop"] == "Allow"


@pytest.mark.parametrize("queue", QUEUES)
def test_a_queue_is_encrypted_and_leads_to_dead_letters_that_ring(queue: str) -> None:
    properties = resources("AWS::SQS::Queue")[queue]
    assert properties["SqsManagedSseEnabled"] is True
    dead = queue
    if "RedrivePolicy" in properties:
        dead = properties["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
        kept = resources("AWS::SQS::Queue")[dead]["MessageRetentionPeriod"]
        assert kept > properties["MessageRetentionPeriod"]
    watched = {
        reference(alarm["Dimensions"][0]["Value"])
        for alarm in resources("AWS::CloudWatch::Alarm").values()
        if alarm.get("MetricName") == "ApproximateNumberOfMessagesVisible"
    }
    assert dead in watched


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_asynchronous_start_has_dead_letters(name: str) -> None:
    schedule = resources("AWS::Scheduler::Schedule")[name]
    assert reference(schedule["Target"]["DeadLetterConfig"]["Arn"]) == "ScheduleDeadLetters"
    started = schedule["Target"]["Arn"]["Fn::GetAtt"][0]
    invoked = resources(FUNCTION)[started]["EventInvokeConfig"]
    assert reference(invoked["DestinationConfig"]["OnFailure"]["Destination"]) in QUEUES


@pytest.mark.parametrize("name", SCHEDULES)
def test_an_old_tick_is_not_tried_again(name: str) -> None:
    schedule = resources("AWS::Scheduler::Schedule")[name]
    assert schedule["ScheduleExpression"] == "rate(1 minute)"
    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert schedule["Target"]["RetryPolicy"]["MaximumEventAgeInSeconds"] == 60
    assert schedule["Target"]["RetryPolicy"]["MaximumRetryAttempts"] <= 1
    started = schedule["Target"]["Arn"]["Fn::GetAtt"][0]
    invoked = resources(FUNCTION)[started]["EventInvokeConfig"]
    assert (invoked["MaximumEventAgeInSeconds"], invoked["MaximumRetryAttempts"]) == (60, 0)


def test_a_deliverer_stays_started_without_anything_to_do() -> None:
    target = resources("AWS::Scheduler::Schedule")["DeliverSchedule"]["Target"]
    assert reference(target["Arn"]) == "DeliverFunction"
    assert json.loads(target["Input"]) == {"Records": []}


def test_leases_outlast_the_hard_kill_of_a_worker() -> None:
    functions = resources(FUNCTION)
    assert functions["DeliverFunction"]["Timeout"] * SECOND < Timing().lease
    assert functions["PrepareFunction"]["Timeout"] * SECOND < Timing().prepare_lease


def test_the_deliverer_takes_as_many_messages_as_it_has_threads() -> None:
    from functions.publish.app import BATCH

    (source,) = [source for queue, _, source in sources() if queue == "PublishQueue"]
    assert source["BatchSize"] == BATCH
    assert source["MaximumBatchingWindowInSeconds"] == 1


def test_the_table_is_what_the_store_expects() -> None:
    table = resources("AWS::DynamoDB::Table")["Table"]
    assert {name: table[name] for name in table_shape()} == table_shape()
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    assert table["BillingMode"] == "PAY_PER_REQUEST"


def test_what_is_kept_can_be_restored_and_is_not_deleted_by_accident() -> None:
    kept = {"Table", "MediaBucket"}
    entries = template()["Resources"]
    for name in kept:
        assert entries[name]["DeletionPolicy"].startswith("Retain"), name
        assert entries[name]["UpdateReplacePolicy"] == "Retain", name
    table = resources()["Table"]
    assert table["DeletionProtectionEnabled"] is True
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


def test_the_small_footprint_asks_nothing_of_kms() -> None:
    """Without a key of KMS DynamoDB encrypts with one of its own."""
    condition, otherwise, small = resources()["Table"]["SSESpecification"]["Fn::If"]
    assert (condition, small) == ("IsNotSmall", {"SSEEnabled": False})
    assert otherwise == {"SSEEnabled": True, "SSEType": "KMS"}
    assert resources("AWS::KMS::Key") == {}


def test_all_functions_look_for_the_keys_where_they_are() -> None:
    name = environment()["CREDENTIALS_KEY"]["Fn::Sub"]
    for statement in statements():
        if statement.target.startswith("credentials/"):
            assert isinstance(statement.resource, dict)
            place = statement.resource["Fn::Sub"].partition(":parameter")[2]
            assert place in (f"{name}/private", f"{name}/public")


def test_deleted_files_outlive_the_backups_that_show_them() -> None:
    bucket = resources()["MediaBucket"]
    rules = {rule["Id"]: rule for rule in bucket["LifecycleConfiguration"]["Rules"]}
    assert rules["deleted-files"]["NoncurrentVersionExpiration"]["NoncurrentDays"] >= 35
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    (cold,) = rules["files-of-last-month"]["Transitions"]
    assert cold == {"StorageClass": "GLACIER_IR", "TransitionInDays": COLD}
    assert all(bucket["PublicAccessBlockConfiguration"].values())


def there(footprint: str) -> set[str]:
    """The resources that a footprint has."""
    found = CONDITIONS[footprint]
    entries = template()["Resources"].items()
    return {n for n, entry in entries if {entry.get("Condition")} <= found | {None}}


@pytest.mark.parametrize("footprint", prices.FOOTPRINTS)
def test_the_estimate_counts_the_alarms_that_are_there(footprint: str) -> None:
    alarms = there(footprint) & set(ALARMS)
    assert all("MetricName" in resources()[name] for name in alarms)  # one metric each
    assert prices.ALARM_METRICS[footprint] == len(alarms)
    dashboards = [line for line in prices.idle(footprint) if line.price == "dashboard"]
    assert [line.units for line in dashboards] == [int("Dashboard" in there(footprint))]


def test_the_footprints_are_the_ones_that_can_be_asked_for() -> None:
    asked = template()["Parameters"]["Footprint"]["AllowedValues"]
    assert tuple(asked) == prices.FOOTPRINTS == tuple(CONDITIONS)
    assert template()["Parameters"]["Footprint"]["Default"] == "standard"


def test_every_footprint_rings_for_what_a_person_must_do() -> None:
    ring = {"NoTickAlarm", "OverdueAlarm"}
    each = {"DeliveryFailedAlarm", "DeliveryUnconfirmedAlarm", "AccountNeedsReconnectAlarm"}
    assert ring | each <= there("standard") <= there("full")
    assert there("small") & set(ALARMS) == ring | {"NeedsAPersonAlarm"}
    metrics = {resources()[name]["MetricName"] for name in each}
    assert metrics == FOR_A_PERSON
    assert resources()["NeedsAPersonAlarm"]["MetricName"] == TOGETHER


def test_the_estimate_counts_the_queries_of_a_tick() -> None:
    assert len(SENDING_KINDS) * keys.WAKE_SHARDS == prices.WAKE_QUERIES


@pytest.mark.parametrize("alarm", ALARMS)
def test_an_alarm_says_what_to_do_and_tells_the_topic(alarm: str) -> None:
    properties = resources()[alarm]
    assert properties["AlarmActions"] == [{"Ref": "AlarmTopic"}]
    found = re.search(r'Runbook: docs/operators\.md, "([^"]+)"', properties["AlarmDescription"])
    assert found, properties["AlarmDescription"]
    operators = (ROOT / "docs" / "operators.md").read_text(encoding="utf-8")
    assert re.search(rf"^#+ {re.escape(found[1])}$", operators, re.MULTILINE), found[1]


@pytest.mark.parametrize(
    "metric",
    sorted(
        alarm["MetricName"]
        for alarm in resources("AWS::CloudWatch::Alarm").values()
        if alarm.get("Namespace") == "Tidings"
    ),
)
def test_an_alarm_looks_at_a_metric_that_the_code_emits(metric: str) -> None:
    sources_text = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("functions", "shared/core")
        for path in (ROOT / folder).rglob("*.py")
    )
    counted = FOR_A_PERSON if metric == TOGETHER else {metric}
    assert all(f'count("{each}"' in sources_text for each in counted)


def test_what_rings_is_written_whatever_the_footprint() -> None:
    """And the dashboard's own metrics only where there is a dashboard."""
    looked_at = {
        alarm["MetricName"]
        for alarm in resources("AWS::CloudWatch::Alarm").values()
        if alarm.get("Namespace") == "Tidings"
    }
    assert looked_at == ALARMING | {TOGETHER}
    assert environment()["METRICS"] == {
        "Fn::If": ["IsFull", "all", {"Fn::If": ["IsSmall", "together", "alarms"]}]
    }


def test_missing_ticks_ring() -> None:
    alarm = resources()["NoTickAlarm"]
    assert alarm["TreatMissingData"] == "breaching"
    assert alarm["Period"] * alarm["EvaluationPeriods"] == 180


def test_alarms_are_sent_only_where_somebody_gave_an_address() -> None:
    (subscription,) = resources("AWS::SNS::Subscription").values()
    assert subscription["Endpoint"] == {"Ref": "AlarmEmail"}
    assert template()["Resources"]["AlarmSubscription"]["Condition"] == "HasAlarmEmail"


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_a_parameter_is_described_labelled_and_in_a_group(parameter: str) -> None:
    shown = template()["Metadata"]["AWS::CloudFormation::Interface"]
    grouped = [name for group in shown["ParameterGroups"] for name in group["Parameters"]]
    assert len(template()["Parameters"][parameter]["Description"]) > 20
    assert parameter in shown["ParameterLabels"]
    assert grouped.count(parameter) == 1


@pytest.mark.parametrize("output", sorted(template()["Outputs"]))
def test_an_output_says_what_it_is_for(output: str) -> None:
    assert len(template()["Outputs"][output]["Description"]) > 15


@pytest.mark.parametrize(
    "name",
    [*FUNCTIONS, *ALARMS, *ROLES, *SCHEDULES, "DependenciesLayer", "Api"],
)
def test_what_the_console_shows_is_described(name: str) -> None:
    properties = resources()[name]
    described = properties.get("Description") or properties.get("AlarmDescription")
    assert described, name
    assert len(described) > 30


def test_lambda_takes_the_descriptions() -> None:
    """A function's description has 256 characters at most
    (https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html, 2026-11-22)."""
    for name, properties in resources(FUNCTION).items():
        assert len(properties["Description"]) <= 256, name


def test_the_dashboard_is_json_and_shows_what_is_there() -> None:
    body = resources()["Dashboard"]["DashboardBody"]["Fn::Sub"]
    known = set(template()["Resources"]) | set(template()["Parameters"])
    for name in re.findall(r"\$\{([A-Za-z]+)(?:\.[A-Za-z]+)?\}", body):
        assert name in known, name
    widgets = json.loads(re.sub(r"\$\{[^}]+\}", "x", body))["widgets"]
    assert len(widgets) == 9


def test_there_is_no_secret_in_the_template() -> None:
    text = TEMPLATE.read_text(encoding="utf-8")
    assert not re.search(r"AKIA[0-9A-Z]{16}|tdg_\w{8,}|-----BEGIN|\b\d{12}\b", text)


def test_the_access_log_holds_no_header_and_no_query() -> None:
    logged = resources()["ApiStage"]["AccessLogSettings"]["Format"]
    assert "header" not in logged
    assert "query" not in logged.lower()
    assert json.loads(logged)["path"] == "$context.path"


def test_one_address_cannot_run_up_a_bill() -> None:
    settings = resources()["ApiStage"]["DefaultRouteSettings"]
    assert settings["ThrottlingRateLimit"] == {"Ref": "ApiRequestsPerSecond"}
    assert "ThrottlingBurstLimit" in settings
