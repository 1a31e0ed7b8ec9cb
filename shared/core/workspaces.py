"""What a workspace has beside its posts: accounts, pauses, files, jobs, keys, its audit trail."""

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from shared.core.models import MINUTE, Failure, Media, Millis, MissedWindow
from shared.core.roles import Role
from shared.core.values import dataclass


class AccountState(StrEnum):
    CONNECTED = "connected"
    NEEDS_RECONNECT = "needs_reconnect"
    DISCONNECTED = "disconnected"


class PauseScope(StrEnum):
    """What a pause stops. Each but the first belongs to one workspace."""

    INSTALLATION = "installation"
    WORKSPACE = "workspace"
    ACCOUNT = "account"
    PLATFORM = "platform"
    TAG = "tag"


class PauseFate(StrEnum):
    """What becomes of what comes due during a pause: it waits for somebody, it leaves after the
    end, or it is left out.
    """

    HOLD = "hold"
    SEND_AFTER = "send_after"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Pause:
    """Stops publishing from `since` (None: at once, whatever a worker's clock says) to `until`
    (None: until somebody resumes). `value` is the account, platform or tag that it is about. `at`
    and `by`: when and by whom it was made. `ended`: somebody said that what it held may go on.
    The rules are in `pauses.py`.
    """

    at: Millis
    by: str
    reason: str = ""
    until: Millis | None = None
    id: str = ""
    scope: PauseScope = PauseScope.WORKSPACE
    value: str = ""
    since: Millis | None = None
    fate: PauseFate = PauseFate.HOLD
    ended: bool = False
    version: int = 1


@dataclass(frozen=True, slots=True)
class Account:
    """One connected profile. `limits` is what its server said about itself when last asked."""

    id: str
    workspace_id: str
    platform: str
    server: str
    remote_id: str
    handle: str
    display_name: str
    created_at: Millis
    label: str = ""
    state: AccountState = AccountState.CONNECTED
    paused: Pause | None = None
    """As the release before this one wrote it; read, and never written any more."""
    pauses: tuple[Pause, ...] = ()
    limits: Mapping[str, int] = field(default_factory=dict)
    verified_at: Millis | None = None
    error: Failure | None = None
    version: int = 1

    @property
    def profile(self) -> str:
        """The profile on its platform, whichever workspace or connection reaches it."""
        return f"{self.platform}|{self.server}|{self.remote_id}"


@dataclass(frozen=True, slots=True)
class Workspace:
    """One brand or client: the tenant boundary. One that is archived is paused, too, and can only
    be read.
    """

    id: str
    name: str
    timezone: str
    created_at: Millis
    max_lateness: Millis = 60 * MINUTE
    missed_window: MissedWindow = MissedWindow.HOLD
    requires_approval: bool = False
    paused: Pause | None = None
    pauses: tuple[Pause, ...] = ()
    """Its own, and those of its platforms and tags; `paused` as in `Account`."""
    archived_at: Millis | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Installation:
    """What holds for everybody. `epoch` is the fence: see `functions/publish/fence.py`. `version`
    counts the changes of its pauses, 0 while nothing is stored.
    """

    epoch: int = 0
    paused: Pause | None = None
    pauses: tuple[Pause, ...] = ()
    version: int = 0


class JobKind(StrEnum):
    """What the api asks the publisher to do with a credential it cannot read itself."""

    VERIFY = "verify"
    EDIT = "edit"
    TAKEDOWN = "takedown"
    DISCONNECT = "disconnect"
    LIKE = "like"
    UNLIKE = "unlike"
    HIDE = "hide"
    UNHIDE = "unhide"


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Job:
    """A task for the publisher that may safely be repeated. `post_id` and `delivery_id`, or
    `item_id` of the inbox, where it concerns one.
    """

    id: str
    workspace_id: str
    kind: JobKind
    account_id: str
    created_at: Millis
    created_by: str
    post_id: str | None = None
    delivery_id: str | None = None
    item_id: str | None = None
    state: JobState = JobState.QUEUED
    wake_at: Millis | None = None
    lease_until: Millis | None = None
    attempt: int = 0
    error: Failure | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what to a post (or, with `post_id` None, to the workspace) and when."""

    id: str
    workspace_id: str
    at: Millis
    by: str
    action: str
    post_id: str | None = None
    detail: Mapping[str, str] = field(default_factory=dict)


class MediaState(StrEnum):
    UPLOADING = "uploading"
    READY = "ready"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A file in the library. `media` is set once its bytes have been checked. `used`: a post was
    saved with it at some time. `preview`: the key of a small form of a picture, if it has one.
    """

    id: str
    workspace_id: str
    name: str
    created_at: Millis
    created_by: str
    key: str
    declared_mime: str
    declared_size: int
    state: MediaState = MediaState.UPLOADING
    media: Media | None = None
    error: Failure | None = None
    version: int = 1
    alt: str = ""
    folder: str = ""
    tags: tuple[str, ...] = ()
    used: bool = False
    preview: str = ""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A bearer token; only the hash of its secret is kept. `workspaces` None means all of them;
    `home` is the one that is meant when a request names none. `person` is the e-mail of whom it
    acts for: it never reaches further than they do at that moment. None: it stands alone.
    `browser`: that person signed in with it.
    """

    id: str
    secret_hash: str
    name: str
    created_at: Millis
    created_by: str
    workspaces: tuple[str, ...] | None = None
    expires_at: Millis | None = None
    revoked_at: Millis | None = None
    home: str | None = None
    role: Role = Role.ADMIN
    person: str | None = None
    browser: bool = False
