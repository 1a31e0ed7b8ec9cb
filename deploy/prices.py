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
    "SQS requests": Price(0.40e-6, 1e6, "aws.amazon.com/sqs/pricing"),
    "Scheduler calls": Price(1.00e-6, 14e6, "aws.amazon.com/eventbridge/pricing"),
    "KMS key": Price(1.00, 0, "aws.amazon.com/kms/pricing"),
    "KMS requests": Price(0.03e-4, 20_000, "aws.amazon.com/kms/pricing"),
    "API requests": Price(1.00e-6, 0, "aws.amazon.com/api-gateway/pricing"),
    "alarms": Price(0.10, 10, "aws.amazon.com/cloudwatch/pricing"),
    "metrics": Price(0.30, 10, "aws.amazon.com/cloudwatch/pricing"),
    "dashboard": Price(3.00, 3, "aws.amazon.com/cloudwatch/pricing"),
    "log GB": Price(0.50, 5, "aws.amazon.com/cloudwatch/pricing"),
    "S3 writes": Price(5.0e-6, 0, "aws.amazon.com/s3/pricing"),
    "S3 GB-months": Price(0.023, 0, "aws.amazon.com/s3/pricing"),
    "GB sent to networks": Price(0.09, 100, "aws.amazon.com/ec2/pricing/on-demand"),
}

ALARM_METRICS: Mapping[str, int] = {"standard": 19, "small": 15}
"""An alarm is charged for each metric that it looks at."""

WAKE_QUERIES = 8
"""Index queries of one tick: 2 kinds in 4 shards each; half a read unit if nothing is due."""

LISTENING_QUERIES = 8
"""The same for listening and for counting: 1 kind in 4 shards for each of the two functions."""

POLLS = 2 * 2 * 3 * MINUTES
"""Lambda's own long polls of the 2 idle queues: 2 pollers, 20 seconds each."""


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
    """A month in which nobody does anything."""
    return (
        Line("KMS key", 1),
        Line("alarms", ALARM_METRICS[footprint]),
        Line(
            "metrics", 3
        ),  # how far behind each schedule is; the others count only in hours in which they occur
        Line("dashboard", 1 if footprint == "standard" else 0),
        Line("SQS requests", POLLS),
        Line("Lambda requests", 4 * MINUTES),
        # 512 MB for 100 ms, and the deliverer for the moment that staying started takes.
        Line("Lambda GB-seconds (arm64)", MINUTES * (3 * 0.5 * 0.1 + 1.73 * 0.01)),
        Line("DynamoDB read units", MINUTES * (WAKE_QUERIES + LISTENING_QUERIES) * 0.5),
        Line("Scheduler calls", 4 * MINUTES),
        Line("log GB", 4 * MINUTES * 1_500 / GB),
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
        Line("KMS requests", count * 2),
        Line("log GB", count * 12_000 / GB),
        Line("S3 writes", count * 2),
        Line("S3 GB-months", count * 0.001),
        Line("GB sent to networks", count * 0.001),
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
        "  a month for what is kept: 0.45 a GB of posts with their backups, 0.023 a GB of media",
        "The allowances are AWS's permanent ones, as far as nothing else in the account uses them.",
    ]
    return "\n".join(rows)


def _row(name: str, usd: float, after_free: float | None) -> str:
    return f"  {name:<34}{usd:>7.2f}" + ("" if after_free is None else f"{after_free:>24.2f}")
