"""NotificationProcessor: turns events into deliveries, in the transaction that consumes them."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from typing_extensions import override

from bankcore.events.feed import EventEffect
from bankcore.identifiers import EventId, IdentifierSource, TransactionId, UserId
from bankcore.identity.actions import USER_REGISTERED
from bankcore.ledger.accounts import AccountStatus
from bankcore.ledger.actions import ACCOUNT_OPENED, ACCOUNT_STATUS_CHANGED, TRANSACTION_POSTED
from bankcore.money import Currency, Money
from bankcore.notifications.channels import ChannelName
from bankcore.notifications.notices import (
    MovedAmount,
    Notification,
    notice_of_freeze,
    notice_of_opening,
    notice_of_registration,
    notice_of_transaction,
)
from bankcore.notifications.record import record_notifications
from bankcore_infra.audit.recording.record_bodies import subject_id_of
from bankcore_infra.consumers import ConsumedEvent, Consumer
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.notifications.owners import find_owned, find_users
from bankcore_infra.notifications.store import SqlNotificationStore


class NotificationProcessor(Consumer):
    """Records who is told what; sending is somebody else's, so that no mail server is waited for in a transaction.

    Repeating an event changes nothing: a delivery is there once for each event, user and channel.
    """

    name = "notifications"
    actions = frozenset(
        each.name for each in (TRANSACTION_POSTED, ACCOUNT_OPENED, ACCOUNT_STATUS_CHANGED, USER_REGISTERED)
    )

    def __init__(self, *, configured: AbstractSet[ChannelName], ids: IdentifierSource) -> None:
        """With the channels that this installation has; what would go over another one is recorded as skipped."""
        self._configured = configured
        self._ids = ids

    @override
    def consume(self, connection: TenantConnection, events: Sequence[ConsumedEvent]) -> None:
        people = _People(connection, events)
        notifications = [notice for event in events if (notice := people.notification_of(event)) is not None]
        record_notifications(
            SqlNotificationStore(connection), notifications, configured=self._configured, ids=self._ids
        )


class _People:
    """Whom some events concern, and what they are told of each."""

    def __init__(self, connection: TenantConnection, events: Sequence[ConsumedEvent]) -> None:
        """Found for all of the events together."""
        changed = {effect.account_id for event in events for effect in event.effects}
        self._accounts = find_owned(connection, changed)
        registered = {str(subject_id_of(event.body)) for event in events if event.action == USER_REGISTERED.name}
        self._users = find_users(connection, registered)

    def notification_of(self, event: ConsumedEvent) -> Notification | None:
        event_id, at, effects = EventId(event.id), event.occurred_at, event.effects
        if event.action == USER_REGISTERED.name:
            user_id = self._users.get(str(subject_id_of(event.body)))
            return None if user_id is None else notice_of_registration(event_id, user_id, at)
        account_id = event.account_id or (effects[0].account_id if effects else None)
        account = None if account_id is None else self._accounts.get(account_id)
        if account is None:
            return None
        if any(effect.amount is not None for effect in effects):
            return self._of_transaction(event, effects, account.user_id)
        if event.action == ACCOUNT_OPENED.name:
            return notice_of_opening(event_id, account, Currency.of(event.body["account"]["currency"]), at)
        became_frozen = [effect for effect in effects if effect.was and effect.status == AccountStatus.FROZEN]
        return notice_of_freeze(event_id, account, at) if became_frozen else None

    def _of_transaction(
        self, event: ConsumedEvent, effects: Sequence[EventEffect], user_id: UserId
    ) -> Notification | None:
        """What that user is told: of all of the user's accounts in it, whichever comes first."""
        transaction_id = subject_id_of(event.body)
        return (
            None
            if transaction_id is None
            else notice_of_transaction(
                EventId(event.id),
                TransactionId(transaction_id),
                event.occurred_at,
                [
                    MovedAmount(owned, Money.of(effect.amount, effect.currency))
                    for effect in effects
                    if effect.amount is not None
                    and effect.currency is not None
                    and (owned := self._accounts.get(effect.account_id)) is not None
                    and owned.user_id == user_id
                ],
            )
        )
