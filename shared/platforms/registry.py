"""Which networks there are, as text: an adapter is imported when it is first asked for."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, cached_property
from importlib import import_module
from typing import TYPE_CHECKING

from shared.core.errors import InvalidDraft, Problem
from shared.core.models import Draft
from shared.core.platform import Capabilities, Check, Connected, Platform
from shared.core.ports import Clock
from shared.core.workspaces import Account
from shared.platforms.base import Adapter, Context
from shared.platforms.request import Http

if TYPE_CHECKING:
    from shared.core.previewing import ShownPart

ADAPTERS: Mapping[str, str] = {
    "bluesky": "shared.platforms.bluesky:Bluesky",
    "mastodon": "shared.platforms.mastodon:Mastodon",
}


@cache
def adapter(platform: str) -> type[Adapter]:
    """The class behind a name. Raises InvalidDraft for a name that nobody registered."""
    try:
        module, _, name = ADAPTERS[platform].partition(":")
    except KeyError:
        message = f"There is no platform {platform!r}; there are {', '.join(sorted(ADAPTERS))}."
        raise InvalidDraft([Problem("platform", "unknown_platform", message)]) from None
    found: type[Adapter] = getattr(import_module(module), name)
    return found


class Registry:
    """Implements `shared.core.platform.Platforms`.

    `http` is called when the first account is opened, so that a process which only counts
    characters never loads the HTTP library. `options` are the settings' `platform_options`.
    """

    def __init__(
        self, http: Callable[[], Http], *, options: Mapping[str, str], clock: Clock
    ) -> None:
        self._make_http = http
        self._options = dict(options)
        self._clock = clock

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(ADAPTERS))

    def capabilities(self, platform: str) -> Capabilities:
        return adapter(platform).capabilities

    def check(self, account: Account, draft: Draft) -> Check:
        return adapter(account.platform).check(account, draft)

    def preview(self, account: Account, draft: Draft) -> "Sequence[ShownPart]":
        return adapter(account.platform).preview(account, draft)

    def needs_prepare(self, account: Account, draft: Draft) -> bool:
        return adapter(account.platform).needs_prepare(account, draft)

    def connect(self, platform: str, fields: Mapping[str, str]) -> Connected:
        return adapter(platform).connect(fields, self._context(platform))

    def open(self, account: Account, credential: Mapping[str, object]) -> Platform:
        return adapter(account.platform)(account, credential, self._context(account.platform))

    def _context(self, platform: str) -> Context:
        prefix = f"{platform}."
        own = {
            name.removeprefix(prefix): value
            for name, value in self._options.items()
            if name.startswith(prefix)
        }
        return Context(self._http, self._clock, own)

    @cached_property
    def _http(self) -> Http:
        return self._make_http()
