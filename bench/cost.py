"""The whole AWS bill of a month, line by line, at list prices (`make cost`).

What one thing uses is counted on the real steps (`bench/usage.py`); how often it happens in a month
follows from the production timetables and from what is said beside each scenario; prices stand in
`deploy/prices.py`. `python -m bench.cost --renew` writes `bench/bill.json`, which a test holds.
"""

import argparse
import json
import math
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from bench.usage import Usage, measured
from deploy import prices
from deploy.prices import GB, MINUTES, PRICES, Line
from functions.metrics_rollup import ticking
from functions.poll_engagement import polling, resting
from functions.poll_engagement.reading import OVERLAP
from functions.poll_engagement.threads import APART
from shared.core.cadence import TIMETABLE
from shared.core.sampling import HOUR, YOUNG
from shared.core.timing import Timing

BILL = Path(__file__).with_name("bill.json")
DAYS = 30.4
HOURS = prices.HOURS

CPU_MS: Mapping[str, float] = {"AWS call": 0.9, "network call": 1.0, "run": 2, "request": 7}
"""At one whole vCPU. `python -m bench steps` on 2026-11-22 (x86_64, 2 cores): 0.8 to 1.3 for an AWS
call, 0.25 for a network's without TLS; a request 0.2 to 6.9 on the fakes, a send 1.0."""
LATENCY_MS: Mapping[str, float] = {"dynamodb": 5, "sqs": 10, "ssm": 20, "s3": 30, "network": 300}
"""How long an answer is waited for: what AWS publishes as typical, and a slow network."""
HOLD_MS = Timing().lead + 500
"""A message arrives so early, and its worker waits for the moment."""
BATCH = 50
SHARE = {512: 512 / 1769, 1769: 1.0}
"""Of a vCPU, by memory in MB."""
OWN_LINES = 550
"""Bytes of Lambda's own two log lines (start, report) in JSON, CloudWatch's overhead included."""
ACCESS_LINE, REQUEST_LINE = 330, 340
"""Of a request: API Gateway's line and the function's."""
STARTS = 12 * DAYS
"""A started copy is replaced every two hours or so; then its init is charged, too."""
START_MS: Mapping[str, float] = {"tick": 520, "look": 640, "count": 620, "send": 620, "api": 880}
"""CPU of a start, from docs/bench.md of 2026-11-22."""
SENT_PER_CALL, SENT_PER_ANSWER = 1_500, 8_000
"""Bytes that leave AWS: to a network for a call, to a browser for an answer."""
KEPT_PER_POST = 6_000
"""Bytes in table and indexes of a post with its delivery, thread, numbers and answers."""
KEPT_MONTHS = 12
ANSWERED = 0.5
"""Of the threads that are looked at late: what is stored below them is compared each time."""
RESTING_ENTRY = 230
"""Bytes of a thread at rest in the index."""
SWEPT, SWEPT_AT_ONCE = 9, 20
"""How often a post is counted with its account's others, fewer as it rests (docs/bench.md: 17
looks in all), and how many posts the smaller network tells of at once."""
COLD = 30
"""Days after which the bucket keeps a file in a cheaper class (`template.yaml`)."""
PREVIEW_GB = 0.00012
"""Of the small form of an image, which lists show, estimated: a photograph of 720 by 477 pixels
made 79 KB. Too small for the cheaper class."""
PREVIEW_MS = 150
"""CPU to make it of one of 1 MB (Pillow 13.0; 12 more to check the image, as before)."""
OPENED, OPENED_COLD = 0.2, 0.02
"""Of the images, so many are opened on the page as they are, and so many of them in the cheaper
class."""


@dataclass(frozen=True, slots=True)
class Month:
    """`images`: share of the posts with a 1 MB image. `answers` and `requests` (of the API and the
    page) are per post; `lively`: looks at a post's thread on top of the timetable.
    """

    name: str
    accounts: int
    posts: int
    images: float
    requests: int
    answers: int = 2
    lively: int = 6


MONTHS = (
    Month("3 accounts, 100 posts", 3, 100, 0.5, 30),
    Month("100 accounts, 10,000 posts", 100, 10_000, 0.5, 20),
    Month("100,000 accounts, 10,000,000 posts", 100_000, 10_000_000, 0, 10),
)
Lines = Iterator[tuple[str, Line]]
ASKED = {
    "look at the calendar": 0.4,
    "look at a post": 0.3,
    "look at the inbox": 0.2,
    "look at the numbers": 0.1,
}
"""What requests are for."""
POSTING = ("publish", "API and page", "keep", "starts", "metrics")


def bill(month: Month, used: Mapping[str, Usage]) -> list[tuple[str, Line]]:
    """What comes on top of `prices.idle`: what for, and the line."""
    return [
        *_sending(month, used),
        *_asking(month, used),
        *_listening(month, used),
        *_counting(month, used),
        *_keeping(month),
        *_starting(month),
        *_metrics(month, used),
    ]


def _line(price: str, units: float) -> Line:
    return Line(price, units)


def _of(what: str, usage: Usage, count: float) -> Lines:
    """The lines of something that happens `count` times, without the function's own time."""
    yield what, _line("DynamoDB write units", usage.writes * count)
    yield what, _line("DynamoDB read units", usage.reads * count)
    by_service: Counter[str] = Counter()
    for name, calls in usage.calls.items():
        by_service[name.partition(":")[0]] += calls
    yield what, _line("SQS requests", by_service["sqs"] * count)
    yield what, _line("log GB", usage.log_bytes * count / GB)
    yield what, _line("GB sent", usage.network * SENT_PER_CALL * count / GB)


def _cpu(usage: Usage, base: float) -> float:
    calls = usage.aws_calls * CPU_MS["AWS call"]
    return base + calls + usage.network * CPU_MS["network call"]


def _wait(usage: Usage) -> float:
    waits = (LATENCY_MS[name.partition(":")[0]] * n for name, n in usage.calls.items())
    return sum(waits) + usage.network * LATENCY_MS["network"]


def alone_ms(usage: Usage, memory: int, base: float = CPU_MS["run"]) -> float:
    """How long an invocation lasts that does nothing else."""
    return _cpu(usage, base) / SHARE[memory] + _wait(usage)


def _invocations(what: str, count: float, ms: float, memory: int) -> Lines:
    gb = 1.73 if memory == 1769 else memory / 1024
    yield what, _line("Lambda requests", count)
    yield what, _line("Lambda GB-seconds (arm64)", count * ms / 1000 * gb)
    yield what, _line("log GB", count * OWN_LINES / GB)


def _sending(month: Month, used: Mapping[str, Usage]) -> Lines:
    images = month.posts * month.images
    text, image = used["send a text"], used["send an image"]
    yield from _of("publish", text, month.posts - images)
    yield from _of("publish", image, images)
    invocations = batches(month.posts)
    cpu = month.posts * _cpu(text, CPU_MS["run"])
    held = invocations * (HOLD_MS + _wait(text)) + cpu
    yield from _invocations("publish", invocations, held / invocations, 1769)
    yield "publish", _line("SQS requests", 2 * invocations)  # received, deleted
    if images:
        uploading = alone_ms(image, 1769) + 1_500  # decoding, and sending a megabyte
        yield from _invocations("publish", images, uploading, 1769)
        yield "publish", _line("SQS requests", 2 * images)
        yield "media", _line("S3 writes", 3 * images)  # uploaded, moved to be checked, its preview
        yield "media", _line("S3 reads", 4 * images)
        cold = images * 0.001 * (KEPT_MONTHS - COLD / DAYS)
        warm = 0.001 * COLD / DAYS + PREVIEW_GB * KEPT_MONTHS
        yield "media", _line("S3 GB-months", images * warm)
        yield "media", _line("S3 transitions", images)
        yield "media", _line("S3 cold GB-months", cold)
        yield "media", _line("S3 cold reads", images * OPENED_COLD)
        yield "media", _line("S3 cold GB read", images * 0.001 * OPENED_COLD)
        sent = 0.001 + PREVIEW_GB + 0.001 * OPENED  # to the network; shown on the page
        yield "media", _line("GB sent", images * sent)


def batches(posts: int) -> float:
    """Invocations in a month, from sampled hours at full density: half of the posts stand at a full
    quarter of an hour, the others at any second; what is due in one second shares invocations.
    """
    chance, an_hour = random.Random(1), posts / HOURS  # noqa: S311  a sample, no secret
    hours = max(1, min(int(HOURS), int(4_000 / an_hour)))
    if an_hour > 4_000:
        hours = 1
    found = 0
    for _ in range(hours):
        due: Counter[int] = Counter()
        number = int(an_hour) + (chance.random() < an_hour % 1)
        for _ in range(number):
            quarter = 900 * chance.randrange(4)
            due[quarter if chance.random() < 0.5 else chance.randrange(3_600)] += 1
        found += sum(-(-n // BATCH) for n in due.values())
    return found / hours * HOURS


def _asking(month: Month, used: Mapping[str, Usage]) -> Lines:
    requests = month.posts * month.requests
    images = month.posts * month.images
    parts = {name: share * (requests - month.posts - 3 * images) for name, share in ASKED.items()}
    parts |= {"create a post": month.posts, "upload an image": images}
    for name, count in parts.items():
        base = CPU_MS["request"]
        if name == "upload an image":  # two requests
            base = 2 * base + PREVIEW_MS
        yield from _of("API and page", used[name], count)
        ms = alone_ms(used[name], 1769, base)
        yield from _invocations("API and page", count, ms, 1769)
    yield "API and page", _line("API requests", requests)
    yield "API and page", _line("log GB", requests * (ACCESS_LINE + REQUEST_LINE) / GB)
    yield "API and page", _line("GB sent", requests * SENT_PER_ANSWER / GB)


def _runs(what: str, memory: int, workers: int, parts: Sequence[tuple[Usage, float]]) -> Lines:
    """What its work adds to a function that runs every minute anyway, several at a time."""
    for usage, count in parts:
        yield from _of(what, usage, count)
    base = CPU_MS["run"]  # what has no calls is part of something that has
    cpu = sum(_cpu(u, base if u.aws_calls else 0) * n for u, n in parts) / SHARE[memory]
    side_by_side = min(workers, max(1.0, sum(count for _, count in parts) / MINUTES))
    waits = sum(_wait(usage) * count for usage, count in parts) / side_by_side
    yield what, _line("Lambda GB-seconds (arm64)", (cpu + waits) / 1000 * memory / 1024)


def _listening(month: Month, used: Mapping[str, Usage]) -> Lines:
    looks = month.accounts * HOURS * HOUR / Timing().feed
    at_rest = sum(b - a >= APART / Timing().thread for a, b in pairwise(TIMETABLE))
    alone = len(TIMETABLE) - at_rest + month.lively
    deep = month.accounts * 4 * DAYS
    shown = OVERLAP / Timing().feed + 4 * DAYS  # new, and whenever the profile is read back
    parts = [
        (used["look at an account"], looks),
        (used["look deep into an account"], deep),
        (used["meet an answer again"], month.posts * month.answers * 4 * DAYS),
        (used["begin to follow a post"], month.posts),
        (replace(used["see a post on the profile again"], reads=0, writes=0), deep),
        (Usage(reads=used["see a post on the profile again"].reads), month.posts * shown),
        (used["look at a thread"], month.posts * alone),
        _gone_through(month, looks, month.posts * at_rest, used["go through the threads at rest"]),
        (used["look at a thread at rest"], month.posts * at_rest * (1 - ANSWERED)),
        (used["look at an answered thread at rest"], month.posts * at_rest * ANSWERED),
        (used["hear an answer"], month.posts * month.answers),
    ]
    yield from _runs("listen", 512, polling.WORKERS, parts)


def _gone_through(month: Month, looks: float, at_rest: float, usage: Usage) -> tuple[Usage, float]:
    """The list of an account's threads at rest: read when one has its turn, and now and then."""
    times = looks * (1 - math.exp(-at_rest / looks))
    times += month.accounts * HOURS * HOUR / resting.EVERY
    size = month.posts / month.accounts * RESTING_ENTRY
    return replace(usage, reads=max(1, math.ceil(size / 4_096)) * 0.5), times


def _counting(month: Month, used: Mapping[str, Usage]) -> Lines:
    hourly = month.accounts * HOURS * HOUR / Timing().counting
    sweeps = month.accounts * DAYS
    asked = math.ceil(month.posts * SWEPT / sweeps / SWEPT_AT_ONCE)
    parts = [
        (used["count an account"], hourly),
        (used["count a post"], month.posts * len(YOUNG)),
        (used["count a post with its account"], month.posts * SWEPT),
        (Usage(network=1), sweeps * asked),
    ]
    yield from _runs("count", 512, ticking.THREADS, parts)


def _keeping(month: Month) -> Lines:
    kept = month.posts * KEPT_MONTHS * KEPT_PER_POST / GB
    yield "keep", _line("DynamoDB GB-months", kept)
    yield "keep", _line("backup GB-months", kept)
    yield "keep", _line("X-Ray traces", 0)  # off unless Tracing is on
    busy = 2 if month.posts < 1_000_000 else 100
    yield "keep", _line("KMS requests", busy * prices.TABLE_KEY_CALLS)


def _starting(month: Month) -> Lines:
    copies = {"tick": 1, "look": 1, "count": 1, "send": 1, "api": 4}
    if month.posts >= 1_000_000:
        copies |= {"look": 16, "count": 4, "send": 50, "api": 100}
    for name, number in copies.items():
        memory = 1769 if name in {"send", "api"} else 512
        gb = 1.73 if memory == 1769 else 0.5
        seconds = START_MS[name] / SHARE[memory] / 1000 * STARTS * number
        yield "starts", _line("Lambda GB-seconds (arm64)", seconds * gb)
        if name != "tick":
            yield "starts", _line("KMS requests", STARTS * number)  # Parameter Store's, for the key


def _metrics(month: Month, used: Mapping[str, Usage]) -> Lines:
    """A metric is charged for the hours in which it says something."""
    hourly = month.accounts * HOURS
    times = {"send a text": month.posts, "hear an answer": month.posts * month.answers}
    times |= {"count an account": hourly, "count a post": month.posts * len(YOUNG)}
    said: Counter[str] = Counter()
    for name, count in times.items():
        for metric in used[name].metrics:
            late = metric.endswith("OverdueSeconds")  # nothing is, in a month that goes well
            said[metric] += 0 if late else int(count)
    hours = sum(HOURS * (1 - math.exp(-count / HOURS)) for count in said.values())
    yield "metrics", _line("metrics", hours / HOURS)


def runs(used: Mapping[str, Usage]) -> dict[str, tuple[float, float]]:
    """Milliseconds and log bytes of a run with nothing to do: what `prices.idle` holds as data."""
    names = {"tick": "tick", "look": "look for what is due to be heard"}
    names["count"] = "look for what is due to be counted"
    found = {
        name: (alone_ms(used[what], 512), used[what].log_bytes + OWN_LINES)
        for name, what in names.items()
    }
    return {**found, "start": (alone_ms(Usage(), 1769), OWN_LINES)}


def by_price(lines: Sequence[Line]) -> dict[str, Line]:
    """One line for each price, in the order of the price list; logs that come are logs kept."""
    units: Counter[str] = Counter()
    for line in lines:
        units[line.price] += line.units  # type: ignore[assignment]  # fractions of units
        if line.price == "log GB":
            units["log GB-months"] += line.units * prices.LOG_PACKED  # type: ignore[assignment]  # as above
    return {name: Line(name, units[name]) for name in PRICES}


def _without_kept_logs(lines: Sequence[Line]) -> list[Line]:
    return [line for line in lines if line.price != "log GB-months"]


def idle_by_price(footprint: str) -> dict[str, Line]:
    return by_price(_without_kept_logs(prices.idle(footprint)))


def table(used: Mapping[str, Usage]) -> dict[str, dict[str, float]]:
    """What is committed: US dollars a month by scenario and line."""
    found = {
        f"idle, {footprint}": _usd(idle_by_price(footprint)) for footprint in prices.FOOTPRINTS
    }
    for month in MONTHS:
        found[f"{month.name}, above idle"] = _usd(by_price([x for _, x in bill(month, used)]))
    return found


def _usd(lines: Mapping[str, Line]) -> dict[str, float]:
    return {name: round(line.usd, 5) for name, line in lines.items() if line.usd >= 0.00001}


def printed(used: Mapping[str, Usage]) -> Iterator[str]:
    """Markdown."""
    yield f"US dollars a month, us-east-1 list prices of {prices.PRICES_OF}; free: what AWS gives"
    yield "every account for good, as far as nothing else uses it, taken off in the last column.\n"
    for footprint in prices.FOOTPRINTS:
        yield from _section(f"Idle, {footprint}", idle_by_price(footprint))
    for month in MONTHS:
        lines = bill(month, used)
        yield from _section(f"{month.name}: above idle", by_price([x for _, x in lines]))
        yield from _purposes(month, lines)
    yield "The networks' own fees: Mastodon 0.00, Bluesky 0.00."


def _section(title: str, lines: Mapping[str, Line]) -> Iterator[str]:
    yield f"### {title}\n\n| line | units | list | after free |\n|---|---|---|---|"
    for name, line in lines.items():
        if line.units:
            yield f"| {name} | {line.units:,.3g} | {line.usd:,.3f} | {line.usd_after_free:,.3f} |"
    whole = tuple(lines.values())
    free = prices.total_after_free(whole)
    yield f"| **all** | | **{prices.total(whole):,.2f}** | **{free:,.2f}** |\n"


def _purposes(month: Month, lines: Sequence[tuple[str, Line]]) -> Iterator[str]:
    sums: Counter[str] = Counter()
    for what, line in lines:
        sums[what] += line.usd  # type: ignore[assignment]  # dollars
    parts = ", ".join(f"{what} {usd:,.2f}" for what, usd in sums.items())
    thousand = {what: usd / month.posts * 1000 for what, usd in sums.items()}
    without = sum(thousand.values()) - thousand.get("media", 0)
    posting = sum(thousand[what] for what in POSTING)
    yield f"What for: {parts}."
    yield f"For 1,000 posts without media: {without:,.4f}; without listening and counting: "
    yield f"{posting:,.4f}.\n"


def main() -> None:
    parser = argparse.ArgumentParser(description="What a month costs")
    parser.add_argument("--renew", action="store_true", help="write bench/bill.json")
    used = measured()
    if parser.parse_args().renew:
        BILL.write_text(json.dumps(table(used), indent=1) + "\n", encoding="utf-8")
    print("\n".join(printed(used)))


if __name__ == "__main__":
    main()
