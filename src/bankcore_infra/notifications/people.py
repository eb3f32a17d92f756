"""Finds which users some events concern, and what each of them is told."""

from collections.abc import Sequence
from functools import partial
from typing import Final
from uuid import UUID

from bankcore.errors import LedgerInvariantError
from bankcore.events.feed import EventEffect
from bankcore.identifiers import EventId, TransactionId, UserId
from bankcore.identity.actions import PASSWORD_RESET_REQUESTED, USER_REGISTERED
from bankcore.identity.resets import ResetId
from bankcore.ledger.accounts import AccountStatus
from bankcore.ledger.actions import ACCOUNT_OPENED
from bankcore.money import CURRENCIES, Currency
from bankcore.notifications.notices import (
    MovedAmount,
    Notification,
    OwnedAccount,
    notice_of_freeze,
    notice_of_opening,
    notice_of_registration,
    notice_of_reset,
    notice_of_transaction,
)
from bankcore_infra.audit.recording.record_bodies import subject_id_of
from bankcore_infra.consumers import ConsumedEvent
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.notifications.links import ResetLinks
from bankcore_infra.notifications.owners import find_owned, find_users

_OF_USERS: Final = {USER_REGISTERED.name, PASSWORD_RESET_REQUESTED.name}
Own = tuple[EventEffect, OwnedAccount]
_FROZEN: Final = AccountStatus.FROZEN
_FREEZES: Final = {_FROZEN, AccountStatus.DEBITS_FROZEN, AccountStatus.CREDITS_FROZEN}
"""What an event did to an account of the user who is told of it."""


class People:
    """The users of some events, and their accounts."""

    def __init__(
        self, connection: TenantConnection, events: Sequence[ConsumedEvent], links: ResetLinks | None = None
    ) -> None:
        """Of these events; without links, for whoever sends nothing."""
        self._links = links
        changed = {effect.account_id for event in events for effect in event.effects}
        self._accounts = find_owned(connection, changed)
        registered = {str(subject_id_of(event.body)) for event in events if event.action in _OF_USERS}
        self._users = find_users(connection, registered)

    def notification_of(self, event: ConsumedEvent) -> Notification | None:
        """The notification for the owner of the event's account, or for the user who registered; None if there is
        none.
        """
        user_id = self._user_of(event)
        return None if user_id is None else self.notification_for(user_id, event)

    def notification_for(self, user_id: UserId, event: ConsumedEvent) -> Notification | None:
        """The notification for that user, about all of the user's accounts in the event together."""
        if event.action == USER_REGISTERED.name:
            return notice_of_registration(EventId(event.id), user_id, event.occurred_at)
        if event.action == PASSWORD_RESET_REQUESTED.name:
            return notice_of_reset(EventId(event.id), user_id, event.occurred_at, partial(self._link_of, event))
        own = [
            (effect, account)
            for effect in event.effects
            if (account := self._accounts.get(effect.account_id)) is not None and account.user_id == user_id
        ]
        moved = [
            # A recorded amount has exactly the decimals of its currency.
            MovedAmount(account, int(effect.amount.replace(".", "")), CURRENCIES[effect.currency])
            for effect, account in own
            if effect.amount is not None and effect.currency is not None
        ]
        if moved:
            return _of_transaction(event, moved)
        return _of_account(event, own) if own else None

    def _link_of(self, event: ConsumedEvent) -> str:
        if self._links is None:  # pragma: no cover - whoever records deliveries does not make their texts
            raise LedgerInvariantError("a link for another password is made by whoever sends it")
        return self._links.link_of(ResetId(UUID(event.body["reset"])))

    def _user_of(self, event: ConsumedEvent) -> UserId | None:
        if event.action in _OF_USERS:
            return self._users.get(str(subject_id_of(event.body)))
        account_id = event.account_id or (event.effects[0].account_id if event.effects else None)
        account = None if account_id is None else self._accounts.get(account_id)
        return None if account is None else account.user_id


def _of_transaction(event: ConsumedEvent, moved: Sequence[MovedAmount]) -> Notification | None:
    transaction_id = subject_id_of(event.body)
    if transaction_id is None:
        return None
    return notice_of_transaction(EventId(event.id), TransactionId(transaction_id), event.occurred_at, moved)


def _of_account(event: ConsumedEvent, own: Sequence[Own]) -> Notification | None:
    account = own[0][1]
    if event.action == ACCOUNT_OPENED.name:
        currency = Currency.of(event.body["account"]["currency"])
        return notice_of_opening(EventId(event.id), account, currency, event.occurred_at)
    # A freeze that ends in one direction leaves it in the other, and is no news of a freeze.
    became_frozen = any(effect.was not in {None, _FROZEN} and effect.status in _FREEZES for effect, _account in own)
    return notice_of_freeze(EventId(event.id), account, event.occurred_at) if became_frozen else None
