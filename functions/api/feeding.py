"""What a calendar feed shows, in a bounded number of reads: from the index first, then texts."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from functions.api.views import entry_status
from shared.core.campaigns import Campaign, called
from shared.core.content import draft_for
from shared.core.feeds import (
    AHEAD,
    BEHIND,
    GONE,
    SAID,
    TEXT,
    CalendarFeed,
    Event,
    GonePost,
    Standing,
    changed_at,
    is_about,
    shows,
    standing_of,
    title_of,
)
from shared.core.models import MINUTE, Millis, Post
from shared.core.ports import CalendarEntry
from shared.core.posts import PostStatus
from shared.core.schedule import rfc3339
from shared.core.services import Api
from shared.core.values import dataclass
from shared.core.workspaces import Account

MOST = 1_000
"""Events of one feed: with their texts about 2 MB, and Lambda answers 6 MB at most."""
PAGES = 4
"""Index reads for one span, of up to 1 MB each."""
GONE_SHOWN = 200
LATELY: Millis = 24 * 60 * MINUTE
"""How far back a feed reaches when its whole window does not fit."""
Shown = tuple[CalendarEntry, PostStatus]


@dataclass(frozen=True, slots=True)
class Outline:
    """All but the texts. `note`: what the feed leaves out, where it leaves something out."""

    events: tuple[Event, ...]
    accounts: tuple[Account, ...]
    note: str = ""


def outline(api: Api, feed: CalendarFeed, *, home: str, now: Millis, most: int = MOST) -> Outline:
    """From the indexes: 4 reads for most workspaces, 11 at most. `home` is where the page is."""
    accounts = api.store.accounts(feed.workspace_id)
    campaigns = api.store.all_kept(Campaign, feed.workspace_id)
    about = next((c for c in campaigns if c.id == feed.campaign), None)
    found, note = _shown(api, feed, about, now=now, most=most)
    teller = _Teller(feed, {a.id: _name(api, a) for a in accounts}, campaigns, home)
    gone = api.store.gone_posts(feed.workspace_id, since=now - GONE, limit=GONE_SHOWN)
    events = [teller.event(entry, status) for entry, status in found]
    events += [_gone(post) for post in gone if is_about(feed, post, campaign=about)]
    return Outline(tuple(events), tuple(accounts), note)


def _shown(
    api: Api, feed: CalendarFeed, about: Campaign | None, *, now: Millis, most: int
) -> tuple[list[Shown], str]:
    """The whole window or, where it does not fit, what comes next: nobody can do without that."""
    found, cut = _between(api, feed, about, start=now - BEHIND, now=now, most=most)
    if not cut:
        return found, ""
    found, cut = _between(api, feed, about, start=now - LATELY, now=now, most=most)
    end = f", until {rfc3339(_last(found, now))[:10]}" if cut else ""
    return found, f"There is more than one feed holds: this shows the posts from yesterday on{end}."


def _last(found: Sequence[Shown], now: Millis) -> Millis:
    return (found[-1][0].post.due_at or now) if found else now


def _between(
    api: Api,
    feed: CalendarFeed,
    about: Campaign | None,
    *,
    start: Millis,
    now: Millis,
    most: int,
) -> tuple[list[Shown], bool]:
    """True: there is more."""
    found: list[Shown] = []
    after, end = None, now + AHEAD
    for _ in range(PAGES):
        page = api.store.calendar(
            feed.workspace_id, start=start, end=end, limit=most - len(found), after=after
        )
        for entry in page.items:
            status = entry_status(entry)
            if shows(feed, entry.post, status, campaign=about, now=now):
                found.append((entry, status))
        after = page.next
        if after is None or len(found) >= most:
            break
    return found, after is not None


def _name(api: Api, account: Account) -> str:
    title = api.platforms.capabilities(account.platform).title
    return f"{account.label or account.handle} ({title})"


@dataclass(frozen=True, slots=True)
class _Teller:
    """Words about posts."""

    feed: CalendarFeed
    accounts: Mapping[str, str]
    campaigns: Sequence[Campaign]
    home: str

    def event(self, entry: CalendarEntry, status: PostStatus) -> Event:
        post = entry.post
        return Event(
            post_id=post.id,
            start=post.due_at or 0,
            changed_at=changed_at(entry),
            sequence=post.version,
            standing=standing_of(status),
            title=title_of(post.excerpt, status),
            words="\n".join(self._lines(entry, status)),
            tags=post.tags if self.feed.text else (),
            url=f"{self.home}/#/posts/{post.id}",
        )

    def _lines(self, entry: CalendarEntry, status: PostStatus) -> list[str]:
        lines = [SAID[status]]
        names = [self.accounts[a] for a in entry.post.account_ids if a in self.accounts]
        if names:
            lines.append(f"Goes to {', '.join(names)}.")
        if self.feed.text and entry.post.campaign:
            found = called(self.campaigns, entry.post.campaign)
            lines.append(f"Campaign: {found.name if found else entry.post.campaign}")
        return lines


def _gone(post: GonePost) -> Event:
    return Event(
        post_id=post.id,
        start=post.due_at,
        changed_at=post.deleted_at,
        sequence=post.version,
        standing=Standing.CANCELLED,
        title="A deleted post",
        words="Deleted: nothing goes out.",
    )


def with_texts(api: Api, feed: CalendarFeed, found: Outline) -> list[Event]:
    """One more read for every 100 posts, where the feed shows texts; none otherwise."""
    if not feed.text:
        return list(found.events)
    wanted = [e.post_id for e in found.events if e.standing is not Standing.CANCELLED]
    posts = api.store.posts(feed.workspace_id, wanted)
    account = next((a for a in found.accounts if a.id == feed.account_id), None)
    return [
        replace(e, words=f"{e.words}\n\n{_text(posts[e.post_id], account)}")
        if e.post_id in posts
        else e
        for e in found.events
    ]


def _text(post: Post, account: Account | None) -> str:
    """As the feed's account would send it, or as it was written for all."""
    if account is not None:
        parts = [part.text for part in draft_for(post.content, account).parts]
    else:
        content = post.content
        parts = [content.text, *(part.text for part in content.parts), content.first_comment]
    text = "\n\n".join(part for part in parts if part.strip())
    return text if len(text) <= TEXT else f"{text[: TEXT - 1].rstrip()}…"
