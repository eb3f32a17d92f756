"""NotificationProcessor: turns an event into deliveries, in the transaction that consumes it."""

from collections.abc import Set as AbstractSet
from uuid import UUID

from sqlalchemy import select
from typing_extensions import override

from bankcore.identifiers import AccountId, EventId, IdentifierSource, TransactionId, UserId
from bankcore.ledger.accounts import AccountKind, AccountStatus
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
from bankcore.notifications.record import record_notification
from bankcore_infra.db.tables import ACCOUNTS, AUDIT_LOG, USERS
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.notifications.store import SqlNotificationStore
from bankcore_infra.work.consumers import ConsumedEvent, Consumer


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
    def consume(self, connection: TenantConnection, event: ConsumedEvent) -> None:
        notification = _notification_of(connection, event)
        if notification is not None:
            record_notification(
                SqlNotificationStore(connection), notification, configured=self._configured, ids=self._ids
            )


def _notification_of(connection: TenantConnection, event: ConsumedEvent) -> Notification | None:
    match event.action:
        case "transaction.posted":
            return _of_transaction(connection, event)
        case "account.opened":
            account = _find_account(connection, event.account_id)
            currency = Currency.of(event.body["account"]["currency"])
            return (
                None if account is None else notice_of_opening(EventId(event.id), account, currency, event.occurred_at)
            )
        case "account.status_changed" if event.body["status"]["after"] == AccountStatus.FROZEN:
            account = _find_account(connection, event.account_id or _subject_of(connection, event))
            return None if account is None else notice_of_freeze(EventId(event.id), account, event.occurred_at)
        case "user.registered":
            user_id = _find_user(connection, event.body["subject"])
            return None if user_id is None else notice_of_registration(EventId(event.id), user_id, event.occurred_at)
        case _:
            return None


def _of_transaction(connection: TenantConnection, event: ConsumedEvent) -> Notification | None:
    """What the owner of the event's account is told: of all of the owner's accounts in it, whichever comes first."""
    account = _find_account(connection, event.account_id)
    if account is None:
        return None
    transaction = event.body["transaction"]
    accounts = _accounts_of(connection, account.user_id)
    return notice_of_transaction(
        EventId(event.id),
        TransactionId(UUID(transaction["id"])),
        event.occurred_at,
        [
            MovedAmount(owned, Money.of(entry["amount"], entry["currency"]))
            for entry in transaction["entries"]
            if (owned := accounts.get(AccountId(UUID(entry["account"])))) is not None
        ],
    )


def _subject_of(connection: TenantConnection, event: ConsumedEvent) -> AccountId | None:
    """The account that the event is about, where it is consumed by itself and not as one of the account's."""
    found: UUID | None = connection.sql.execute(
        select(AUDIT_LOG.c.subject_id).where(AUDIT_LOG.c.tenant_id == connection.tenant_id, AUDIT_LOG.c.id == event.id)
    ).scalar_one_or_none()
    return None if found is None else AccountId(found)


def _find_account(connection: TenantConnection, account_id: AccountId | None) -> OwnedAccount | None:
    """The customer account of a user; None if it is ours, or belongs to somebody whom only another service knows."""
    row = connection.sql.execute(
        select(ACCOUNTS.c.owner_id, ACCOUNTS.c.number).where(
            ACCOUNTS.c.tenant_id == connection.tenant_id,
            ACCOUNTS.c.id == account_id,
            ACCOUNTS.c.kind == AccountKind.CUSTOMER,
        )
    ).one_or_none()
    owner = None if row is None else _find_user(connection, row.owner_id)
    if row is None or account_id is None or owner is None:
        return None
    return OwnedAccount(id=account_id, user_id=owner, number=row.number)


def _find_user(connection: TenantConnection, text: str) -> UserId | None:
    try:
        user_id = UUID(text)
    except ValueError:
        return None
    found = connection.sql.execute(
        select(USERS.c.id).where(USERS.c.tenant_id == connection.tenant_id, USERS.c.id == user_id)
    ).scalar_one_or_none()
    return None if found is None else UserId(found)


def _accounts_of(connection: TenantConnection, owner: UserId) -> dict[AccountId, OwnedAccount]:
    """The customer accounts of that user: fewer than a transaction may have entries."""
    rows = connection.sql.execute(
        select(ACCOUNTS.c.id, ACCOUNTS.c.number).where(
            ACCOUNTS.c.tenant_id == connection.tenant_id,
            ACCOUNTS.c.owner_id == str(owner),
            ACCOUNTS.c.kind == AccountKind.CUSTOMER,
        )
    )
    return {
        AccountId(row.id): OwnedAccount(id=AccountId(row.id), user_id=owner, number=row.number)
        for row in rows.fetchall()
    }
