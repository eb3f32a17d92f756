"""Requesting: somebody wants a movement that a second person has to approve; nothing moves by it."""

from dataclasses import dataclass

from bankcore.approvals.approvals import APPROVAL_LIFETIME, Approvable, Approval, ApprovalId
from bankcore.approvals.keyed import ApprovalTask
from bankcore.errors import BankcoreError, ForbiddenError, NotFoundError
from bankcore.idempotency.answers import Rejected
from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import Account
from bankcore.ledger.commands import Transfer, Withdraw
from bankcore.ledger.rejections import SameAccountError
from bankcore.ledger.reversals import ReverseTransaction
from bankcore.money import CurrencyMismatchError, Money


@dataclass(frozen=True, slots=True)
class Requesting(ApprovalTask):
    """Checks what never changes of what is wanted; what the books say of the rest is asked when it is approved."""

    command: Approvable

    def decide(self) -> Approval | Rejected:
        """Add it, if what is wanted can ever be."""
        match self.command:
            case Withdraw(account_id=account_id, amount=amount):
                return self._move(amount, account_id)
            case Transfer(from_account_id=source, to_account_id=destination, amount=amount):
                return self._move(amount, source, destination)
            case reversal:
                return self._reverse(reversal)

    def _move(self, amount: Money, *account_ids: AccountId) -> Approval | Rejected:
        refusal = self._find_refusal(amount, account_ids)
        return self._add(amount, account_ids) if refusal is None else Rejected(refusal)

    def _find_refusal(self, amount: Money, account_ids: tuple[AccountId, ...]) -> BankcoreError | None:
        """Why it can never be: an account is not there or of another owner or currency, or both are the same."""
        payer_id = account_ids[0]
        for account_id in account_ids:
            account = self.unit.find_account(account_id)
            if account is None or (account_id == payer_id and not self._reaches(account)):
                return NotFoundError(resource="account", identifier=str(account_id))
            if account.currency != amount.currency:
                return CurrencyMismatchError(expected=account.currency.code, actual=amount.currency.code)
        return SameAccountError(account_id=payer_id) if len(set(account_ids)) < len(account_ids) else None

    def _reaches(self, account: Account) -> bool:
        return self.origin.owner_id in {None, account.owner_id}

    def _reverse(self, command: ReverseTransaction) -> Approval | Rejected:
        transaction = self.unit.find_transaction(command.transaction_id)
        if transaction is None:
            return Rejected(NotFoundError(resource="transaction", identifier=str(command.transaction_id)))
        if self.origin.owner_id is not None:
            return Rejected(ForbiddenError())
        account_ids = tuple(dict.fromkeys(entry.account_id for entry in transaction.entries))
        return self._add(command.amount or transaction.amount, account_ids)

    def _add(self, amount: Money | None, account_ids: tuple[AccountId, ...]) -> Approval:
        now = self.unit.opened_at
        approval = Approval(
            id=ApprovalId(self.unit.new_id()),
            command=self.command,
            amount=amount,
            account_ids=account_ids,
            requested_by=self.origin.requester,
            owner_id=self.origin.owner_id,
            requested_at=now,
            expires_at=now + APPROVAL_LIFETIME,
        )
        self.unit.add_approval(approval)
        return self.record(approval)
