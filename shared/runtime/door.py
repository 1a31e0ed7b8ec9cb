"""What the environment tells the api of who may come in; read once and checked.

Every name here is set for ApiFunction in `template.yaml`; a test holds the two equal.
"""

import os
from collections.abc import Mapping
from urllib.parse import urlsplit

from shared.core.issuers import Registration
from shared.core.values import dataclass
from shared.runtime.settings import BadSettings


@dataclass(frozen=True, slots=True)
class DoorSettings:
    """`registration` None: people sign in by links and keys only. `user_pool_id`: of the stack's
    own Cognito pool, or empty. The others as in `Door`.
    """

    registration: Registration | None
    owner: str
    time_zone: str
    user_pool_id: str


def read_door(environ: Mapping[str, str] | None = None) -> DoorSettings:
    """Raises BadSettings."""
    env = os.environ if environ is None else environ
    owner, zone = env.get("OWNER_EMAIL", ""), env.get("TIME_ZONE") or "UTC"
    return DoorSettings(_registration(env), owner, zone, env.get("USER_POOL_ID", ""))


def _registration(env: Mapping[str, str]) -> Registration | None:
    issuer, client_id = env.get("OIDC_ISSUER", ""), env.get("OIDC_CLIENT_ID", "")
    name, emails = env.get("OIDC_NAME", ""), env.get("OIDC_EMAILS", "")
    if not issuer:
        return None
    if not client_id:
        raise BadSettings("OIDC_ISSUER needs OIDC_CLIENT_ID: how the issuer knows Tidings")
    if emails not in {"all", "verified"}:
        raise BadSettings(f"OIDC_EMAILS is verified or all, not {emails!r}")
    shown = name or urlsplit(issuer).hostname or issuer
    return Registration(issuer, client_id, shown, any_email=emails == "all")
