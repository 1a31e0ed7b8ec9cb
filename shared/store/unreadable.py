"""What was stored or queued cannot be understood by this release."""


class UnreadableRecord(Exception):
    """Written by a newer release, or damaged: it surfaces, and the message says how to mend it."""
