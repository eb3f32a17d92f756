"""What happened, in the past tense: self-contained facts that listeners get inside the unit of work and after it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from bankcore.actions import Action
from bankcore.errors import BankcoreError
from bankcore.events.stamps import Stamp
from bankcore.identifiers import AccountId, TransactionId
from bankcore.ledger.accounts import Account, AccountStatus
from bankcore.ledger.actions import HOLD_CAPTURED, HOLD_EXPIRED, HOLD_EXTENDED, HOLD_PLACED, HOLD_VOIDED
from bankcore.ledger.changes import Change
from bankcore.ledger.effects import Effect
from bankcore.ledger.holds import Hold
from bankcore.ledger.transactions import Transaction
from bankcore.money import Money


@dataclass(frozen=True, slots=True)
class AccountOpened:
    """An account was opened."""

    stamp: Stamp
    account: Account

    @property
    def effects(self) -> Sequence[Effect]:
        """The new account."""
        return (Effect.of_account(self.account),)


@dataclass(frozen=True, slots=True)
class TransactionPosted:
    """Money moved; the entries hold each account's balance before and after.

    Its id is that of the transaction, of which there is no other such event. `held_minor` says how much is held on
    those of its accounts on which anything is, and `statuses` how those stand that are not active.
    """

    stamp: Stamp
    transaction: Transaction
    held_minor: Mapping[AccountId, int] = field(default_factory=dict)
    statuses: Mapping[AccountId, AccountStatus] = field(default_factory=dict)

    @property
    def effects(self) -> Sequence[Effect]:
        """What each entry did to its account, in the order of the entries."""
        held, statuses, entries = self.held_minor, self.statuses, self.transaction.entries
        if not statuses:
            return [Effect.of_entry(entry, held.get(entry.account_id, 0)) for entry in entries]
        return [
            Effect.of_entry(entry, held.get(entry.account_id, 0), statuses.get(entry.account_id, AccountStatus.ACTIVE))
            for entry in entries
        ]


@dataclass(frozen=True, slots=True)
class AccountStatusChanged:
    """An account has another status now; `reason` is in the words of whoever asked.

    The effect counts the entries that the account had then, so that a later posting is known from an earlier one.
    """

    stamp: Stamp
    effect: Effect
    reason: str | None

    @property
    def effects(self) -> Sequence[Effect]:
        """How the account stands now, and its status before."""
        return (self.effect,)


@dataclass(frozen=True, slots=True)
class TransactionReversed:
    """That transaction was undone, or so much of it, by another one; `reason` is in the words of whoever asked."""

    stamp: Stamp
    transaction: Transaction
    reversal_id: TransactionId
    amount: Money | None
    reason: str

    @property
    def effects(self) -> Sequence[Effect]:
        """None: what it did to accounts is told by the reversal."""
        return ()


@dataclass(frozen=True, slots=True)
class HoldChanged:
    """A phase of a hold: how the hold stands after it, and its account."""

    action: ClassVar[Action]
    stamp: Stamp
    hold: Hold
    effect: Effect

    @property
    def effects(self) -> Sequence[Effect]:
        """By how much what is held on the account has changed."""
        return (self.effect,)


@dataclass(frozen=True, slots=True)
class HoldPlaced(HoldChanged):
    """Funds were set aside."""

    action: ClassVar[Action] = HOLD_PLACED


@dataclass(frozen=True, slots=True)
class HoldCaptured(HoldChanged):
    """Part of a hold, or all of it, became the debit of that transaction; with the last part, the hold has ended."""

    action: ClassVar[Action] = HOLD_CAPTURED
    transaction_id: TransactionId


@dataclass(frozen=True, slots=True)
class HoldVoided(HoldChanged):
    """What a hold still kept was given back; `reason` is in the words of whoever asked."""

    action: ClassVar[Action] = HOLD_VOIDED
    reason: str | None


@dataclass(frozen=True, slots=True)
class HoldExtended(HoldChanged):
    """A hold got more time."""

    action: ClassVar[Action] = HOLD_EXTENDED


@dataclass(frozen=True, slots=True)
class HoldExpired(HoldChanged):
    """The time of a hold was over, and what it still kept was given back."""

    action: ClassVar[Action] = HOLD_EXPIRED


@dataclass(frozen=True, slots=True)
class CommandRejected:
    """A command of that kind, which asked for the change, was refused and changed nothing."""

    stamp: Stamp
    kind: str
    change: Change
    reason: BankcoreError


LedgerEvent = (
    AccountOpened | AccountStatusChanged | TransactionPosted | TransactionReversed | HoldChanged | CommandRejected
)
