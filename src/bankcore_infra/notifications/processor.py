"""NotificationProcessor: turns events into deliveries, in the transaction that consumes them."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from typing_extensions import override

from bankcore.identity.actions import PASSWORD_RESET_REQUESTED, USER_REGISTERED
from bankcore.ledger.actions import ACCOUNT_OPENED, ACCOUNT_STATUS_CHANGED, TRANSACTION_POSTED
from bankcore.notifications.channels import ChannelName
from bankcore.notifications.record import record_notifications
from bankcore_infra.consumers import ConsumedEvent, Consumer
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.notifications.people import People
from bankcore_infra.notifications.store import SqlNotificationStore
from bankcore_infra.units import UnitParts


class NotificationProcessor(Consumer):
    """Records who is told what. The sender sends it, so that no transaction waits for a mail server.

    An event that comes twice changes nothing: there is one delivery for each event, user and channel.
    """

    name = "notifications"
    actions = frozenset(
        each.name
        for each in (
            TRANSACTION_POSTED,
            ACCOUNT_OPENED,
            ACCOUNT_STATUS_CHANGED,
            USER_REGISTERED,
            PASSWORD_RESET_REQUESTED,
        )
    )

    def __init__(self, parts: UnitParts, *, configured: AbstractSet[ChannelName]) -> None:
        """Take the channels of this installation; a delivery over another one is recorded as skipped."""
        self._parts = parts
        self._configured = configured

    @override
    def consume(self, connection: TenantConnection, events: Sequence[ConsumedEvent]) -> None:
        people = People(connection, events)
        notifications = [notice for event in events if (notice := people.notification_of(event)) is not None]
        store = SqlNotificationStore(connection, self._parts)
        record_notifications(store, notifications, configured=self._configured)
