"""What happened, in the past tense: self-contained facts that listeners get inside the unit of work and after it."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from bankcore.errors import BankcoreError
from bankcore.identifiers import AccountId, EventId, TenantId
from bankcore.ledger.accounts import Account, AccountStatus
from bankcore.ledger.commands import Command
from bankcore.ledger.transactions import Transaction
from bankcore.origin import Origin


class Stamp(NamedTuple):
    """What every event tells: its id, where it happened, when by the database's clock, and who asked."""

    id: EventId
    tenant_id: TenantId
    occurred_at: datetime
    origin: Origin


@dataclass(frozen=True, slots=True)
class AccountOpened:
    """An account was opened."""

    stamp: Stamp
    account: Account


@dataclass(frozen=True, slots=True)
class TransactionPosted:
    """Money moved; the entries hold each account's balance before and after."""

    stamp: Stamp
    transaction: Transaction


@dataclass(frozen=True, slots=True)
class AccountStatusChanged:
    """An account was frozen or unfrozen; `reason` is in the words of whoever asked.

    `version` counts the entries that the account had then, so that a later posting is known from an earlier one.
    """

    stamp: Stamp
    account_id: AccountId
    before: AccountStatus
    after: AccountStatus
    version: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class CommandRejected:
    """A command was refused and changed nothing."""

    stamp: Stamp
    command: Command
    reason: BankcoreError


Event = AccountOpened | AccountStatusChanged | TransactionPosted | CommandRejected
