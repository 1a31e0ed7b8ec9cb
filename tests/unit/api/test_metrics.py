"""Numbers as people read them: what was reported, by when, and on which networks."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from shared.core.lifecycle import published_at
from shared.core.models import MINUTE, SECOND, Delivery, Elsewhere, Millis
from shared.core.rollup import AccountDay, Series, Snapshot
from shared.core.sampling import DAY, HOUR
from shared.core.schedule import instant, to_datetime
from shared.core.workspaces import Account
from tests.fakes.api_world import ApiWorld, Got
from tests.fakes.time import FakeClock


def at(text: str) -> Millis:
    return instant(text, where="test")


def publish(world: ApiWorld, text: str = "hello", **fields: Any) -> list[Delivery]:
    """A post that is live a second later, on every account that `fields` name."""
    post = world.write(text, seconds=None, schedule={"now": True}, **fields)
    world.run(10 * SECOND)
    found = list(world.store.deliveries_of("wks_1", post["id"]))
    assert {d.state for d in found} == {"published"}
    return found


def follow(world: ApiWorld, delivery: Delivery, *taken: tuple[Millis, Mapping[str, int]]) -> Series:
    """`taken`: how long after publication, and what was reported."""
    began = published_at(delivery)
    snapshots = tuple(Snapshot(began + after, values) for after, values in taken)
    series = Series(
        workspace_id=delivery.workspace_id,
        account_id=delivery.account_id,
        platform=delivery.platform,
        post_id=delivery.post_id,
        delivery_id=delivery.id,
        remotes=delivery.live,
        published_at=began,
        snapshots=snapshots,
    )
    assert world.store.engagement.create_series(series)
    return series


def count_account(world: ApiWorld, account: Account, when: Millis, **values: int) -> None:
    store, day = world.store.engagement, to_datetime(when).date().isoformat()
    before = store.account_day("wks_1", account.id, day)
    blank = before or AccountDay("wks_1", account.id, day)
    after = replace(blank, snapshots=(*blank.snapshots, Snapshot(when, values)))
    store.save_account_day(before, after)


def other_network(world: ApiWorld, name: str = "bea", platform: str = "other") -> Account:
    """An account whose series are of another network."""
    account = replace(world.connect(name), platform=platform)
    world.store.account_items["wks_1", account.id] = account
    return account


def post_numbers(world: ApiWorld, delivery: Delivery, **query: str) -> Any:
    answer = world.get(f"/v1/posts/{delivery.post_id}/metrics", query=query)
    assert answer.status == 200, answer.text
    return answer.json


def report(world: ApiWorld, by: str, first: str, last: str, **query: str) -> Any:
    answer = world.get("/v1/metrics", query={"from": first, "to": last, "by": by, **query})
    assert answer.status == 200, answer.text
    return answer.json


def by_key(shown: Any) -> dict[str | None, Any]:
    return {row["key"]: row for row in shown["rows"]}


def test_a_post_that_nobody_counted_yet(world: ApiWorld) -> None:
    (delivery,) = publish(world)
    shown = post_numbers(world, delivery)
    assert (shown["by"], shown["timezone"], shown["cells"]) == ("hour", "Europe/Madrid", [])
    nothing: dict[str, Any] = {"at": None, "metrics": {}, "networks": {}, "engagement": None}
    assert shown["total"] == nothing
    (only,) = shown["deliveries"]
    assert {name: only[name] for name in nothing} == nothing
    assert (only["delivery_id"], only["gone_at"], only["cells"]) == (delivery.id, None, [])


def test_a_post_that_is_not_live_has_no_numbers(world: ApiWorld) -> None:
    post = world.write("later", seconds=600)
    shown = world.get(f"/v1/posts/{post['id']}/metrics").json
    assert (shown["deliveries"], shown["total"]["metrics"]) == ([], {})


def test_the_latest_numbers_and_how_they_came_about() -> None:
    """Published at 02:30 in Madrid; clocks go back half an hour later."""
    world = ApiWorld(clock=FakeClock(at("2026-10-25T00:30:00Z")))
    (delivery,) = publish(world)
    follow(
        world,
        delivery,
        (10 * MINUTE, {"likes": 1, "replies": 0}),
        (25 * MINUTE, {"likes": 5, "replies": 1}),
        (60 * MINUTE, {"likes": 4, "replies": 1}),
    )
    shown = post_numbers(world, delivery)
    assert shown["total"]["metrics"] == {"likes": 4, "replies": 1}
    assert shown["total"]["networks"] == {
        "engagement": ["fake"],
        "likes": ["fake"],
        "replies": ["fake"],
    }
    assert [(c["start"], c["label"], c["metrics"]["likes"]) for c in shown["cells"]] == [
        ("2026-10-25T00:00:00Z", "2026-10-25T02:00+02:00", 5),
        ("2026-10-25T01:00:00Z", "2026-10-25T02:00+01:00", 4),
    ]
    assert shown["deliveries"][0]["cells"] == shown["cells"]
    elsewhere = post_numbers(world, delivery, by="day", timezone="Asia/Kathmandu")
    assert [(c["start"], c["label"]) for c in elsewhere["cells"]] == [
        ("2026-10-24T18:15:00Z", "2026-10-25")
    ]
    assert post_numbers(world, delivery, by="month")["cells"][0]["label"] == "2026-10"


def test_an_old_post_is_shown_by_the_day(world: ApiWorld) -> None:
    (delivery,) = publish(world)
    world.clock.advance(3 * DAY)
    assert post_numbers(world, delivery)["by"] == "day"


def test_a_number_that_was_not_reported_is_absent(world: ApiWorld) -> None:
    (delivery,) = publish(world)
    taken = [(MINUTE, {"likes": 0, "views": 9}), (2 * HOUR, {}), (4 * HOUR, {"views": 12})]
    follow(world, delivery, *taken)
    shown = post_numbers(world, delivery)
    assert shown["total"]["metrics"] == {"views": 12}
    assert shown["total"]["engagement"] is None
    assert [c["metrics"] for c in shown["cells"]] == [{"likes": 0, "views": 9}, {"views": 12}]


def test_deliveries_are_added_up_with_the_networks_that_each_number_covers(
    world: ApiWorld,
) -> None:
    bea = other_network(world)
    mine, theirs = sorted(
        publish(world, account_ids=[world.account.id, bea.id]),
        key=lambda d: d.account_id != world.account.id,
    )
    follow(world, mine, (10 * MINUTE, {"likes": 3, "quotes": 2}), (3 * HOUR, {"likes": 4}))
    follow(world, replace(theirs, platform="other"), (HOUR, {"likes": 10, "saves": 1}))
    shown = post_numbers(world, mine)
    assert shown["total"]["metrics"] == {"likes": 14, "saves": 1}
    assert shown["total"]["networks"] == {
        "engagement": ["fake", "other"],
        "likes": ["fake", "other"],
        "saves": ["other"],
    }
    engagement = shown["total"]["engagement"]
    assert (engagement["total"], engagement["counted"]) == (15, ["likes", "saves"])
    assert (engagement["rate"], engagement["audience"], engagement["per"]) == (None, None, [])
    # One that was not counted in an hour is as it was before.
    assert [c["metrics"] for c in shown["cells"]] == [
        {"likes": 3, "quotes": 2},
        {"likes": 13, "quotes": 2, "saves": 1},
        {"likes": 14, "saves": 1},
    ]


def test_the_rate_is_of_the_followers_that_were_known_when_it_was_counted(world: ApiWorld) -> None:
    (delivery,) = publish(world)
    began = published_at(delivery)
    count_account(world, world.account, began - 2 * HOUR, followers=100)
    count_account(world, world.account, began + 50 * MINUTE, followers=200)
    count_account(world, world.account, began + 2 * HOUR, followers=900)
    follow(world, delivery, (10 * MINUTE, {"likes": 1}), (HOUR, {"likes": 3, "replies": 2}))
    shown = post_numbers(world, delivery)["total"]
    assert shown["engagement"] == {
        "total": 5,
        "counted": ["likes", "replies"],
        "rate": 2.5,
        "audience": 200,
        "per": ["followers"],
    }
    assert shown["networks"]["engagement_rate"] == ["fake"]


def test_followers_that_were_counted_long_before(world: ApiWorld) -> None:
    (delivery,) = publish(world)
    count_account(world, world.account, published_at(delivery) - 40 * DAY, followers=50)
    follow(world, delivery, (HOUR, {"likes": 1}))
    assert post_numbers(world, delivery)["total"]["engagement"]["rate"] == 2


def test_reach_is_a_better_audience_than_followers(world: ApiWorld) -> None:
    (delivery,) = publish(world)
    count_account(world, world.account, published_at(delivery), followers=1_000)
    follow(world, delivery, (HOUR, {"likes": 5, "impressions": 100, "reach": 50}))
    engagement = post_numbers(world, delivery)["total"]["engagement"]
    assert (engagement["rate"], engagement["per"]) == (10, ["reach"])


def test_a_post_that_is_gone_keeps_its_numbers(world: ApiWorld) -> None:
    (delivery,) = publish(world)
    series = follow(world, delivery, (HOUR, {"likes": 5}))
    gone = replace(series, gone_at=series.published_at + 2 * HOUR)
    world.store.engagement.save_series(series, gone)
    (shown,) = post_numbers(world, delivery)["deliveries"]
    assert shown["gone_at"] is not None
    assert shown["metrics"] == {"likes": 5}


def test_an_accounts_curve_has_gaps(world: ApiWorld) -> None:
    count_account(world, world.account, at("2026-11-20T22:59:00Z"), followers=10, posts=3)
    count_account(world, world.account, at("2026-11-20T23:00:00Z"), followers=11)
    count_account(world, world.account, at("2026-11-23T12:00:00Z"), followers=9)
    path = f"/v1/accounts/{world.account.id}/metrics"
    query = {"from": "2026-11-20", "to": "2026-11-22"}
    shown = world.get(path, query=query).json
    assert [(c["label"], c["metrics"]) for c in shown["cells"]] == [
        ("2026-11-20", {"followers": 10, "posts": 3}),
        ("2026-11-21", {"followers": 11}),
    ]
    assert (shown["by"], shown["platform"], shown["timezone"]) == ("day", "fake", "Europe/Madrid")
    monthly = world.get(path, query={"from": "2026-11-01", "to": "2026-12-31", "by": "month"})
    assert [c["metrics"] for c in monthly.json["cells"]] == [{"followers": 9}]
    hourly = world.get(path, query={**query, "by": "hour", "timezone": "UTC"})
    assert [c["label"] for c in hourly.json["cells"]] == [
        "2026-11-20T22:00+00:00",
        "2026-11-20T23:00+00:00",
    ]


def published_on(world: ApiWorld, when: str, likes: int, **fields: Any) -> Delivery:
    """As if it had left when it was planned for: reports look at what was counted."""
    post = world.write(when, seconds=None, schedule={"at": when}, **fields)
    (delivery,) = world.store.deliveries_of("wks_1", post["id"])
    follow(world, delivery, (HOUR, {"likes": likes}))
    return delivery


def test_posts_belong_to_the_day_week_and_month_in_which_they_were_published(
    world: ApiWorld,
) -> None:
    published_on(world, "2026-12-27T22:30:00Z", 1)  # Sunday in Madrid
    published_on(world, "2026-12-27T23:30:00Z", 2)  # Monday
    published_on(world, "2027-01-03T22:00:00Z", 4)  # Sunday of the same week of 2026
    span = ("2026-12-01", "2027-01-31")

    def likes(by: str) -> dict[str | None, int]:
        rows = report(world, by, *span)["rows"]
        return {row["key"]: row["metrics"]["likes"] for row in rows}

    assert likes("day") == {"2026-12-27": 1, "2026-12-28": 2, "2027-01-03": 4}
    assert likes("week") == {"2026-W52": 1, "2026-W53": 6}
    assert likes("month") == {"2026-12": 3, "2027-01": 4}
    shown = report(world, "day", "2026-12-28", "2027-01-03")
    assert (shown["first_day"], shown["last_day"]) == ("2026-12-28", "2027-01-03")
    assert (shown["total"]["metrics"], shown["total"]["posts"]) == ({"likes": 6}, 2)
    assert shown["total"]["key"] is None


def test_a_report_by_account_and_what_it_covers(world: ApiWorld) -> None:
    bea = other_network(world)
    today = to_datetime(world.clock.now()).date().isoformat()
    mine, theirs = sorted(
        publish(world, account_ids=[world.account.id, bea.id]),
        key=lambda d: d.account_id != world.account.id,
    )
    count_account(world, world.account, published_at(mine), followers=100)
    follow(world, mine, (HOUR, {"likes": 3, "quotes": 2}))
    follow(world, replace(theirs, platform="other"), (HOUR, {"likes": 10}))
    (waiting,) = publish(world, "not counted yet")
    follow(world, waiting)
    shown = report(world, "account", today, today, timezone="UTC")
    rows = by_key(shown)
    assert rows.keys() == {world.account.id, bea.id}
    assert rows[world.account.id]["metrics"] == {"likes": 3, "quotes": 2}
    counts = {k: (r["posts"], r["deliveries"], r["counted"]) for k, r in rows.items()}
    assert counts == {world.account.id: (2, 2, 1), bea.id: (1, 1, 1)}
    total = shown["total"]
    assert (total["posts"], total["deliveries"], total["counted"]) == (2, 3, 2)
    assert total["metrics"] == {"likes": 13, "quotes": 2}
    assert total["networks"] == {
        "engagement": ["fake", "other"],
        "engagement_rate": ["fake"],
        "likes": ["fake", "other"],
        "quotes": ["fake"],
    }
    # The rate covers the posts whose audience is known: 5 of 100.
    assert (total["engagement"]["total"], total["engagement"]["rate"]) == (15, 5)


def test_a_report_by_tag(world: ApiWorld) -> None:
    published_on(world, "2026-11-20T10:00:00Z", 1, tags=["bread", "news"])
    published_on(world, "2026-11-21T10:00:00Z", 2, tags=["bread"])
    published_on(world, "2026-11-22T10:00:00Z", 4)
    shown = report(world, "tag", "2026-11-01", "2026-11-30")
    assert [(row["key"], row["posts"], row["metrics"]["likes"]) for row in shown["rows"]] == [
        ("bread", 2, 3),
        ("news", 1, 1),
        (None, 1, 4),
    ]
    assert (shown["total"]["posts"], shown["total"]["metrics"]) == (3, {"likes": 7})


def test_a_report_by_campaign(world: ApiWorld) -> None:
    spring = world.send("/v1/campaigns", {"name": "Spring"}).json["id"]
    published_on(world, "2026-11-20T10:00:00Z", 1, campaign=spring)
    old = published_on(world, "2026-11-21T10:00:00Z", 2)
    place = ("wks_1", old.post_id)
    # As it was written when campaigns were words.
    world.store.post_items[place] = replace(world.store.post_items[place], campaign="spring")
    published_on(world, "2026-11-22T10:00:00Z", 4)
    shown = report(world, "campaign", "2026-11-01", "2026-11-30")
    assert [(r["key"], r["metrics"]["likes"]) for r in shown["rows"]] == [(spring, 3), (None, 4)]


def test_the_tags_of_a_post_that_left_on_another_day_than_planned(world: ApiWorld) -> None:
    delivery = published_on(world, "2026-11-20T10:00:00Z", 1, tags=["late"])
    series = world.store.series_items.pop(
        ("wks_1", world.account.id, published_at(delivery), delivery.id)
    )
    moved = replace(series, published_at=series.published_at + 9 * DAY)
    assert world.store.engagement.create_series(moved)
    shown = report(world, "tag", "2026-11-25", "2026-11-30")
    assert [row["key"] for row in shown["rows"]] == ["late"]


def test_the_numbers_of_a_post_that_was_deleted_here_stay_in_the_report(world: ApiWorld) -> None:
    delivery = published_on(world, "2026-11-20T10:00:00Z", 1, tags=["bread"])
    record = world.store.post("wks_1", delivery.post_id)
    world.store.delete_post(record, world.entry("deleted"))
    shown = report(world, "tag", "2026-11-01", "2026-11-30")
    assert [(row["key"], row["metrics"]) for row in shown["rows"]] == [(None, {"likes": 1})]


def test_posts_made_elsewhere_count_too(world: ApiWorld) -> None:
    delivery = published_on(world, "2026-11-20T10:00:00Z", 7)
    key = ("wks_1", delivery.post_id)
    post = world.store.post_items[key]
    world.store.post_items[key] = replace(post, elsewhere=Elsewhere(world.clock.now()))
    shown = report(world, "month", "2026-11-01", "2026-11-30")
    assert (shown["total"]["posts"], shown["total"]["metrics"]) == (1, {"likes": 7})


def test_posts_by_how_they_did(world: ApiWorld) -> None:
    bea = other_network(world)
    count_account(world, world.account, world.clock.now(), followers=1_000)
    (popular,) = publish(world, "popular")
    follow(world, popular, (HOUR, {"likes": 9, "replies": 1}))
    both = publish(world, "both", account_ids=[world.account.id, bea.id])
    for delivery in both:
        follow(world, delivery, (HOUR, {"likes": 6}))
    (silent,) = publish(world, "silent")
    follow(world, silent)
    today = to_datetime(world.clock.now()).date().isoformat()

    def best(**query: str) -> Any:
        answer = world.get("/v1/metrics/posts", query={"from": today, "to": today, **query})
        assert answer.status == 200, answer.text
        return answer.json

    def texts(shown: Any) -> list[str]:
        return [post["excerpt"] for post in shown["items"]]

    assert texts(best()) == ["both", "popular", "silent"]
    assert texts(best(by="replies")) == ["popular", "silent", "both"]
    assert texts(best(by="engagement_rate"))[0] == "popular"
    first = best(limit="2")
    (shown, _) = first["items"]
    assert (shown["engagement"]["total"], shown["metrics"]) == (12, {"likes": 12})
    assert shown["account_ids"] == sorted([world.account.id, bea.id])
    assert texts(best(limit="2", cursor=first["next"])) == ["silent"]
    assert world.get(
        "/v1/metrics/posts",
        query={"from": today, "to": today, "by": "likes", "cursor": first["next"]},
    ).codes == ["bad_cursor"]


def test_a_report_without_posts(world: ApiWorld) -> None:
    for by in ("day", "week", "month", "account", "tag"):
        shown = report(world, by, "2026-11-01", "2026-11-30")
        assert shown["rows"] == []
        assert shown["total"]["posts"] == 0
        assert shown["total"]["engagement"] is None


SPANS: list[tuple[dict[str, str], str, str]] = [
    ({"to": "2026-12-01"}, "from", "required"),
    ({"from": "2026-12-01"}, "to", "required"),
    ({"from": "01.12.2026", "to": "2026-12-31"}, "from", "bad_date"),
    ({"from": "2026-12-01", "to": "2026-13-31"}, "to", "bad_date"),
    ({"from": "2026-12-01", "to": "2026-11-30"}, "to", "out_of_range"),
    ({"from": "2026-01-01", "to": "2027-01-02"}, "to", "too_long"),
    ({"from": "0001-01-01", "to": "0001-01-02"}, "from", "out_of_range"),
    ({"from": "9999-12-31", "to": "9999-12-31"}, "from", "out_of_range"),
    ({"from": "2026-12-01", "to": "2026-12-02", "timezone": "X"}, "timezone", "unknown_timezone"),
    ({"from": "2026-12-01", "to": "2026-12-02", "by": "year"}, "by", "unknown_value"),
]  # fmt: skip


def refused(answer: Got, where: str, code: str) -> None:
    assert (answer.status, answer.codes) == (422, [code])
    assert answer.json["problems"][0]["where"] == where


@pytest.mark.parametrize(("query", "where", "code"), SPANS)
def test_a_span_that_makes_no_sense(
    world: ApiWorld, query: dict[str, str], where: str, code: str
) -> None:
    refused(world.get("/v1/metrics", query=query), where, code)
    refused(world.get(f"/v1/accounts/{world.account.id}/metrics", query=query), where, code)


def test_the_longest_spans(world: ApiWorld) -> None:
    path = f"/v1/accounts/{world.account.id}/metrics"
    year = {"from": "2026-01-01", "to": "2027-01-01"}
    assert world.get("/v1/metrics", query=year).status == 200
    assert world.get(path, query=year).status == 200
    month = {"from": "2026-01-01", "to": "2026-01-31", "by": "hour"}
    assert world.get(path, query=month).status == 200
    refused(world.get(path, query={**month, "to": "2026-02-01"}), "to", "too_long")


def test_what_does_not_exist(world: ApiWorld) -> None:
    query = {"from": "2026-01-01", "to": "2026-01-31"}
    assert world.get("/v1/posts/pst_nobody/metrics").status == 404
    assert world.get("/v1/accounts/acc_nobody/metrics", query=query).status == 404
