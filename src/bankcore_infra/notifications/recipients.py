"""Where users can be reached, by their rows."""

from typing import Final

from typing_extensions import override

from bankcore.identifiers import UserId
from bankcore.notifications.channels import ChannelName, Recipients
from bankcore_infra.db.transactions import Transactions

_FIND_EMAIL: Final = "SELECT email FROM bankcore.users WHERE tenant_id = %s AND id = %s"


class SqlRecipients(Recipients):
    """The users of one tenant. A disabled user is told too: somebody else may be moving the money."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    @override
    def find_address(self, user_id: UserId, channel: ChannelName) -> str | None:
        match channel:
            case ChannelName.EMAIL:
                statement = _FIND_EMAIL
        address: str | None = self._transactions.run(
            lambda connection: connection.sql.exec_driver_sql(
                statement, (connection.tenant_id, user_id)
            ).scalar_one_or_none(),
            resubmittable=True,
        )
        return address
