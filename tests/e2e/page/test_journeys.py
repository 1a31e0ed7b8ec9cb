"""The eight ways that people go most, by keyboard and by touch, each within a number of steps.

The limits are what the page takes today: whoever makes a way longer has to say so here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Locator

from shared.core.models import Millis
from tests.e2e.page.api_server import ApiServer
from tests.e2e.page.browser import NARROW, ZONE, tab
from tests.e2e.page.came_back import DAY, count_post, published
from tests.e2e.page.journeys import Hands, Keys, Thumb, keep_to
from tests.e2e.page.test_for_everybody import wait_until
from tests.fakes.network import refused_content

HERE = ZoneInfo(ZONE)
TEXT, WHEN = "What you want to say", "Date and time"
NUMBERS = count(1)


@dataclass(frozen=True)
class Brand:
    server: ApiServer
    id: str
    account: str
    handle: str

    def call(self, method: str, path: str, body: Any = None) -> Any:
        return self.server.call(method, path, body, **{"tidings-workspace": self.id})

    def write(self, text: str, schedule: dict[str, Any] | None, **fields: Any) -> str:
        body = {"text": text, "account_ids": [self.account], "schedule": schedule, **fields}
        return str(self.call("POST", "/v1/posts", body)["id"])

    def post(self, post_id: str) -> Any:
        return self.call("GET", f"/v1/posts/{post_id}")

    def planned(self) -> list[tuple[str, str]]:
        """Texts with the days on the workspace's clock."""
        items = self.call("GET", "/v1/posts")["items"]
        local = [datetime.fromisoformat(post["due_at"]).astimezone(HERE) for post in items]
        return [(p["excerpt"], f"{at:%Y-%m-%d %H:%M}") for p, at in zip(items, local, strict=True)]


@pytest.fixture(scope="module")
def running(built: None) -> Iterator[ApiServer]:
    """One for all journeys; each goes through workspaces of its own."""
    with ApiServer() as server:
        yield server


def brand(server: ApiServer) -> Brand:
    """A workspace with one account, which gives it its name."""
    handle = f"ada{next(NUMBERS)}"
    body: dict[str, Any] = {"name": f"Brand @{handle}", "timezone": ZONE}
    made = server.call("POST", "/v1/workspaces", body)["id"]
    fields = {"server": "https://fake.example", "name": handle, "token": "t0"}
    body = {"platform": "fake", "fields": fields}
    account = server.call("POST", "/v1/accounts", body, **{"tidings-workspace": made})["id"]
    return Brand(server, made, account, f"@{handle}")


def key_for(brands: list[Brand]) -> str:
    body = {"name": "browser", "workspace_ids": [brand.id for brand in brands]}
    return str(brands[0].server.call("POST", "/v1/keys", body)["api_key"])


def count_published(brand: Brand, text: str, *, at: Millis, likes: int) -> None:
    """A post of the past, and what its network reported a day later."""
    server, home = brand.server, brand.server.workspace_id
    server.workspace_id = brand.id
    (delivery,) = published(server, text, at=at, platforms={brand.account: "fake"})
    count_post(server, delivery, [(DAY, {"likes": likes})])
    server.workspace_id = home


def tomorrow(clock: str) -> datetime:
    hour, minute = clock.split(":")
    day = datetime.now(HERE) + timedelta(days=1)
    return day.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)


def local(at: datetime) -> dict[str, str]:
    return {"local": f"{at:%Y-%m-%dT%H:%M}", "timezone": ZONE}


def enter_time(keys: Keys, at: datetime) -> None:
    """Into a field of which the first part has the focus. Chromium draws those in its own language,
    whatever the page's: month, day, year, hour, minute and half of the day.
    """
    keys.write(f"{at:%m%d%Y}")
    keys.press("ArrowRight")
    keys.write(f"{at:%I%M}{at:%p}"[:5])


def field_value(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M}"


# --- plan a week for three brands


def week_of(number: int) -> list[tuple[str, datetime]]:
    """Each brand says something on two days."""
    days = ((1, "09:00"), (3, "17:30"))
    return [(f"Brand {number}, day {n}", tomorrow(at) + timedelta(days=n)) for n, at in days]


def plan_by_keys(keys: Keys, brands: list[Brand]) -> None:
    for number, brand in enumerate(brands, start=1):
        if number > 1:
            keys.press("g", str(number))
            keys.in_brand(brand.id)
        for text, at in week_of(number):
            keys.press("n")
            keys.sees(keys.page.get_by_label(TEXT))
            keys.to(TEXT)
            keys.write(text)
            keys.press("Alt+w")
            keys.to(WHEN)
            enter_time(keys, at)
            keys.press("Control+Enter")
            keys.sees(keys.page.get_by_role("heading", name=f"{at:%-d %B %Y}"))


def plan_by_touch(thumb: Thumb, brands: list[Brand]) -> None:
    page = thumb.page
    for number, brand in enumerate(brands, start=1):
        if number > 1:
            thumb.choose(page.get_by_label("Workspace", exact=True), f"Brand {brand.handle}")
            thumb.in_brand(brand.id)
        for text, at in week_of(number):
            thumb.tap(thumb.link("New post"))
            thumb.write(page.get_by_label(TEXT), text)
            thumb.write(page.get_by_label(WHEN), field_value(at))
            thumb.tap(thumb.button("Schedule"))
            thumb.sees(page.get_by_role("heading", name=f"{at:%-d %B %Y}"))


def week_is_planned(brands: list[Brand]) -> None:
    for number, brand in enumerate(brands, start=1):
        wanted = [(text, f"{at:%Y-%m-%d %H:%M}") for text, at in week_of(number)]
        assert brand.planned() == wanted


# --- fix a typo in a scheduled post


def with_a_typo(brands: list[Brand]) -> None:
    brands[0].write("Fresh braed from six", local(tomorrow("09:00")))
    for n in range(3):
        brands[0].write(f"Something else {n}", local(tomorrow(f"{11 + n}:00")))


def mend_by_keys(keys: Keys, brands: list[Brand]) -> None:
    keys.press("/")
    keys.sees(keys.page.get_by_label("Words to look for"))
    keys.write("braed")
    keys.press("Enter")
    keys.at("Fresh braed")
    keys.press("Enter")
    keys.sees(keys.link("Edit"))
    keys.press("e")
    keys.sees(keys.page.get_by_label(TEXT))
    keys.to(TEXT)
    keys.rewrite("Fresh bread from six")
    keys.press("Control+Enter")
    keys.sees(keys.link("Edit"))


def mend_by_touch(thumb: Thumb, brands: list[Brand]) -> None:
    thumb.tap(thumb.page.get_by_role("button", name="Fresh braed"))
    thumb.tap(thumb.link("Edit"))
    thumb.write(thumb.page.get_by_label(TEXT), "Fresh bread from six")
    thumb.tap(thumb.button("Save changes"))
    thumb.sees(thumb.link("Edit"))


def typo_is_mended(brands: list[Brand]) -> None:
    assert brands[0].planned()[0] == ("Fresh bread from six", f"{tomorrow('09:00'):%Y-%m-%d %H:%M}")


# --- post now


def post_by_keys(keys: Keys, brands: list[Brand]) -> None:
    keys.press("n")
    keys.sees(keys.page.get_by_label(TEXT))
    keys.to(TEXT)
    keys.write("We are open")
    keys.press("Alt+w", "ArrowRight", "Control+Enter")
    keys.sees("Open on Fakebook")


def post_by_touch(thumb: Thumb, brands: list[Brand]) -> None:
    thumb.tap(thumb.link("New post"))
    thumb.write(thumb.page.get_by_label(TEXT), "We are open")
    thumb.tap(thumb.page.get_by_role("radio", name="Now"))
    thumb.tap(thumb.button("Publish now"))
    thumb.sees("Open on Fakebook")


def it_is_live(brands: list[Brand]) -> None:
    (post,) = brands[0].call("GET", "/v1/posts")["items"]
    assert (post["excerpt"], post["status"]) == ("We are open", "published")


# --- something failed at nine


def failed_at_nine(brands: list[Brand]) -> None:
    brand = brands[0]
    brand.server.network.faults.append(refused_content)
    post = brand.write("Bread at nine", {"now": True})
    wait_until(lambda: brand.post(post)["status"] == "failed")
    brand.write("Later today", local(tomorrow("12:00")))


def try_again_by_keys(keys: Keys, brands: list[Brand]) -> None:
    keys.sees("1 post needs you")
    keys.press("j", "Enter")
    keys.sees("the network does not want this text")
    keys.press("j", "Enter")
    keys.sees("Open on Fakebook")


def try_again_by_touch(thumb: Thumb, brands: list[Brand]) -> None:
    thumb.sees("1 post needs you")
    thumb.tap(thumb.link("Bread at nine"))
    thumb.sees("the network does not want this text")
    thumb.tap(thumb.button("Try again now"))
    thumb.sees("Open on Fakebook")


def it_went_out(brands: list[Brand]) -> None:
    items = brands[0].call("GET", "/v1/posts")["items"]
    assert {p["excerpt"]: p["status"] for p in items}["Bread at nine"] == "published"


# --- a client wants a change


def approved_for_a_client(brands: list[Brand]) -> None:
    brand = brands[0]
    post = brand.write("A sale on Friday", local(tomorrow("09:00")), requires_approval=True)
    brand.call("POST", f"/v1/posts/{post}/approve", {})


def change_by_keys(keys: Keys, brands: list[Brand]) -> None:
    keys.press("/")
    keys.sees(keys.page.get_by_label("Words to look for"))
    keys.write("sale")
    keys.press("Enter")
    keys.at("A sale on Friday")
    keys.press("Enter")
    keys.sees(keys.link("Edit"))
    keys.press("e")
    keys.sees(keys.page.get_by_label(TEXT))
    keys.to(TEXT)
    keys.rewrite("An offer on Friday")
    keys.press("Alt+w")
    keys.to(WHEN)
    enter_time(keys, tomorrow("15:00"))
    keys.press("Control+Enter")
    keys.sees(keys.button("Approve"))
    keys.press("j", "Enter")
    keys.sees("Approved. It leaves at its time.")


def change_by_touch(thumb: Thumb, brands: list[Brand]) -> None:
    page = thumb.page
    thumb.tap(page.get_by_role("button", name="A sale on Friday"))
    thumb.tap(thumb.link("Edit"))
    thumb.write(page.get_by_label(TEXT), "An offer on Friday")
    thumb.write(page.get_by_label(WHEN), field_value(tomorrow("15:00")))
    thumb.tap(thumb.button("Save changes"))
    thumb.tap(thumb.button("Approve"))
    thumb.sees("Approved. It leaves at its time.")


def change_is_approved(brands: list[Brand]) -> None:
    (post,) = brands[0].call("GET", "/v1/posts")["items"]
    assert (post["status"], post["approved"]) == ("scheduled", True)
    assert brands[0].planned() == [("An offer on Friday", f"{tomorrow('15:00'):%Y-%m-%d %H:%M}")]


# --- pause for a holiday


def holiday() -> tuple[datetime, datetime]:
    first = tomorrow("00:00") + timedelta(days=9)
    return first, first + timedelta(days=2)


def pause_by_keys(keys: Keys, brands: list[Brand]) -> None:
    first, last = holiday()
    keys.press("p")
    keys.sees(keys.page.get_by_role("dialog"))
    keys.to("At a time")
    keys.press("Enter")
    keys.to("From (")
    enter_time(keys, first)
    keys.to("At a time")
    keys.press("Enter")
    keys.to("Until (")
    enter_time(keys, last)
    keys.press("Control+Enter")
    keys.sees("The pause is planned.")


def pause_by_touch(thumb: Thumb, brands: list[Brand]) -> None:
    first, last = holiday()
    page = thumb.page
    thumb.tap(thumb.link("Pause"))
    for group, field, at in (("It begins", "From (", first), ("It ends", "Until (", last)):
        thumb.tap(page.get_by_role("group", name=group).get_by_role("button", name="At a time"))
        thumb.write(page.get_by_label(field), field_value(at))
    thumb.tap(thumb.button("Plan the pause"))
    thumb.sees("The pause is planned.")


def holiday_is_planned(brands: list[Brand]) -> None:
    first, last = holiday()
    (pause,) = brands[0].call("GET", "/v1/pauses")["items"]
    assert (pause["state"], pause["scope"]) == ("scheduled", "workspace")
    assert [datetime.fromisoformat(pause[end]) for end in ("since", "until")] == [first, last]


# --- connect an account

FIELDS = {"Server": "https://fake.example", "User name": "new", "Access token": "t0"}


def connect_by_keys(keys: Keys, brands: list[Brand]) -> None:
    keys.press("g", "a")
    keys.sees(keys.link("Connect an account"))
    keys.press("j", "Enter")
    keys.sees(keys.page.get_by_label("Network"))
    for name, text in FIELDS.items():
        keys.to(name)
        keys.write(text.replace("new", f"new{brands[0].handle[1:]}"))
    keys.press("Enter")
    keys.sees("is connected.")


def connect_by_touch(thumb: Thumb, brands: list[Brand]) -> None:
    thumb.tap(thumb.link("Accounts"))
    thumb.tap(thumb.link("Connect an account"))
    for name, text in FIELDS.items():
        field = thumb.page.get_by_label(name)
        thumb.write(field, text.replace("new", f"new{brands[0].handle[1:]}"))
    thumb.tap(thumb.button("Connect"))
    thumb.sees("is connected.")


def it_is_connected(brands: list[Brand]) -> None:
    handles = {account["handle"] for account in brands[0].call("GET", "/v1/accounts")["items"]}
    assert handles == {brands[0].handle, f"@new{brands[0].handle[1:]}"}


# --- find last month's best post


def month_with_numbers(brands: list[Brand]) -> None:
    brand, now = brands[0], datetime.now(HERE)
    middle = now.replace(day=1, hour=12) - timedelta(days=15)
    months = [(middle, (3, 40, 7)), (now, (90,))]
    for month, likes in months:
        for n, liked in enumerate(likes):
            at = int((month - timedelta(days=n)).timestamp() * 1000) - DAY // 24
            count_published(brand, f"{liked} liked it", at=at, likes=liked)


def best_by_keys(keys: Keys, brands: list[Brand]) -> None:
    keys.press("g", "r")
    keys.sees(keys.button("Last month"))
    keys.press("j", "Enter")
    keys.sees(best(keys))


def best_by_touch(thumb: Thumb, brands: list[Brand]) -> None:
    thumb.tap(thumb.link("Reports"))
    thumb.tap(thumb.button("Last month"))
    thumb.sees(best(thumb))


def best(hands: Hands) -> Locator:
    ranked = hands.page.get_by_role("region", name="What did best").get_by_role("listitem")
    return ranked.first.filter(has_text="40 liked it")


def nothing_changed(brands: list[Brand]) -> None:
    """Looking is enough."""


@dataclass(frozen=True)
class Journey:
    """`keys` and `touch` are the steps that it may take, and `why` says what they are."""

    by_keys: Callable[[Keys, list[Brand]], None]
    by_touch: Callable[[Thumb, list[Brand]], None]
    then: Callable[[list[Brand]], None]
    keys: int
    touch: int
    why: str
    before: Callable[[list[Brand]], None] = nothing_changed
    brands: int = 1


JOURNEYS = {
    "plan a week for three brands": Journey(
        plan_by_keys,
        plan_by_touch,
        week_is_planned,
        keys=64,
        touch=46,
        why="six posts of a text and a time each, and twice another brand",
        brands=3,
    ),
    "fix a typo in a scheduled post": Journey(
        mend_by_keys,
        mend_by_touch,
        typo_is_mended,
        keys=10,
        touch=6,
        why="find it, open it, edit it, write, save",
        before=with_a_typo,
    ),
    "post now": Journey(
        post_by_keys,
        post_by_touch,
        it_is_live,
        keys=7,
        touch=6,
        why="begin, write, say that it is now, send",
    ),
    "something failed at nine": Journey(
        try_again_by_keys,
        try_again_by_touch,
        it_went_out,
        keys=4,
        touch=2,
        why="open what the calendar shows first, read why, try again",
        before=failed_at_nine,
    ),
    "a client wants a change": Journey(
        change_by_keys,
        change_by_touch,
        change_is_approved,
        keys=17,
        touch=9,
        why="find it, other words, another time, save, and approve what was changed",
        before=approved_for_a_client,
    ),
    "pause for a holiday": Journey(
        pause_by_keys,
        pause_by_touch,
        holiday_is_planned,
        keys=17,
        touch=9,
        why="ask for a pause, say from when and until when",
    ),
    "connect an account": Journey(
        connect_by_keys,
        connect_by_touch,
        it_is_connected,
        keys=12,
        touch=9,
        why="the three things that this network asks for",
    ),
    "find last month's best post": Journey(
        best_by_keys,
        best_by_touch,
        nothing_changed,
        keys=4,
        touch=2,
        why="reports, last month; the best comes first",
        before=month_with_numbers,
    ),
}


@pytest.mark.parametrize("hands", [Keys, Thumb])
@pytest.mark.parametrize("name", JOURNEYS)
def test_a_journey_is_short(
    running: ApiServer, browser: Browser, name: str, hands: type[Keys] | type[Thumb]
) -> None:
    journey = JOURNEYS[name]
    brands = [brand(running) for _ in range(journey.brands)]
    journey.before(brands)
    by_touch: dict[str, Any] = {"viewport": NARROW, "has_touch": True, "is_mobile": True}
    settings = by_touch if hands is Thumb else {}
    with tab(browser, running.url, **settings) as opened:
        opened.come_back(key_for(brands))
        taken = hands(opened.page)
        if isinstance(taken, Thumb):
            journey.by_touch(taken, brands)
        else:
            journey.by_keys(taken, brands)
    journey.then(brands)
    keep_to(journey.keys if hands is Keys else journey.touch, journey.why, taken)
