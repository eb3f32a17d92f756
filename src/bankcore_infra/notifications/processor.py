"""NotificationProcessor: turns an event into deliveries, in the transaction that consumes it."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any
from uuid import UUID

from sqlalchemy import select
from typing_extensions import override

from bankcore.identifiers import AccountId, EventId, IdentifierSource, TransactionId, UserId
from bankcore.ledger.accounts import AccountKind
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
from bankcore_infra.db.tables import ACCOUNTS, USERS
from bankcore_infra.db.transactions import TenantConnection
from bankcore_infra.notifications.store import SqlNotificationStore
from bankcore_infra.work.consumers import ConsumedEvent, Consumer


class NotificationProcessor(Consumer):
    """Records who is told what; sending is somebody else's, so that no mail server is waited for in a transaction.

    Repeating an event changes nothing: a delivery is there once for each event, user and channel.
    """

    name = "notifications"
    actions = frozenset({"transaction.posted", "account.opened", "account.frozen", "user.registered"})

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
    event_id = EventId(event.id)
    if event.action == "user.registered":
        user_id = _find_user(connection, event.body["subject"])
        return None if user_id is None else notice_of_registration(event_id, user_id, event.occurred_at)
    account_id = event.account_id or _named_account(event.body)
    owner = None if account_id is None else _find_owner(connection, account_id)
    if account_id is None or owner is None:
        return None
    if event.action == "transaction.posted":
        transaction = event.body["transaction"]
        moved = _moved(_accounts_of(connection, owner, _account_ids(transaction["entries"])), transaction["entries"])
        return notice_of_transaction(event_id, TransactionId(UUID(transaction["id"])), event.occurred_at, moved)
    account = _accounts_of(connection, owner, [account_id])[account_id]
    if event.action == "account.opened":
        return notice_of_opening(event_id, account, Currency.of(event.body["account"]["currency"]), event.occurred_at)
    return notice_of_freeze(event_id, account, event.occurred_at)


def _named_account(body: Mapping[str, Any]) -> AccountId | None:
    """The account that a record names which is not one of the ledger's own events."""
    named = body.get("account")
    if isinstance(named, Mapping):
        named = named.get("id")
    return None if named is None else AccountId(UUID(named))


def _account_ids(entries: Sequence[Mapping[str, Any]]) -> list[AccountId]:
    return [AccountId(UUID(entry["account"])) for entry in entries]


def _moved(accounts: Mapping[AccountId, OwnedAccount], entries: Sequence[Mapping[str, Any]]) -> list[MovedAmount]:
    return [
        MovedAmount(accounts[account_id], Money.of(entry["amount"], entry["currency"]))
        for account_id, entry in zip(_account_ids(entries), entries, strict=True)
        if account_id in accounts
    ]


def _find_owner(connection: TenantConnection, account_id: AccountId) -> UserId | None:
    """The user who owns the customer account; None if it is ours, or belongs to somebody whom only others know."""
    owner_id = connection.sql.execute(
        select(ACCOUNTS.c.owner_id).where(
            ACCOUNTS.c.tenant_id == connection.tenant_id,
            ACCOUNTS.c.id == account_id,
            ACCOUNTS.c.kind == AccountKind.CUSTOMER,
        )
    ).scalar_one_or_none()
    return None if owner_id is None else _find_user(connection, owner_id)


def _find_user(connection: TenantConnection, text: str) -> UserId | None:
    try:
        user_id = UUID(text)
    except ValueError:
        return None
    if str(user_id) != text:
        return None
    found = connection.sql.execute(
        select(USERS.c.id).where(USERS.c.tenant_id == connection.tenant_id, USERS.c.id == user_id)
    ).scalar_one_or_none()
    return None if found is None else UserId(found)


def _accounts_of(
    connection: TenantConnection, owner: UserId, account_ids: Sequence[AccountId]
) -> dict[AccountId, OwnedAccount]:
    """The customer accounts among these that belong to that user."""
    rows = connection.sql.execute(
        select(ACCOUNTS.c.id, ACCOUNTS.c.number).where(
            ACCOUNTS.c.tenant_id == connection.tenant_id,
            ACCOUNTS.c.owner_id == str(owner),
            ACCOUNTS.c.id.in_(account_ids),
            ACCOUNTS.c.kind == AccountKind.CUSTOMER,
        )
    )
    return {
        AccountId(row.id): OwnedAccount(id=AccountId(row.id), user_id=owner, number=row.number)
        for row in rows.fetchall()
    }
