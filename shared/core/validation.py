"""What must hold for a post wherever it goes. An adapter checks what its network asks."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict

from shared.core.content import first_comment_for
from shared.core.errors import Problem
from shared.core.hindrances import THEN, paused_words
from shared.core.models import Content, LinkCard, Millis, Variant
from shared.core.pauses import Place, Subject, on_all, stopping
from shared.core.workspaces import Account, AccountState, Installation, PauseScope, Workspace

MAX_CONTENT = 200_000
"""Bytes of everything that a person wrote for one post; half of what one stored item holds."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_PART = re.compile(r"parts\[(\d+)\]\.?(.*)")


def content_problems(content: Content) -> list[Problem]:
    """What can be said without knowing where it goes."""
    found = [p for where, text in _texts(content) if (p := text_problem(where, text))]
    if len(repr(asdict(content)).encode("utf-8", "surrogatepass")) > MAX_CONTENT:
        words = "The post is too large in all; shorten its texts and variants."
        found.append(Problem("text", "post_too_large", words))
    return found


def text_problem(where: str, text: str) -> Problem | None:
    """Characters that no text has, and that networks and stores stumble over."""
    if _CONTROL.search(text) is None:
        return None
    return Problem(where, "bad_characters", "Remove the control characters (such as NUL).")


def _texts(content: Content) -> Iterator[tuple[str, str]]:
    yield "text", content.text
    yield "options.content_warning", content.options.content_warning
    for n, part in enumerate(content.parts):
        yield f"parts[{n}].text", part.text
    yield "first_comment", content.first_comment
    yield from _card_texts("card", content.card)
    for key, variant in content.variants.items():
        yield f"variants.{key}.text", variant.text or ""
        for n, part in enumerate(variant.parts or ()):
            yield f"variants.{key}.parts[{n}].text", part.text
        yield f"variants.{key}.first_comment", variant.first_comment or ""
        yield from _card_texts(f"variants.{key}.card", variant.card)


def _card_texts(where: str, card: LinkCard | None) -> Iterator[tuple[str, str]]:
    if card is not None:
        yield f"{where}.url", card.url
        yield f"{where}.title", card.title
        yield f"{where}.description", card.description


def answer_problems(content: Content) -> Iterator[Problem]:
    """What an answer to somebody cannot have: who reads it looks at the answer, and on networks
    with comments of their own there are none below a comment.
    """
    written = {"first_comment": content.first_comment} | {
        f"variants.{key}.first_comment": variant.first_comment or ""
        for key, variant in content.variants.items()
    }
    for where, text in written.items():
        if text.strip():
            words = "An answer has no first comment; write it into the answer."
            yield Problem(where, "comment_on_answer", words)


def target_problems(
    wanted: Sequence[str],
    variants: Iterable[str],
    *,
    known: Mapping[str, Account],
    names: Iterable[str],
) -> list[Problem]:
    """Accounts that are not there or named twice, and variants for nothing that exists."""
    found = []
    for n, account_id in enumerate(wanted):
        if account_id not in known:
            words = "There is no such account in this workspace."
            found.append(Problem(f"account_ids[{n}]", "unknown_account", words))
        elif account_id in wanted[:n]:
            words = "This account is listed twice."
            found.append(Problem(f"account_ids[{n}]", "duplicate_account", words))
    platforms = set(names)
    for key in variants:
        if key not in platforms and key not in known:
            words = "Variants are keyed by account id or by platform; this is neither."
            found.append(Problem(f"variants.{key}", "unknown_variant", words))
    return found


def readiness_problems(accounts: Sequence[Account]) -> list[Problem]:
    """What keeps a post from being planned, though a draft may be like that."""
    if not accounts:
        return [Problem("account_ids", "no_accounts", "Choose at least one account.")]
    return [
        Problem(
            f"account_ids[{n}]",
            "account_disconnected",
            f"{account.handle} is disconnected; reconnect it, or leave it out.",
        )
        for n, account in enumerate(accounts)
        if account.state is AccountState.DISCONNECTED
    ]


def holding_notices(
    installation: Installation,
    workspace: Workspace,
    accounts: Sequence[Account],
    *,
    approved: bool,
    at: Millis,
    tags: tuple[str, ...] = (),
) -> list[Problem]:
    """What would keep a planned post from leaving at the instant `at`, as things stand; its author
    should know.
    """
    found = _pause_notices((installation, workspace), accounts, at=at, tags=tags)
    for account in accounts:
        if account.state is AccountState.NEEDS_RECONNECT:
            words = f"{account.handle} has lost its connection: posts are held until it is back."
            found.append(Problem("account_ids", "needs_reconnect", words))
    if not approved:
        words = "It leaves once somebody has approved it."
        found.append(Problem("requires_approval", "needs_approval", words))
    return found


def _pause_notices(
    places: Sequence[Place], accounts: Sequence[Account], *, at: Millis, tags: tuple[str, ...]
) -> list[Problem]:
    """Each pause once, whichever accounts it stops."""
    found: dict[str, Problem] = {}
    for account in accounts:
        what = Subject(account.id, account.platform, tags)
        for pause in stopping(on_all(*places, account), what, at=at):
            where = "account_ids" if pause.scope in _OF_ACCOUNTS else "schedule"
            words = f"{paused_words(pause, account.handle)}: {THEN[pause.fate]}."
            found[pause.id] = Problem(where, "paused", words)
    return list(found.values())


_OF_ACCOUNTS = (PauseScope.ACCOUNT, PauseScope.PLATFORM)


def where_in_post(where: str, content: Content, account: Account) -> str:
    """From a place in an account's draft (`parts[0].text`) to where it is in the post.

    The first part of a draft is the post's own text, media and card, and what follows the last one
    is the first comment; what the account's variant sets is found in the variant.
    """
    keys = (account.id, account.platform)
    key = next((key for key in keys if key in content.variants), "")
    variant = content.variants.get(key, Variant())
    parts = content.parts if variant.parts is None else variant.parts
    comment = first_comment_for(content, account).strip()
    path = _path(where, parts=len(parts), comment=bool(comment))
    head = re.split(r"[\[.]", path, maxsplit=1)[0]
    return f"variants.{key}.{path}" if head in _set_by(variant) else path


def _path(where: str, *, parts: int, comment: bool) -> str:
    found = _PART.fullmatch(where)
    if found is None:
        return where
    number, rest = int(found[1]), found[2].replace("media", "media_ids", 1)
    if comment and number > parts:
        return "first_comment"
    later = f"parts[{number - 1}].{rest}" if rest else f"parts[{number - 1}]"
    return later if number else rest or "text"


def _set_by(variant: Variant) -> set[str]:
    fields = {
        "text": variant.text,
        "media_ids": variant.media,
        "parts": variant.parts,
        "options": variant.options,
        "first_comment": variant.first_comment,
        "card": variant.card,
    }
    return {name for name, value in fields.items() if value is not None}
