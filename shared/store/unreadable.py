"""What was stored or queued cannot be understood by this release, or not be opened by anybody."""

from shared.core.errors import AccessRevoked


class UnreadableRecord(Exception):
    """Written by a newer release, or damaged: it surfaces, and the message says how to mend it."""


def unreadable_credential() -> AccessRevoked:
    return AccessRevoked(
        "the stored credential cannot be opened; connect the account again",
        code="credential_unreadable",
    )
