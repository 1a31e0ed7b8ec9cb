"""People: who belongs to which workspaces, as what, and to which accounts they may publish."""

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import field, replace

from shared.core.errors import InvalidDraft, Problem
from shared.core.models import MINUTE, Millis
from shared.core.roles import Role
from shared.core.values import dataclass

INSTALLATION = "installation"
"""Stands for a workspace where the things of the whole installation are kept; no id is like it."""
INVITATION_LIFE: Millis = 7 * 24 * 60 * MINUTE
MOST_PEOPLE = 1_000
MOST_INVITATIONS = 500
MOST_AT_ONCE = 25
"""Workspaces of one invitation: each is a line in that workspace's trail, written together."""
LONGEST_ADDRESS = 254
"""RFC 5321, 4.5.3.1.3 with the erratum 1690: a path of 256 octets with its angle brackets."""


@dataclass(frozen=True, slots=True)
class Membership:
    """What somebody is in one workspace. `publishes_to`: the accounts on which what they write may
    go out without anybody else; None means all of them.
    """

    role: Role
    publishes_to: tuple[str, ...] | None = None
    since: Millis = 0

    def may_publish_to(self, account_id: str) -> bool:
        return self.publishes_to is None or account_id in self.publishes_to


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, known by their e-mail. An owner is an administrator of every workspace."""

    id: str
    email: str
    created_at: Millis
    name: str = ""
    owner: bool = False
    memberships: Mapping[str, Membership] = field(default_factory=dict)
    workspace_id: str = INSTALLATION
    version: int = 1

    def membership(self, workspace_id: str) -> Membership | None:
        if self.owner:
            return Membership(Role.ADMIN)
        return self.memberships.get(workspace_id)

    def joined(self, memberships: Mapping[str, Membership]) -> "Person":
        return replace(self, memberships={**self.memberships, **memberships})

    def without(self, workspace_id: str) -> "Person":
        left = {w: m for w, m in self.memberships.items() if w != workspace_id}
        return replace(self, memberships=left)


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link that makes whoever opens it a member; only the hash of its secret is kept. `by_owner`:
    whoever made it may do everything, so that it may open everything that the invited one has.
    `host`: the address of whoever made it, by themselves or by a key that acts for them; None: a
    key that stands alone did.
    """

    id: str
    secret_hash: str
    email: str
    memberships: Mapping[str, Membership]
    created_at: Millis
    created_by: str
    expires_at: Millis
    by_owner: bool = False
    host: str | None = None
    workspace_id: str = INSTALLATION
    version: int = 1


def person_id(email: str) -> str:
    """Follows from the normalised address, so that one read finds somebody by it."""
    return f"per_{hashlib.sha256(email.encode()).hexdigest()[:32]}"


def normal_email(given: str, *, where: str = "email") -> str:
    """One form for all spellings. Raises InvalidDraft when it is no address.

    Mailboxes may tell capitals apart (RFC 5321, 2.4), but none that people use does.
    """
    email = unicodedata.normalize("NFC", given.strip()).lower()
    name, _, domain = email.rpartition("@")
    shaped = name and domain and "@" not in name and not any(c.isspace() for c in email)
    if not shaped or not email.isprintable() or len(email) > LONGEST_ADDRESS:
        words = "This is no e-mail address; one looks like ada@bakery.example."
        raise InvalidDraft([Problem(where, "bad_email", words)])
    return email
