"""What disputes ask of the ledger: the clearing account always follows the provider, whoever can pay.

What the provider takes is paid by the merchant's account, or if that cannot pay, by ours for what merchants owe.
"""

from collections.abc import Callable, Sequence
from typing import Final

from bankcore.disputes.disputes import DisputeMovement, PaymentDispute
from bankcore.disputes.ports import DisputeUnit
from bankcore.idempotency.answers import Rejected
from bankcore.identifiers import AccountId, TenantId, TransactionId
from bankcore.ledger.commands import PostTransaction
from bankcore.ledger.outcomes import accepted_transaction
from bankcore.ledger.transactions import Posting, Source
from bankcore.origin import Origin
from bankcore.payments.postings import ProviderAccount, provider_account_id
from bankcore.providers.disputes import DisputedMoney

SYSTEM: Final = Origin(actor_type="system", actor_id="disputes")
"""The actor of what providers tell."""
TAKEN: Final = "dispute"
GIVEN_BACK: Final = "dispute_reinstatement"
COLLECTED: Final = "dispute_collection"
"""The permanent names of the three transactions that a dispute may have, each with the id of the dispute."""


class DisputeAccounts:
    """Our accounts for the configuration of a dispute."""

    def __init__(self, tenant_id: TenantId, dispute: PaymentDispute) -> None:
        def of(purpose: ProviderAccount) -> AccountId:
            return provider_account_id(tenant_id, dispute.config_id, purpose, dispute.amount.currency)

        self.clearing = of(ProviderAccount.CLEARING)
        self.fees = of(ProviderAccount.FEES)
        self.owed = of(ProviderAccount.DISPUTES)


def take(
    unit: DisputeUnit, dispute: PaymentDispute, told: DisputedMoney, accounts: DisputeAccounts
) -> tuple[DisputeMovement | Rejected, Rejected | None]:
    """Book what the provider took. Returns it, and why the merchant's account could not pay it, if it could not."""
    paying = (dispute.account_id, accounts.owed)
    return _first_of(paying, lambda account_id: _move(unit, dispute, TAKEN, account_id, told, accounts))


def give_back(
    unit: DisputeUnit, dispute: PaymentDispute, told: DisputedMoney, accounts: DisputeAccounts
) -> DisputeMovement | Rejected:
    """Book what the provider gave back, for whoever had paid it; for us if the merchant's account takes nothing."""
    taking = (accounts.owed,) if dispute.is_owed else (dispute.account_id, accounts.owed)
    back = DisputedMoney(-told.amount, -told.fee)
    moved, _refusal = _first_of(taking, lambda account_id: _move(unit, dispute, GIVEN_BACK, account_id, back, accounts))
    return moved if isinstance(moved, Rejected) else moved._replace(amount=told.amount, fee=told.fee)


def collect(unit: DisputeUnit, dispute: PaymentDispute, accounts: DisputeAccounts) -> TransactionId | Rejected:
    """Have the merchant's account pay what ours had paid in its place."""
    lines = (Posting(dispute.account_id, -dispute.owed), Posting(accounts.owed, dispute.owed))
    return _post(unit, dispute, COLLECTED, lines)


def _first_of(
    account_ids: Sequence[AccountId], move: Callable[[AccountId], DisputeMovement | Rejected]
) -> tuple[DisputeMovement | Rejected, Rejected | None]:
    """The movement of the first account that the ledger lets move, and why it did not let the one before."""
    moved = move(account_ids[0])
    if isinstance(moved, Rejected) and len(account_ids) > 1:
        return move(account_ids[1]), moved
    return moved, None


def _move(
    unit: DisputeUnit,
    dispute: PaymentDispute,
    name: str,
    account_id: AccountId,
    told: DisputedMoney,
    accounts: DisputeAccounts,
) -> DisputeMovement | Rejected:
    """The account first, so that a refusal names it; the fee is a line of its own."""
    fee = (Posting(accounts.fees, told.fee),) if told.fee.minor else ()
    lines = (Posting(account_id, -(told.amount + told.fee)), Posting(accounts.clearing, told.amount), *fee)
    posted = _post(unit, dispute, name, lines)
    return posted if isinstance(posted, Rejected) else DisputeMovement(told.amount, told.fee, account_id, posted)


def _post(unit: DisputeUnit, dispute: PaymentDispute, name: str, lines: Sequence[Posting]) -> TransactionId | Rejected:
    source, said = Source(name, str(dispute.id)), {"payment": str(dispute.payment_id)}
    post = PostTransaction(tuple(lines), transaction_kind=name, source=source, metadata=said)
    (outcome,) = unit.ledger.execute([post], origin=SYSTEM)
    return outcome if isinstance(outcome, Rejected) else accepted_transaction(outcome).id
