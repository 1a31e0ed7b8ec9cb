"""What adapters share: the shape the registry opens, typed access to answers and credentials."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar

from shared.core.errors import AccessRevoked, InvalidDraft, Problem, Unreadable, Unsupported
from shared.core.models import Draft, Millis, Remote, Target
from shared.core.platform import Capabilities, Check, Connected, Outgoing, Prepared
from shared.core.ports import Clock, MediaBytes
from shared.core.values import dataclass
from shared.core.workspaces import Account
from shared.platforms.guard import HostUnknown, ServerRefused
from shared.platforms.request import Http

if TYPE_CHECKING:
    from shared.core.engagement import Author, Metrics, OwnPage, SeenItem, SeenPage, Thread
    from shared.core.previewing import ShownPart


@dataclass(frozen=True, slots=True)
class Context:
    """What an adapter is given; `options` are its own of `PLATFORM_OPTIONS`, prefix removed."""

    http: Http
    clock: Clock
    options: Mapping[str, str]


class Adapter:
    """One account on one network. A verb that a subclass does not define raises Unsupported.

    The contracts of the verbs are in `shared.core.platform.Platform`; the class methods answer for
    the platform as a whole and are reached through the registry.
    """

    capabilities: ClassVar[Capabilities]

    def __init__(
        self, account: Account, credential: Mapping[str, object], context: Context
    ) -> None:
        self.account = account
        self._credential = dict(credential)
        self.context = context
        self.http = context.http

    @classmethod
    def check(cls, account: Account, draft: Draft) -> Check:
        """Pure: calls no network."""
        raise cls._unsupported("check")

    @classmethod
    def preview(cls, account: Account, draft: Draft) -> "Sequence[ShownPart]":
        """Pure: calls no network."""
        raise cls._unsupported("preview")

    @classmethod
    def needs_prepare(cls, account: Account, draft: Draft) -> bool:
        """Pure: calls no network."""
        raise cls._unsupported("needs_prepare")

    @classmethod
    def connect(cls, fields: Mapping[str, str], context: Context) -> Connected:
        """Raises InvalidDraft, AccessRevoked, Transient, RateLimited, Unreadable."""
        raise cls._unsupported("connect")

    @property
    def credential(self) -> Mapping[str, object]:
        return dict(self._credential)

    def expires_at(self) -> Millis | None:
        return None

    def prepare(self, draft: Draft, handles: Mapping[str, object], media: MediaBytes) -> Prepared:
        raise self._unsupported("prepare")

    def publish(self, outgoing: Outgoing) -> Remote:
        raise self._unsupported("publish")

    def locate(self, outgoing: Outgoing, *, since: Millis, owned: frozenset[str]) -> Remote | None:
        raise self._unsupported("locate")

    def edit(self, outgoing: Outgoing, remote: Remote) -> Remote:
        raise self._unsupported("edit")

    def delete(self, remote: Remote) -> None:
        raise self._unsupported("delete")

    def activity(self, *, since: Millis, page: str | None) -> "SeenPage":
        raise self._unsupported("activity")

    def threads(self, remotes: Sequence[Remote]) -> "Mapping[str, Thread | None]":
        raise self._unsupported("threads")

    def look(self, remote_ids: Sequence[str]) -> "Mapping[str, SeenItem | None]":
        raise self._unsupported("look")

    def own_posts(self, *, since: Millis, page: str | None) -> "OwnPage":
        raise self._unsupported("own_posts")

    def post_metrics(self, remotes: Sequence[Remote]) -> "Mapping[str, Metrics | None]":
        raise self._unsupported("post_metrics")

    def account_metrics(self) -> "Metrics":
        raise self._unsupported("account_metrics")

    def like(self, target: Target, *, liked: bool) -> None:
        raise self._unsupported("like")

    def hide(self, target: Target, *, hidden: bool) -> None:
        raise self._unsupported("hide")

    def find_people(self, typed: str) -> "Sequence[Author]":
        raise self._unsupported("find_people")

    def verify(self) -> Connected:
        raise self._unsupported("verify")

    def refresh(self) -> Mapping[str, object]:
        raise self._unsupported("refresh")

    def revoke(self) -> None:
        raise self._unsupported("revoke")

    def secret(self, name: str) -> str:
        """One text of the credential. Raises AccessRevoked when it is not there: reconnect."""
        value = self._credential.get(name)
        if not isinstance(value, str) or not value:
            raise AccessRevoked(f"the stored credential has no {name}", code="needs_reconnect")
        return value

    @classmethod
    def _unsupported(cls, verb: str) -> Unsupported:
        return Unsupported(f"{cls.capabilities.title} has no {verb}")


def entered(fields: Mapping[str, str], name: str, label: str) -> str:
    """What a person entered, blanks around it removed. Raises InvalidDraft when it is missing."""
    value = fields.get(name, "").strip()
    if not value:
        raise InvalidDraft([Problem(f"fields.{name}", "missing", f"{label} is missing.")])
    return value


@contextmanager
def entering(where: str) -> Iterator[None]:
    """A server that nobody can find or may reach is, while connecting, a slip of the pen."""
    try:
        yield
    except ServerRefused as error:
        problems = [Problem(where, problem.code, problem.message) for problem in error.problems]
        raise InvalidDraft(problems) from error
    except HostUnknown as error:
        message = "There is no server of this name. Check the spelling."
        raise InvalidDraft([Problem(where, "bad_server_url", message)]) from error


def limit(account: Account, name: str, otherwise: int) -> int:
    """What the account's server said about itself when it was last asked, if it did."""
    value = account.limits.get(name)
    return otherwise if value is None or value <= 0 else value


def as_object(value: object, what: str) -> Mapping[str, object]:
    """Raises Unreadable when `value` is no JSON object; `what` names it in the message."""
    if not isinstance(value, dict):
        raise Unreadable(f"{what} is not an object")
    return value


def as_list(value: object, what: str) -> Sequence[object]:
    if not isinstance(value, list):
        raise Unreadable(f"{what} is not a list")
    return value


def text_of(holder: Mapping[str, object], name: str) -> str:
    """A text that must be there and not be empty. Raises Unreadable."""
    value = holder.get(name)
    if not isinstance(value, str) or not value:
        raise Unreadable(f"{name} is missing in the answer")
    return value


def id_of(holder: Mapping[str, object], name: str = "id") -> str:
    """An identifier, which some servers send as a number. Raises Unreadable."""
    number = maybe_whole(holder, name)
    return text_of(holder, name) if number is None else str(number)


def maybe_text(holder: Mapping[str, object], name: str) -> str:
    """A text that may be absent: then empty."""
    value = holder.get(name)
    return value if isinstance(value, str) else ""


def maybe_object(holder: Mapping[str, object], name: str) -> Mapping[str, object]:
    """An object that may be absent: then empty."""
    value = holder.get(name)
    return value if isinstance(value, dict) else {}


def maybe_list(holder: Mapping[str, object], name: str) -> Sequence[object]:
    value = holder.get(name)
    return value if isinstance(value, list) else []


def maybe_whole(holder: Mapping[str, object], name: str) -> int | None:
    """A whole number that may be absent. JSON's true is none."""
    value = holder.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
