"""LedgerService: the one way in which money moves."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final, Unpack

from bankcore.arguments import require_a
from bankcore.errors import LedgerInvariantError
from bankcore.idempotency.answers import Rejected
from bankcore.idempotency.keys import KEY_LIFETIME
from bankcore.identifiers import AccountId, IdentifierSource, TenantId, TransactionId
from bankcore.ledger.accounts import Account, FreezeDirection
from bankcore.ledger.batch import Batch, BatchRequest
from bankcore.ledger.command import Carried, Command, MoneyCommand
from bankcore.ledger.commands import (
    CloseAccount,
    Deposit,
    FreezeAccount,
    MakeDormant,
    OpenAccount,
    StatusCommand,
    Transfer,
    UnfreezeAccount,
    WakeAccount,
    Withdraw,
)
from bankcore.ledger.linking import require_chains
from bankcore.ledger.outcomes import Changed, Opened, Outcome, accepted_transaction
from bankcore.ledger.ports import LedgerUnit, UnitsOfWork
from bankcore.ledger.requests import Request
from bankcore.ledger.reversals import ReverseTransaction
from bankcore.ledger.transactions import Transaction
from bankcore.money import Money
from bankcore.origin import LIBRARY, Origin

MOVES_MONEY: Final = "what moves money is Deposit, Withdraw, Transfer or PostTransaction; write execute for others"


class LedgerService:
    """The books of one tenant.

    `execute` takes commands in batches and answers each with its outcome. The methods named after one command post that
    one, and raise its refusal as a typed error.
    """

    def __init__(
        self,
        tenant_id: TenantId,
        units: UnitsOfWork,
        ids: IdentifierSource,
        *,
        key_lifetime: timedelta = KEY_LIFETIME,
    ) -> None:
        """Keep the tenant's books through those units of work; keys are remembered for `key_lifetime`."""
        self._tenant_id = tenant_id
        self._units = units
        self._ids = ids
        self._key_lifetime = key_lifetime

    def execute(
        self, commands: Sequence[Command], *, atomic: bool = False, dry_run: bool = False, origin: Origin = LIBRARY
    ) -> list[Outcome]:
        """Post the commands in order, in one unit of work, and return their outcomes in the same order.

        A refused command changes nothing and does not disturb the others; it refuses its `chain`, if it has one, and
        with `atomic` the whole batch.
        With `dry_run` everything is decided through the same code and then undone.

        Raises:
            UnavailableError: nothing was recorded; send the same batch again.
            OutcomeUnknownError: the batch may have been recorded; send it again with the same keys.
        """
        require_a(Sequence, commands, "/commands", "commands are a list; write execute_one for a single one")
        if not commands:
            return []
        requests = [Request.of(command, origin) for command in commands]
        # Where all stand or fall together, chains say nothing more.
        if not require_chains([command.chain for command in commands]) or atomic:
            return self._run(requests, atomic=atomic, dry_run=dry_run)
        linked = [request._replace(chain=request.command.chain) for request in requests]
        return self._run(linked, dry_run=dry_run, is_linked=True)

    def execute_one(self, command: Command, *, origin: Origin = LIBRARY) -> Outcome:
        """Post one command and return its outcome; it may share a unit of work with those of other callers.

        Raises:
            UnavailableError: nothing was recorded; send it again.
            OutcomeUnknownError: it may have been recorded; send it again with the same key.
        """
        (outcome,) = self.execute([command], origin=origin)
        return outcome

    def open_account(self, command: OpenAccount, *, origin: Origin = LIBRARY) -> Account:
        """Open an account. Raises the refusal: AccountExistsError, or an error of the key."""
        require_a(OpenAccount, command, "/command", "what opens an account is OpenAccount")
        outcome = self._accepted(command, origin)
        if not isinstance(outcome, Opened):
            raise LedgerInvariantError(f"an account was asked for, and {outcome} came of it")
        return outcome.account

    def deposit(
        self, account_id: AccountId, amount: Money, *, origin: Origin = LIBRARY, **carried: Unpack[Carried]
    ) -> Transaction:
        """Credit the account from the settlement account of its currency.

        Raises:
            RejectedError: refused, with the facts (AccountFrozenError, CurrencyMismatchError, ...).
            NotFoundError: no such account.
            ConflictError: the key or source was used for another request, or is in use at this moment.
        """
        return self.post(Deposit(account_id, amount, **carried), origin=origin)

    def withdraw(
        self, account_id: AccountId, amount: Money, *, origin: Origin = LIBRARY, **carried: Unpack[Carried]
    ) -> Transaction:
        """Debit the account towards the settlement account of its currency.

        Raises:
            RejectedError: refused, with the facts (InsufficientFundsError, ...); else as `deposit`.
        """
        return self.post(Withdraw(account_id, amount, **carried), origin=origin)

    def transfer(
        self,
        from_account_id: AccountId,
        to_account_id: AccountId,
        amount: Money,
        *,
        origin: Origin = LIBRARY,
        **carried: Unpack[Carried],
    ) -> Transaction:
        """Move money between two accounts of one currency.

        Raises:
            RejectedError: refused, with the facts (InsufficientFundsError, SameAccountError, ...); else as `deposit`.
        """
        return self.post(Transfer(from_account_id, to_account_id, amount, **carried), origin=origin)

    def reverse(
        self,
        transaction_id: TransactionId,
        amount: Money | None = None,
        *,
        reason: str,
        origin: Origin = LIBRARY,
        **carried: Unpack[Carried],
    ) -> Transaction:
        """Undo the transaction by a new one, or that part of it, which may be done until nothing is left.

        Raises:
            AlreadyReversedError: nothing is left of it.
            RejectedError: refused, with the facts (ReversalExceedsTransactionError, InsufficientFundsError, ...).
            InvalidStateError: it is a reversal itself.
            NotFoundError: no such transaction.
            ConflictError: the key or source was used for another request, or is in use at this moment.
        """
        command = ReverseTransaction(transaction_id, amount, reason=reason, **carried)
        return accepted_transaction(self.execute_one(command, origin=origin))

    def freeze(
        self,
        account_id: AccountId,
        *,
        directions: FreezeDirection = FreezeDirection.BOTH,
        reason: str | None = None,
        idempotency_key: str | None = None,
        origin: Origin = LIBRARY,
    ) -> None:
        """Keep debits, credits or both from the account until it is unfrozen; what was kept from it before stays so.

        Raises:
            InvalidStateError: it is frozen so already.
            RejectedError: it is closed (AccountClosedError).
            NotFoundError: no such account.
            ConflictError: the key was used for another request, or is in use at this moment.
        """
        command = FreezeAccount(account_id, directions=directions, reason=reason, idempotency_key=idempotency_key)
        self._change_status(command, origin)

    def unfreeze(
        self,
        account_id: AccountId,
        *,
        directions: FreezeDirection = FreezeDirection.BOTH,
        reason: str | None = None,
        idempotency_key: str | None = None,
        origin: Origin = LIBRARY,
    ) -> None:
        """Let debits, credits or both pass on a frozen account again. Raises: as `freeze`."""
        command = UnfreezeAccount(account_id, directions=directions, reason=reason, idempotency_key=idempotency_key)
        self._change_status(command, origin)

    def close(
        self,
        account_id: AccountId,
        *,
        reason: str | None = None,
        idempotency_key: str | None = None,
        origin: Origin = LIBRARY,
    ) -> None:
        """Keep the account out of every posting for ever.

        Raises:
            AccountNotEmptyError: something is on it, or held.
            InvalidStateError: it is frozen, or a settlement or position account; else as `freeze`.
        """
        self._change_status(CloseAccount(account_id, reason=reason, idempotency_key=idempotency_key), origin)

    def make_dormant(
        self,
        account_id: AccountId,
        *,
        reason: str | None = None,
        idempotency_key: str | None = None,
        origin: Origin = LIBRARY,
    ) -> None:
        """Keep debits from a customer's account that nobody uses, until it is woken. Raises: as `freeze`."""
        self._change_status(MakeDormant(account_id, reason=reason, idempotency_key=idempotency_key), origin)

    def wake(
        self,
        account_id: AccountId,
        *,
        reason: str | None = None,
        idempotency_key: str | None = None,
        origin: Origin = LIBRARY,
    ) -> None:
        """Let a dormant account be debited again. Raises: as `freeze`."""
        self._change_status(WakeAccount(account_id, reason=reason, idempotency_key=idempotency_key), origin)

    def _change_status(self, command: StatusCommand, origin: Origin) -> None:
        outcome = self._accepted(command, origin)
        if not isinstance(outcome, Changed):
            raise LedgerInvariantError(f"a status was to change, and {outcome} came of it")

    def post(self, command: MoneyCommand, *, origin: Origin = LIBRARY) -> Transaction:
        """Post one command that moves money, `PostTransaction` among them; its refusal is raised."""
        require_a(MoneyCommand, command, "/command", MOVES_MONEY)
        return accepted_transaction(self.execute_one(command, origin=origin))

    def _accepted(self, command: Command, origin: Origin) -> Outcome:
        outcome = self.execute_one(command, origin=origin)
        if isinstance(outcome, Rejected):
            raise outcome.as_error()
        return outcome

    def post_together(self, requests: Sequence[Request]) -> list[Outcome]:
        """Post the requests of several callers in one unit of work. Raises: as `execute`."""
        return self._run(requests)

    def _run(
        self, requests: Sequence[Request], *, atomic: bool = False, dry_run: bool = False, is_linked: bool = False
    ) -> list[Outcome]:
        """One unit of work with all of them."""
        batch_request = BatchRequest(self._tenant_id, requests, self._key_lifetime, is_linked)

        def work(unit: LedgerUnit) -> list[Outcome]:
            batch = Batch(batch_request, unit, self._ids)
            return batch.run_atomic() if atomic else batch.run()

        if dry_run:
            return self._units.rehearse(work)
        return self._units.run(work, resubmittable=all(request.command.is_repeatable for request in requests))
