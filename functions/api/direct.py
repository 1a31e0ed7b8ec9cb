"""What only somebody with access to the AWS account may ask: it never comes by HTTP."""

from collections.abc import Callable, Mapping

from functions.api.auth import fresh_key, secret_hash
from shared.core.models import MINUTE, Millis
from shared.core.schedule import zone
from shared.core.services import Api
from shared.core.workspaces import AuditEntry, Workspace

CODE: Millis = 60 * MINUTE
"""How long a sign-in link works."""


class BadInvocation(Exception):
    """The event asks for something that does not exist, or lacks what it needs."""


def first_key(api: Api, event: Mapping[str, object]) -> dict[str, str]:
    """`{"email", "timezone"}` → a key for all workspaces, which means the first where
    a request names none.
    """
    email, timezone = _text(event, "email"), _text(event, "timezone")
    zone(timezone)
    first = first_workspace(api, email, timezone)
    made = fresh_key(
        api, name="Administrator", by=email, workspaces=None, expires_at=None, home=first.id
    )
    return {"api_key": made.token, "workspace_id": first.id}


def first_workspace(api: Api, email: str, timezone: str) -> Workspace:
    """The oldest; made if there is none yet."""
    known = api.store.workspaces()
    if known:
        return min(known, key=lambda w: (w.created_at, w.id))
    now = api.clock.now()
    made = Workspace(api.ids.new("wsp"), "My workspace", timezone, created_at=now)
    entry = AuditEntry(api.ids.new("aud"), made.id, now, email, "workspace.created")
    api.store.create_workspace(made, entry)
    return made


def sign_in_link(api: Api, event: Mapping[str, object]) -> dict[str, str]:
    """`{"email"}` → `{"code"}`, to be put behind `/#sign-in=`; it works once, within an hour."""
    email = _text(event, "email")
    code = api.secrets.new()
    api.store.create_sign_in(secret_hash(code), email=email, expires_at=api.clock.now() + CODE)
    return {"code": code}


def _text(event: Mapping[str, object], name: str) -> str:
    value = event.get(name)
    if not isinstance(value, str) or not value:
        raise BadInvocation(f'the event needs a text {name!r}: {{"action": …, "{name}": "…"}}')
    return value


ACTIONS: Mapping[str, Callable[[Api, Mapping[str, object]], dict[str, str]]] = {
    "first_key": first_key,
    "sign_in_link": sign_in_link,
}


def act(api: Api, event: Mapping[str, object]) -> dict[str, str]:
    """Raises BadInvocation, naming what there is."""
    action = event.get("action")
    if not isinstance(action, str) or action not in ACTIONS:
        raise BadInvocation(f"unknown action {action!r}; there are {', '.join(ACTIONS)}")
    return ACTIONS[action](api, event)
