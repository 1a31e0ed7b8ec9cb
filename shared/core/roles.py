"""What somebody may do."""

from enum import StrEnum


class Role(StrEnum):
    """What somebody may do, each including those before it. `OWNER` holds for the installation and
    is never given in a workspace.
    """

    VIEWER = "viewer"
    EDITOR = "editor"
    APPROVER = "approver"
    ADMIN = "admin"
    OWNER = "owner"

    def reaches(self, least: "Role") -> bool:
        return _ORDER[self] >= _ORDER[least]


_ORDER = {role: rank for rank, role in enumerate(Role)}


def lesser(one: Role, other: Role) -> Role:
    return other if one.reaches(other) else one
