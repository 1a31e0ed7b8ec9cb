"""The whole contract of a store; a subclass says which store with a `stores` fixture."""

from tests.contract.api_contract import (
    AccessContract,
    AccountContract,
    LibraryContract,
    WorkspaceContract,
)
from tests.contract.counting_contract import AccountNumbersContract, SeriesContract
from tests.contract.engagement_contract import (
    ElsewhereContract,
    ListeningContract,
    TenancyContract,
    TimersContract,
)
from tests.contract.feeds_contract import GoneContract
from tests.contract.inbox_contract import (
    ConversationContract,
    InboxContract,
    ItemContract,
    ListenContract,
    ReplyContract,
)
from tests.contract.kept_contract import KeptContract
from tests.contract.pauses_contract import PauseContract
from tests.contract.posts_contract import CalendarContract, PostContract
from tests.contract.publish_contract import MoveContract, SendingContract, TimerContract
from tests.contract.rate_contract import RateContract
from tests.contract.versions_contract import VersionContract
from tests.contract.voice_contract import VoiceContract


class StoreContract(
    TimerContract,
    MoveContract,
    SendingContract,
    RateContract,
    WorkspaceContract,
    AccountContract,
    LibraryContract,
    KeptContract,
    PauseContract,
    GoneContract,
    VoiceContract,
    VersionContract,
    AccessContract,
    PostContract,
    CalendarContract,
    ItemContract,
    InboxContract,
    ConversationContract,
    ReplyContract,
    ListenContract,
    TimersContract,
    ListeningContract,
    ElsewhereContract,
    TenancyContract,
    SeriesContract,
    AccountNumbersContract,
):
    """Everything but races, which moto cannot hold."""
