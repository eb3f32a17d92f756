"""NotificationProcessor: turns events into deliveries, in the transaction that consumes them."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final
from uuid import UUID

from typing_extensions import override

from bankcore.identifiers import AccountId, EventId, IdentifierSource, TransactionId, UserId
from bankcore.ledger.accounts import AccountStatus
from bankcore.money import Currency, Money
from bankcore.notifications.channels import ChannelName
from bankcore.notifications.notices import (
    MovedAmount,
    Notification,
    OwnedAccount,
    notice_of_freeze,
    notice_of_opening,
    notice_of_registration,
    notice_of_transaction,
)
from bankcore.notifications.record import record_notifications
from bankcore_infra.db import arrays
from bankcore_infra.db.exchange import Statement
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.notifications.owners import find_owned, find_users
from bankcore_infra.notifications.store import SqlNotificationStore
from bankcore_infra.work.consumers import ConsumedEvent, Consumer

_FIND_SUBJECTS: Final = Statement(
    "SELECT id, subject_id FROM bankcore.audit_log WHERE tenant_id = $1::uuid AND id = ANY($2::uuid[])"
)


class NotificationProcessor(Consumer):
    """Records who is told what; sending is somebody else's, so that no mail server is waited for in a transaction.

    Repeating an event changes nothing: a delivery is there once for each event, user and channel.
    """

    name = "notifications"
    actions = frozenset({"transaction.posted", "account.opened", "account.status_changed", "user.registered"})

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
        self._subjects = _subjects_of(connection, [event.id for event in events if _is_freeze(event)])
        concerned = {account_id for event in events for account_id in self._accounts_of(event)}
        self._accounts = find_owned(connection, concerned)
        registered = {event.body["subject"] for event in events if event.action == "user.registered"}
        self._users = find_users(connection, registered)

    def notification_of(self, event: ConsumedEvent) -> Notification | None:
        event_id, at = EventId(event.id), event.occurred_at
        if event.action == "user.registered":
            user_id = self._users.get(event.body["subject"])
            return None if user_id is None else notice_of_registration(event_id, user_id, at)
        account = self._account_of(event)
        if account is None:
            return None
        match event.action:
            case "transaction.posted":
                return self._of_transaction(event, account.user_id)
            case "account.opened":
                return notice_of_opening(event_id, account, Currency.of(event.body["account"]["currency"]), at)
            case "account.status_changed" if _is_freeze(event):
                return notice_of_freeze(event_id, account, at)
            case _:
                return None

    def _of_transaction(self, event: ConsumedEvent, user_id: UserId) -> Notification | None:
        """What that user is told: of all of the user's accounts in it, whichever comes first."""
        transaction = event.body["transaction"]
        return notice_of_transaction(
            EventId(event.id),
            TransactionId(UUID(transaction["id"])),
            event.occurred_at,
            [
                MovedAmount(owned, Money.of(entry["amount"], entry["currency"]))
                for entry in transaction["entries"]
                if (owned := self._accounts.get(AccountId(UUID(entry["account"])))) is not None
                and owned.user_id == user_id
            ],
        )

    def _account_of(self, event: ConsumedEvent) -> OwnedAccount | None:
        """The account that the event came for, or is about; None if no user owns it."""
        account_id = event.account_id or self._subjects.get(event.id)
        return None if account_id is None else self._accounts.get(account_id)

    def _accounts_of(self, event: ConsumedEvent) -> Iterable[AccountId]:
        account_id = event.account_id or self._subjects.get(event.id)
        if account_id is not None:
            yield account_id
            if event.action == "transaction.posted":
                yield from (AccountId(UUID(entry["account"])) for entry in event.body["transaction"]["entries"])


def _is_freeze(event: ConsumedEvent) -> bool:
    return event.action == "account.status_changed" and event.body["status"]["after"] == AccountStatus.FROZEN


def _subjects_of(connection: TenantConnection, event_ids: Sequence[UUID]) -> Mapping[UUID, AccountId]:
    """The accounts that these events are about, which are consumed by themselves and not as one of the account's."""
    if not event_ids:
        return {}
    rows = connection.ask(_FIND_SUBJECTS, connection.tenant_id, arrays.uuids(event_ids))
    return {event_id: AccountId(subject_id) for event_id, subject_id in rows if subject_id is not None}
