"""The whole contract of a store; a subclass says which store with a `stores` fixture."""

from tests.contract.api_contract import (
    AccessContract,
    AccountContract,
    LibraryContract,
    WorkspaceContract,
)
from tests.contract.posts_contract import CalendarContract, PostContract
from tests.contract.publish_contract import MoveContract, SendingContract, TimerContract


class StoreContract(
    TimerContract,
    MoveContract,
    SendingContract,
    WorkspaceContract,
    AccountContract,
    LibraryContract,
    AccessContract,
    PostContract,
    CalendarContract,
):
    """Everything but races, which moto cannot hold."""
