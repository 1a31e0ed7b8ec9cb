"""What an answer to somebody becomes before it is counted, sent, edited or looked for.

A reply reaches its reader only when it names them, and no reply may be seen by more people than
what it answers (https://docs.joinmastodon.org/methods/statuses/#create and
https://docs.joinmastodon.org/user/posting/#privacy, read 2026-11).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from shared.core.models import Draft, Target
from shared.platforms.base import maybe_list, maybe_text
from shared.platforms.mastodon_count import MENTION
from shared.platforms.mastodon_seen import VISIBILITIES


def as_sent(draft: Draft) -> Draft:
    """The draft that leaves: the author named in the first part, shown to no more than they chose.
    Without `reply_to` the draft itself.
    """
    if draft.reply_to is None:
        return draft
    known = _known(draft.reply_to)
    first, *others = draft.parts
    text = _naming(first.text, [name for name in maybe_list(known, "names") if _is_name(name)])
    chosen = _narrower(draft.options.visibility, maybe_text(known, "visibility"))
    options = replace(draft.options, visibility=chosen)
    return replace(draft, parts=(replace(first, text=text), *others), options=options)


def _known(target: Target) -> Mapping[str, object]:
    try:
        known = json.loads(target.extra or "{}")
    except ValueError:
        return {}
    return known if isinstance(known, dict) else {}


def _is_name(name: object) -> bool:
    """What the server would not take for a mention must not get into somebody's text."""
    return isinstance(name, str) and MENTION.fullmatch(f"@{name}") is not None


def _naming(text: str, names: Sequence[object]) -> str:
    """`names` are the same person's; the first is the one to write."""
    there = {match.group()[1:].casefold() for match in MENTION.finditer(text)}
    if not names or any(str(name).casefold() in there for name in names):
        return text
    return f"@{names[0]} {text}".rstrip()


def _narrower(chosen: str, parent: str) -> str:
    """An unknown one stays: `check` says what is wrong with it."""
    if chosen not in VISIBILITIES or parent not in VISIBILITIES:
        return chosen
    return max(chosen, parent, key=VISIBILITIES.index)
