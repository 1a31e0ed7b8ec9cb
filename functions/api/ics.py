"""Events as iCalendar (RFC 5545). The library is loaded when the first feed is written."""

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.core.feeds import Event
from shared.core.schedule import to_datetime

if TYPE_CHECKING:
    import icalendar

LASTS = timedelta(minutes=15)
"""A post is a moment; a calendar's cell needs a height."""
REFRESH = timedelta(minutes=15)
_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def written(name: str, note: str, events: Iterable[Event]) -> str:
    """Instants are in UTC: every program shows those in its reader's zone, without having to
    understand ours, and the plan's instants are what is kept.
    """
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//Tidings//Feeds//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    for field in ("name", "x-wr-calname"):
        calendar.add(field, plain(name))
    if note:
        for field in ("description", "x-wr-caldesc"):
            calendar.add(field, note)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT15M")
    for event in events:
        calendar.add_component(_component(event))
    return str(calendar.to_ical().decode())


def _component(event: Event) -> "icalendar.Event":
    import icalendar

    made = icalendar.Event()
    changed = to_datetime(event.changed_at).replace(microsecond=0)
    made.add("uid", f"{event.post_id}@tidings")
    # Without a METHOD this is when the event was last revised (RFC 5545, 3.8.7.2), so what did not
    # change reads the same however often it is asked for.
    made.add("dtstamp", changed)
    made.add("last-modified", changed)
    made.add("sequence", event.sequence)
    made.add("dtstart", to_datetime(event.start).replace(microsecond=0))
    made.add("duration", LASTS)
    made.add("summary", plain(event.title).replace("\n", " "))
    # Some programs show no URL, so the words end with it.
    made.add("description", plain(f"{event.words}\n\n{event.url}".strip()))
    made.add("status", event.standing.value)
    made.add("transp", "TRANSPARENT")
    if event.url:
        made.add("url", event.url)
    if event.tags:
        made.add("categories", [plain(tag) for tag in event.tags])
    return made


def plain(text: str) -> str:
    """Text as iCalendar has it: line feeds are the only breaks, and no other control characters.
    What many parsers take for the end of a line becomes a line feed, which is escaped.
    """
    return _CONTROLS.sub("", _BREAKS.sub("\n", text))
