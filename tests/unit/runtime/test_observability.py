"""Metrics are written where they say something, and only there: each hour of each is charged."""

import json
from typing import Any

import pytest

from shared.runtime.observability import PowertoolsTelemetry

ALARMING = [("OverdueSeconds", 121), ("PollOverdueSeconds", 601), ("MetricsOverdueSeconds", 601)]


def written(capsys: pytest.CaptureFixture[str], **values: float) -> dict[str, Any]:
    """The metrics of one invocation, as CloudWatch reads them."""
    telemetry = PowertoolsTelemetry("test")
    capsys.readouterr()
    for metric, value in values.items():
        telemetry.count(metric, value)
    telemetry.flush()
    printed = capsys.readouterr().out
    return json.loads(printed) if printed else {}


@pytest.mark.parametrize(("metric", "value"), ALARMING)
def test_what_is_overdue_is_said(
    metric: str, value: float, capsys: pytest.CaptureFixture[str]
) -> None:
    assert written(capsys, **{metric: value})[metric] == [value]


def test_a_delivery_that_is_late_at_all_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert written(capsys, OverdueSeconds=0.5)["OverdueSeconds"] == [0.5]


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        ("OverdueSeconds", 0),
        ("PollOverdueSeconds", 60),
        ("MetricsOverdueSeconds", 59.9),
        ("MetricsFailed", 0),
        ("SnapshotsTaken", 0),
    ],
)
def test_good_news_is_not_written(
    metric: str, value: float, capsys: pytest.CaptureFixture[str]
) -> None:
    assert written(capsys, **{metric: value}) == {}


def test_a_post_that_left_on_the_millisecond_counts_in_the_percentiles(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert written(capsys, LatenessMs=0)["LatenessMs"] == [0]


def test_what_happened_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert written(capsys, DeliveryFailed=1)["DeliveryFailed"] == [1]


def test_without_a_dashboard_only_what_rings_is_written(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("METRICS", "alarms")
    found = written(capsys, SnapshotsTaken=2, LatenessMs=3, DeliveryFailed=1)
    assert set(found) & {"SnapshotsTaken", "LatenessMs", "DeliveryFailed"} == {"DeliveryFailed"}


def test_the_small_footprint_counts_together_what_needs_a_person(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("METRICS", "together")
    needing = {"DeliveryFailed": 1.0, "DeliveryUnconfirmed": 2.0, "AccountNeedsReconnect": 1.0}
    found = written(capsys, SnapshotsTaken=2, OverdueSeconds=130, **needing)
    assert sum(found["NeedsAPerson"]) == 4
    assert found["OverdueSeconds"] == [130]
    assert not {*needing, "SnapshotsTaken"} & found.keys()
