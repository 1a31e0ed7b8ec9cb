"""The store of the two functions that listen and count."""

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING

from shared.core.engagement import Due
from shared.core.models import Millis, WakeKind
from shared.core.workspaces import Account, AccountState
from shared.store import keys
from shared.store.base import CredentialStore
from shared.store.dynamo import Table, Wait, at_once
from shared.store.engagement_items import due_from
from shared.store.items import workspace_from
from shared.store.listening import DynamoListening
from shared.store.numbers import DynamoNumbers

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoEngagementStore(DynamoListening, DynamoNumbers, CredentialStore):
    """Implements `shared.core.engagement_ports.EngagementStore` on one table."""

    def __init__(self, client: "DynamoDBClient", table: str, wait: Wait = at_once) -> None:
        super().__init__(Table(client, table, wait))

    def due(self, kind: WakeKind, *, before: Millis, limit: int) -> Sequence[Due]:
        found = self._timers(kind, before=before, limit=limit)
        return [due_from(item) for item in islice(found, limit)]

    def connected_accounts(self) -> Sequence[Account]:
        """One query for the list of workspaces, their settings by the hundred, and one query for
        the accounts of each.
        """
        ids = self._workspace_ids()
        read = self._table.read_many([keys.workspace_key(each) for each in ids], strong=False)
        away = {w.id for item in read.values() if (w := workspace_from(item)).archived_at}
        found = (account for each in ids if each not in away for account in self.accounts(each))
        return [account for account in found if account.state is AccountState.CONNECTED]
