"""Log lines and metrics: fixed messages with fields, ids never content."""

import os

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

_UNITS = {
    "OverdueSeconds": MetricUnit.Seconds,
    "PollOverdueSeconds": MetricUnit.Seconds,
    "MetricsOverdueSeconds": MetricUnit.Seconds,
    "LatenessMs": MetricUnit.Milliseconds,
}

_SAYS_NOTHING = {"OverdueSeconds": 0, "PollOverdueSeconds": 60, "MetricsOverdueSeconds": 60}
"""Up to here a value is no news: what is due waits for the minute's run. Others are silent at 0. A
metric is charged for every hour in which it says something (docs/decisions/0019).
"""
_ALWAYS = frozenset({"LatenessMs"})
"""0 is the best of its values, and its percentiles need it."""

ALARMING = frozenset(
    {
        "OverdueSeconds",
        "PollOverdueSeconds",
        "MetricsOverdueSeconds",
        "DeliveryFailed",
        "DeliveryUnconfirmed",
        "AccountNeedsReconnect",
        "UnreadableAnswer",
    }
)
"""What an alarm looks at; the rest is only for a dashboard."""
FOR_A_PERSON = frozenset({"DeliveryFailed", "DeliveryUnconfirmed", "AccountNeedsReconnect"})
TOGETHER = "NeedsAPerson"
"""What these are counted as under `METRICS=together`, for one alarm in the place of three."""


class PowertoolsTelemetry:
    """Structured logs and embedded metrics. The only dimension is the service: more would be billed
    each.
    """

    def __init__(self, service: str) -> None:
        self.logger = Logger(service=service)
        # On AWS this is the stack's name: two installations must not ring each other's alarms.
        installation = os.environ.get("POWERTOOLS_SERVICE_NAME", service)
        self.all_metrics = os.environ.get("METRICS", "all") == "all"
        self.together = os.environ.get("METRICS") == "together"
        self.metrics = Metrics(namespace="Tidings", service=installation)

    def log(self, message: str, **fields: object) -> None:
        self.logger.info(message, extra={k: v for k, v in fields.items() if v is not None})

    def count(self, metric: str, value: float = 1) -> None:
        """Nothing is written when there is nothing to say: alarms take that as good news."""
        if value <= _SAYS_NOTHING.get(metric, 0) and metric not in _ALWAYS:
            return
        if metric not in ALARMING and not self.all_metrics:
            return
        if self.together and metric in FOR_A_PERSON:
            metric = TOGETHER
        self.metrics.add_metric(metric, _UNITS.get(metric, MetricUnit.Count), value)

    def flush(self) -> None:
        """Write the metrics of this invocation, if there are any."""
        if self.metrics.metric_set:
            self.metrics.flush_metrics()
