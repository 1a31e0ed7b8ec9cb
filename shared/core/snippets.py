"""What people write again and again: pieces of text, whole posts to start from, groups of hashtags.

Texts may hold variables: `{offer}`, or with spaces `{first name}`. Some are known (`KNOWN`), the
others are asked for when the text is used. What is no variable stays as it is.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from shared.core.errors import InvalidDraft, Problem
from shared.core.models import Millis, Options
from shared.core.values import dataclass

KNOWN = ("date", "account", "brand")
"""The day it is, the handle of the account that is written for, and the workspace's name."""
MOST = 300
"""Of each kind in one workspace."""
LARGEST = 100_000
"""Bytes of all the texts of one template."""

_VARIABLE = re.compile(r"\{([^\W\d_](?:[\w -]{0,38}\w)?)\}")
_TAG = re.compile(r"[^\s#]*[^\s#\d][^\s#]*")


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of text to be inserted."""

    id: str
    workspace_id: str
    name: str
    text: str
    created_at: Millis
    created_by: str
    version: int = 1


@dataclass(frozen=True, slots=True)
class PostTemplate:
    """A whole post to start from; `parts` are the texts that follow `text` in a thread."""

    id: str
    workspace_id: str
    name: str
    text: str
    created_at: Millis
    created_by: str
    parts: tuple[str, ...] = ()
    options: Options = Options()
    tags: tuple[str, ...] = ()
    account_ids: tuple[str, ...] = ()
    version: int = 1

    @property
    def texts(self) -> tuple[str, ...]:
        return self.text, *self.parts, self.options.content_warning


@dataclass(frozen=True, slots=True)
class HashtagGroup:
    """Hashtags in their order, each with its sign."""

    id: str
    workspace_id: str
    name: str
    tags: tuple[str, ...]
    created_at: Millis
    created_by: str
    version: int = 1


def variables(texts: Iterable[str]) -> tuple[str, ...]:
    """The names that the texts hold, each once, in their order."""
    return tuple(dict.fromkeys(name for text in texts for name in _VARIABLE.findall(text)))


def require_values(texts: Iterable[str], values: Mapping[str, str]) -> None:
    """Raises InvalidDraft for variables that nothing is given for."""
    missing = [name for name in variables(texts) if name not in values]
    if missing:
        raise InvalidDraft(
            [
                Problem(f"values.{name}", "missing_value", f"Say what {{{name}}} stands for.")
                for name in missing
            ]
        )


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its variables filled in, once: a value that looks like one stays as it is."""
    return _VARIABLE.sub(lambda found: values[found[1]], text)


def filled_template(template: PostTemplate, values: Mapping[str, str]) -> PostTemplate:
    warning = filled(template.options.content_warning, values)
    return replace(
        template,
        text=filled(template.text, values),
        parts=tuple(filled(text, values) for text in template.parts),
        options=replace(template.options, content_warning=warning),
    )


def template_problem(template: PostTemplate) -> Problem | None:
    if sum(len(text.encode("utf-8", "surrogatepass")) for text in template.texts) <= LARGEST:
        return None
    words = "The template is too large in all; shorten its texts."
    return Problem("text", "template_too_large", words)


def hashtag(text: str) -> str | None:
    """The tag with its sign; None for what no network takes as one (spaces, digits alone)."""
    bare = text.strip().lstrip("#\uff03")
    return f"#{bare}" if _TAG.fullmatch(bare) else None
