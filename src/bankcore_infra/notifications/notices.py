"""What users are told of events, read from the audit log."""

from typing_extensions import override

from bankcore.notifications.deliveries import Delivery
from bankcore.notifications.notices import Notification
from bankcore.notifications.ports import Notices
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import Transactions
from bankcore_infra.notifications.people import People
from bankcore_infra.work.pages import find_event


class SqlNotices(Notices):
    """Of the records of one tenant."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    @override
    def find_notification(self, delivery: Delivery) -> Notification | None:
        def find(connection: TenantConnection) -> Notification | None:
            event = find_event(connection, delivery.event_id, None, None)
            if event is None:
                return None
            return People(connection, [event]).notification_for(delivery.user_id, event)

        return self._transactions.run(find, resubmittable=True)
