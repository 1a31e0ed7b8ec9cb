"""What must hold for a post wherever it goes. An adapter checks what its network asks."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict

from shared.core.errors import Problem
from shared.core.hindrances import THEN, paused_words
from shared.core.models import Content, Millis, Variant
from shared.core.pauses import Subject, on_all, stopping
from shared.core.workspaces import Account, AccountState, PauseScope, Workspace

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
    for key, variant in content.variants.items():
        yield f"variants.{key}.text", variant.text or ""
        for n, part in enumerate(variant.parts or ()):
            yield f"variants.{key}.parts[{n}].text", part.text


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
    found = _pause_notices(workspace, accounts, at=at, tags=tags)
    for account in accounts:
        if account.state is AccountState.NEEDS_RECONNECT:
            words = f"{account.handle} has lost its connection: posts are held until it is back."
            found.append(Problem("account_ids", "needs_reconnect", words))
    if not approved:
        words = "It leaves once somebody has approved it."
        found.append(Problem("requires_approval", "needs_approval", words))
    return found


def _pause_notices(
    workspace: Workspace, accounts: Sequence[Account], *, at: Millis, tags: tuple[str, ...]
) -> list[Problem]:
    """Each pause once, whichever accounts it stops."""
    found: dict[str, Problem] = {}
    for account in accounts:
        what = Subject(account.id, account.platform, tags)
        for pause in stopping(on_all(workspace, account), what, at=at):
            where = "account_ids" if pause.scope in _OF_ACCOUNTS else "schedule"
            words = f"{paused_words(pause, account.handle)}: {THEN[pause.fate]}."
            found[pause.id] = Problem(where, "paused", words)
    return list(found.values())


_OF_ACCOUNTS = (PauseScope.ACCOUNT, PauseScope.PLATFORM)


def where_in_post(where: str, content: Content, account: Account) -> str:
    """From a place in an account's draft (`parts[0].text`) to where it is in the post.

    The first part of a draft is the post's own text and media; what the account's variant sets is
    found in the variant.
    """
    path = where
    if found := _PART.fullmatch(where):
        number, rest = int(found[1]), found[2].replace("media", "media_ids", 1)
        later = f"parts[{number - 1}].{rest}" if rest else f"parts[{number - 1}]"
        path = later if number else rest or "text"
    head = re.split(r"[\[.]", path, maxsplit=1)[0]
    for key in (account.id, account.platform):
        variant = content.variants.get(key)
        if variant is not None:
            return f"variants.{key}.{path}" if head in _set_by(variant) else path
    return path


def _set_by(variant: Variant) -> set[str]:
    fields = {
        "text": variant.text,
        "media_ids": variant.media,
        "parts": variant.parts,
        "options": variant.options,
    }
    return {name for name, value in fields.items() if value is not None}
