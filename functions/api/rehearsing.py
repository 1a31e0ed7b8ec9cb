"""The checks of a rehearsal that compare what is planned with what holds. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from functions.api.planning import preparing
from functions.api.schemas.rehearsals import Effect
from shared.core.content import draft_of, fingerprint
from shared.core.explaining import STOPPED, explain
from shared.core.hindrances import Standing, hindrances
from shared.core.models import MINUTE, SECOND, Delivery, Draft, Media, Millis, Post
from shared.core.rate import Budget, Pace, earliest, taken
from shared.core.values import dataclass
from shared.core.workspaces import Account
from shared.store.views import media_of

NOTED: Millis = 10 * SECOND
"""A delay that a rehearsal speaks of."""
IN_FLIGHT: Millis = MINUTE
"""Two posts of the same words this close may meet: the second waits for the first."""


@dataclass(frozen=True, slots=True)
class Sending:
    """A planned delivery with its post, the account that it would leave from, and what holds."""

    post: Post
    delivery: Delivery
    account: Account
    standing: Standing

    @property
    def draft(self) -> Draft:
        return draft_of(self.post, self.account)

    @property
    def at(self) -> Millis:
        """When it is to leave as things stand."""
        return max(self.delivery.due_at, self.delivery.retry_at or 0)


@dataclass(frozen=True, slots=True)
class Found:
    sending: Sending
    effect: Effect
    code: str
    words: str
    todo: str = ""
    where: str = ""
    other_post_id: str | None = None


def by_standing(sending: Sending, *, now: Millis) -> list[Found]:
    """Account, pauses, approval, the window; or what stopped it already."""
    delivery, standing = sending.delivery, sending.standing
    if delivery.state in STOPPED:
        said = explain(delivery, standing, now=now)
        return [Found(sending, Effect.STOPS, "stopped_already", said.words, said.todo)]
    return [
        Found(
            sending,
            Effect.STOPS if each.until is None else Effect.DELAYS,
            each.code,
            each.words,
            each.todo,
        )
        for each in hindrances(delivery, standing, at=sending.at)
    ]


def by_preparing(sending: Sending, *, now: Millis) -> list[Found]:
    """What has to be uploaded or looked up first, and is planned too soon for that."""
    takes, words = preparing(sending.post.content)
    if sending.delivery.prepared or sending.at >= now + takes:
        return []
    return [Found(sending, Effect.DELAYS, "prepared_first", words)]


def files(draft: Draft) -> list[Media]:
    cards = (part.card.media for part in draft.parts if part.card and part.card.media)
    shown = chain((media for part in draft.parts for media in part.media), cards)
    return list({media.key: media for media in shown}.values())


def by_files(sending: Sending, sizes: Mapping[str, int | None]) -> list[Found]:
    """`sizes` by key, in bytes; None: the file is gone."""
    found = []
    for media in files(sending.draft):
        size = sizes[media.key]
        if size is None:
            words, code = f"A file of it ({media.mime}) is no longer there.", "media_missing"
        elif size != media.size:
            words, code = (
                f"A file of it ({media.mime}) is not the one that was checked.",
                "media_changed",
            )
        else:
            continue
        found.append(Found(sending, Effect.STOPS, code, words, "Take it off and add it again."))
    return found


def by_twins(sendings: Iterable[Sending]) -> list[Found]:
    """The same words twice on one profile."""
    found: list[Found] = []
    last: dict[tuple[str, str], Sending] = {}
    for sending in _in_order(sendings):
        key = sending.account.profile, fingerprint(sending.draft)
        before = last.get(key)
        last[key] = sending
        if before is None or not sending.draft.parts[0].text.strip():
            continue
        words = f"The same words go to {sending.account.handle} with another post before it."
        todo, effect = "Nothing, if that is meant; else edit or cancel one of them.", Effect.NOTICE
        if sending.at - before.at < IN_FLIGHT:
            words, effect = f"{words} It waits until that one is out.", Effect.DELAYS
        other = before.post.id
        found.append(Found(sending, effect, "same_words", words, todo, other_post_id=other))
    return found


def _in_order(sendings: Iterable[Sending]) -> list[Sending]:
    return sorted(sendings, key=lambda s: (s.at, s.delivery.id))


def by_pace(
    sendings: Iterable[Sending], *, calls: Pace, uploads: Pace | None, lead: Millis
) -> list[Found]:
    """More on one profile than its network allows: the publisher spreads it, and some is late.

    `lead`: how long before its time its files go up.
    """
    found: list[Found] = []
    sent, carried = Budget(), Budget()
    for sending in _in_order(sendings):
        at = sending.at
        number = 0 if sending.delivery.prepared else len(files(sending.draft))
        if uploads is not None and number:
            there, carried = _next(carried, uploads, at=at - lead, cost=number)
            at = max(at, there)
        leaves, sent = _next(sent, calls, at=at, cost=len(sending.draft.parts))
        if leaves - sending.at >= NOTED:
            found.append(_late(sending, leaves))
    return found


def _next(budget: Budget, pace: Pace, *, at: Millis, cost: int) -> tuple[Millis, Budget]:
    """When `cost` calls wanted at `at` may leave, and the budget after them."""
    when = max(at, earliest(budget, pace, cost=cost))
    return when, taken(budget, pace, now=when, cost=cost) or budget


def _late(sending: Sending, leaves: Millis) -> Found:
    late = leaves - sending.at
    words = (
        f"More is planned on {sending.account.handle} around this time than its network takes: it "
        f"leaves about {_span(late)} late."
    )
    todo = "Spread these posts over more time."
    for each in hindrances(sending.delivery, sending.standing, at=leaves):
        if each.code == "missed_window":
            return Found(sending, Effect.STOPS, "rate_budget", f"{words} {each.words}", todo)
    return Found(sending, Effect.DELAYS, "rate_budget", words, todo)


def _span(late: Millis) -> str:
    if late < MINUTE:
        return f"{late // SECOND} seconds"
    minutes = -(-late // MINUTE)
    return "a minute" if minutes == 1 else f"{minutes} minutes"


def all_files(sendings: Sequence[Sending]) -> set[str]:
    """The keys of every file that any of them would show."""
    return {media.key for sending in sendings for media in media_of(sending.post.content)}
