"""Where users can be reached, by their rows."""

from sqlalchemy import select
from typing_extensions import override

from bankcore.identifiers import UserId
from bankcore.notifications.channels import ChannelName, Recipients
from bankcore_infra.db.tables import USERS
from bankcore_infra.db.transactions import Transactions


class SqlRecipients(Recipients):
    """The users of one tenant. A disabled one is told too: it may be why somebody else moves the money."""

    def __init__(self, transactions: Transactions) -> None:
        """With that source of transactions."""
        self._transactions = transactions

    @override
    def find_address(self, user_id: UserId, channel: ChannelName) -> str | None:
        match channel:
            case ChannelName.EMAIL:
                statement = select(USERS.c.email).where(USERS.c.id == user_id)
        address: str | None = self._transactions.run(
            lambda connection: connection.sql.execute(
                statement.where(USERS.c.tenant_id == connection.tenant_id)
            ).scalar_one_or_none(),
            resubmittable=True,
        )
        return address
