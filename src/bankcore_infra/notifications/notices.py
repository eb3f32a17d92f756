"""What users are told of events, read from the audit log."""

from typing_extensions import override

from bankcore.identity.resets import ResetSecrets
from bankcore.notifications.deliveries import Delivery
from bankcore.notifications.notices import Notification
from bankcore.notifications.ports import Notices
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import Transactions
from bankcore_infra.notifications.links import ResetLinks
from bankcore_infra.notifications.people import People
from bankcore_infra.work.pages import find_event


class SqlNotices(Notices):
    """Of the records of one tenant."""

    def __init__(self, transactions: Transactions, secrets: ResetSecrets) -> None:
        """With the secrets of links that only a mail has."""
        self._transactions = transactions
        self._secrets = secrets

    @override
    def find_notification(self, delivery: Delivery) -> Notification | None:
        def find(connection: TenantConnection) -> Notification | None:
            event = find_event(connection, delivery.event_id, None, None)
            if event is None:
                return None
            links = ResetLinks(connection, self._secrets)
            notification = People(connection, [event], links).notification_for(delivery.user_id, event)
            # The text is made here, while the transaction is open that it may read.
            return None if notification is None else notification.told()

        return self._transactions.run(find, resubmittable=True)
