"""Mails to people, where the installation can send any: Cognito's, with a first password."""

from shared.core.errors import SocialError
from shared.core.services import Api


def mailed(api: Api, email: str) -> bool:
    """Whether they can sign in now with what they have, or with what a mail brings them. What was
    done for them stands either way: there is the link.
    """
    if api.door is None or api.door.directory is None:
        return False
    try:
        api.door.directory.welcome(email)
    except Exception as error:  # noqa: BLE001  the invitation stands: without an answer its link would be lost
        why = error.message if isinstance(error, SocialError) else type(error).__name__
        api.telemetry.log("not mailed", error=why)
        return False
    return True
