"""Campaigns: posts that belong together, with days, a colour and what they are to reach."""

from shared.core.models import Millis
from shared.core.values import dataclass


@dataclass(frozen=True, slots=True)
class Campaign:
    """Days are dates of the workspace's zone, both included; None leaves that end open."""

    id: str
    workspace_id: str
    name: str
    created_at: Millis
    created_by: str
    first_day: str | None = None
    last_day: str | None = None
    colour: str = ""
    notes: str = ""
    version: int = 1
