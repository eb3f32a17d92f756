"""The names of those who own accounts, out of our users."""

from typing import Final
from uuid import UUID

from typing_extensions import override

from bankcore.documents.holders import HolderNames
from bankcore_infra.db.transactions import Transactions

_FIND_NAME: Final = "SELECT full_name FROM bankcore.users WHERE tenant_id = %s AND id = %s"


class SqlHolderNames(HolderNames):
    """The users of one tenant."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    @override
    def find_name(self, owner_id: str) -> str | None:
        try:
            user_id = UUID(owner_id)
        except ValueError:
            # Only another service knows who that is.
            return None
        name: str | None = self._transactions.rehearse(
            lambda connection: connection.sql.exec_driver_sql(
                _FIND_NAME, (connection.tenant_id, user_id)
            ).scalar_one_or_none()
        )
        return name
