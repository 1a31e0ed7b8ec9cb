"""What an installation costs a month: at rest, and for every thousand posts.

List prices of us-east-1 without any discount; other Regions differ. Quantities are the ones that
`make bench` counts and the tests hold against `template.yaml`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

PRICES_OF = "2026-11"
"""The month in which the prices were read from the pages named beside them."""

HOURS = 730
MINUTES = HOURS * 60
GB = 10**9


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for one unit, and how many units a month AWS gives every account for good."""

    usd: float
    free: float
    source: str


PRICES: Mapping[str, Price] = {
    "Lambda requests": Price(0.20e-6, 1e6, "aws.amazon.com/lambda/pricing"),
    "Lambda GB-seconds (arm64)": Price(1.33334e-5, 400_000, "aws.amazon.com/lambda/pricing"),
    "DynamoDB write units": Price(0.625e-6, 0, "aws.amazon.com/dynamodb/pricing/on-demand"),
    "DynamoDB read units": Price(0.125e-6, 0, "aws.amazon.com/dynamodb/pricing/on-demand"),
    "DynamoDB GB-months": Price(0.25, 25, "aws.amazon.com/dynamodb/pricing/on-demand"),
    "backup GB-months": Price(0.20, 0, "aws.amazon.com/dynamodb/pricing/on-demand"),
    "SQS requests": Price(0.40e-6, 1e6, "aws.amazon.com/sqs/pricing"),
    "Scheduler calls": Price(1.00e-6, 14e6, "aws.amazon.com/eventbridge/pricing"),
    "KMS requests": Price(0.03e-4, 20_000, "aws.amazon.com/kms/pricing"),
    "API requests": Price(1.00e-6, 0, "aws.amazon.com/api-gateway/pricing"),
    "alarms": Price(0.10, 10, "aws.amazon.com/cloudwatch/pricing"),
    "metrics": Price(0.30, 10, "aws.amazon.com/cloudwatch/pricing"),
    "dashboard": Price(3.00, 3, "aws.amazon.com/cloudwatch/pricing"),
    "log GB": Price(0.50, 5, "aws.amazon.com/cloudwatch/pricing"),
    "log GB-months": Price(0.03, 5, "aws.amazon.com/cloudwatch/pricing"),
    "X-Ray traces": Price(5.00e-6, 100_000, "aws.amazon.com/xray/pricing"),
    "S3 writes": Price(5.0e-6, 0, "aws.amazon.com/s3/pricing"),
    "S3 reads": Price(0.4e-6, 0, "aws.amazon.com/s3/pricing"),
    "S3 GB-months": Price(0.023, 0, "aws.amazon.com/s3/pricing"),
    "S3 transitions": Price(2.0e-5, 0, "aws.amazon.com/s3/pricing"),
    "S3 cold GB-months": Price(0.004, 0, "aws.amazon.com/s3/pricing"),
    "S3 cold reads": Price(1.0e-5, 0, "aws.amazon.com/s3/pricing"),
    "S3 cold GB read": Price(0.03, 0, "aws.amazon.com/s3/pricing"),
    "GB sent": Price(0.09, 100, "aws.amazon.com/ec2/pricing/on-demand"),
}
"""One home for what AWS asks. Networks ask nothing of those that Tidings speaks to."""

FOOTPRINTS = ("full", "standard", "small")
ALARM_METRICS: Mapping[str, int] = {"full": 14, "standard": 10, "small": 3}
"""An alarm is charged for each metric that it looks at."""

WAKE_QUERIES = 8
"""Index queries of one tick: 2 kinds in 4 shards each; half a read unit if nothing is due."""

LISTENING_QUERIES = 14
"""The same for listening and for counting: each looks at its own timers, listening at a turn of its
round, and every other minute each at what the other has."""

POLLERS = 2 * 5
"""Lambda long-polls an idle queue with five connections:
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html (2026-11-22). Some have
counted fewer where fewer may run at once; nobody promises that."""
POLLS = POLLERS * 3 * MINUTES
"""Each poll lasts 20 seconds."""

RUN_MS: Mapping[str, float] = {"tick": 72, "look": 64, "count": 64, "start": 2}
"""How long a run with nothing to do lasts, warm, at its memory: `bench/cost.py` makes it of CPU
time and AWS's latency, and a test holds these to it."""
LOG_BYTES: Mapping[str, float] = {"tick": 750, "look": 760, "count": 760, "start": 550}
"""Of a run with nothing to do, Lambda's own two lines included."""
LOG_PACKED = 0.15
"""What is left of logs once they are compressed, which is what keeping them is charged for."""
TABLE_KEY_CALLS = 12 * HOURS
"""DynamoDB asks KMS for the table's key every five minutes for each connection that is in use:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
(2026-11-22). The AWS managed key is free, the calls are not; `small` has the key that DynamoDB
owns, which it asks nothing for."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the estimate: how many units of one price."""

    price: str
    units: float

    @property
    def usd(self) -> float:
        return self.units * PRICES[self.price].usd

    @property
    def usd_after_free(self) -> float:
        """As far as nothing else in the account uses the free allowance."""
        price = PRICES[self.price]
        return max(0.0, self.units - price.free) * price.usd


def idle(footprint: str) -> tuple[Line, ...]:
    """A month in which nobody does anything. Metrics count only in hours in which they say
    something, and there is nothing to say.
    """
    half = RUN_MS["tick"] + RUN_MS["look"] + RUN_MS["count"]
    logged = MINUTES * sum(LOG_BYTES.values()) / GB
    return (
        Line("alarms", ALARM_METRICS[footprint]),
        Line("metrics", 0),
        Line("dashboard", 1 if footprint == "full" else 0),
        Line("SQS requests", POLLS),
        Line("Lambda requests", 4 * MINUTES),
        Line("Lambda GB-seconds (arm64)", MINUTES * (0.5 * half + 1.73 * RUN_MS["start"]) / 1000),
        Line("DynamoDB read units", MINUTES * (WAKE_QUERIES + LISTENING_QUERIES) * 0.5),
        Line("Scheduler calls", 4 * MINUTES),
        Line("KMS requests", 0 if footprint == "small" else 3 * TABLE_KEY_CALLS),
        Line("log GB", logged),
        Line("log GB-months", logged * LOG_PACKED),
    )


def posts(count: int) -> tuple[Line, ...]:
    """`count` posts to one account each, made through the API, every one with a 1 MB image.

    Each is sent by an invocation of its own, which waits about 4 seconds for its moment: the worst
    case; posts that are due together share one.
    """
    return (
        Line("DynamoDB write units", count * (16 + 24)),
        Line("DynamoDB read units", count * (8 + 12)),
        Line("Lambda requests", count * (1 + 1 + 6)),
        Line("Lambda GB-seconds (arm64)", count * (4 + 2 + 6 * 0.05) * 1.73),
        Line("API requests", count * 6),
        Line("SQS requests", count * 6),
        Line("log GB", count * 12_000 / GB),
        Line("S3 writes", count * 2),
        Line("S3 GB-months", count * 0.001),
        Line("GB sent", count * 0.001),
    )


def total(lines: tuple[Line, ...]) -> float:
    return sum(line.usd for line in lines)


def total_after_free(lines: tuple[Line, ...]) -> float:
    return sum(line.usd_after_free for line in lines)


def estimate(footprint: str) -> str:
    """The text shown before anything is created."""
    rest, thousand = idle(footprint), posts(1_000)
    shown = [line for line in rest if line.usd >= 0.005]
    rows = [
        f"Expected cost in US dollars (us-east-1 list prices of {PRICES_OF}; Regions differ):",
        f"  {'':<34}{'list':>7}{'after free allowances':>24}",
        _row("a month at rest", total(rest), total_after_free(rest)),
        *(_row(f"  {line.price}", line.usd, line.usd_after_free) for line in shown),
        _row("1,000 posts with a 1 MB image", total(thousand), None),
        "  a month for what is kept: 0.45 a GB of posts with their backups, 0.023 a GB of media,",
        "  0.004 from its second month on",
        "The allowances are AWS's permanent ones, as far as nothing else in the account uses them.",
    ]
    return "\n".join(rows)


def _row(name: str, usd: float, after_free: float | None) -> str:
    return f"  {name:<34}{usd:>7.2f}" + ("" if after_free is None else f"{after_free:>24.2f}")
