"""What disbursements ask of the ledger: money set aside, taken from there once it was paid, and put back."""

from dataclasses import dataclass, replace
from typing import ClassVar, Final

from bankcore.disbursements.disbursements import WAITS_FOR_APPROVAL, Disbursement
from bankcore.holds.commands import CaptureHold, ExtendHold, PlaceHold, VoidHold
from bankcore.idempotency.answers import Rejected
from bankcore.identifiers import AccountId, HoldId, TenantId
from bankcore.ledger.changes import Reach
from bankcore.ledger.command import MoneyCommand, elements
from bankcore.ledger.holds import LIFETIME_MAX
from bankcore.ledger.outcomes import Outcome, accepted_hold
from bankcore.ledger.reversals import ReverseTransaction
from bankcore.ledger.service import LedgerService
from bankcore.ledger.transactions import Posting, Source
from bankcore.money import Money
from bankcore.origin import Origin
from bankcore.payments.postings import ProviderAccount, provider_account_id

SOURCE_TYPE: Final = "disbursement"
"""The permanent name of the transaction is its disbursement, so the books themselves pay none twice."""
RETURN_SOURCE_TYPE: Final = "disbursement_return"


@dataclass(frozen=True, slots=True)
class PayOut(MoneyCommand):
    """What a provider paid for an account leaves it, when no hold keeps it any more."""

    kind: ClassVar[str] = "disbursement"
    reaches: ClassVar[tuple[Reach, ...]] = (Reach.OWN, Reach.OURS)
    account_id: AccountId
    clearing_id: AccountId
    amount: Money

    def postings(self, tenant_id: TenantId) -> tuple[Posting, ...]:  # noqa: ARG002 - both accounts are given
        """Debit the account, credit what the provider owes us."""
        return (Posting(self.account_id, -self.amount), Posting(self.clearing_id, self.amount))

    def movement(self) -> str:
        """Both accounts and the amount."""
        amount = self.amount
        return elements(str(self.account_id), str(self.clearing_id), amount.minor, amount.currency.code)


def set_aside(ledger: LedgerService, account_id: AccountId, amount: Money, origin: Origin) -> HoldId | Rejected:
    """Set the amount aside in the name of that origin, but so that its owner cannot give it back."""
    placing = PlaceHold(account_id, amount, lifetime=WAITS_FOR_APPROVAL)
    (outcome,) = ledger.execute([placing], origin=replace(origin, owner_id=None))
    return outcome if isinstance(outcome, Rejected) else accepted_hold(outcome).id


def keep_aside(ledger: LedgerService, disbursement: Disbursement, origin: Origin) -> Rejected | None:
    """Keep it for as long as a provider can take; the refusal if it is free already."""
    (outcome,) = ledger.execute([ExtendHold(disbursement.hold_id, lifetime=LIFETIME_MAX)], origin=origin)
    return outcome if isinstance(outcome, Rejected) else None


def give_back(ledger: LedgerService, disbursement: Disbursement, origin: Origin) -> None:
    """Give back what is set aside; a hold whose time was over has done so by itself."""
    ledger.execute([VoidHold(disbursement.hold_id)], origin=replace(origin, owner_id=None))


def take(ledger: LedgerService, tenant_id: TenantId, disbursement: Disbursement, origin: Origin) -> Outcome:
    """Take what was paid: from the hold, or from the account if somebody ended the hold by hand."""
    amount = disbursement.amount
    clearing_id = provider_account_id(tenant_id, disbursement.config_id, ProviderAccount.CLEARING, amount.currency)
    source = Source(SOURCE_TYPE, str(disbursement.id))
    (taken,) = ledger.execute([CaptureHold(disbursement.hold_id, clearing_id, source=source)], origin=origin)
    if not isinstance(taken, Rejected):
        return taken
    (paid,) = ledger.execute([PayOut(disbursement.account_id, clearing_id, amount, source=source)], origin=origin)
    return paid


def put_back(ledger: LedgerService, disbursement: Disbursement, origin: Origin) -> Outcome:
    """Undo the payment by a new transaction, once for ever."""
    assert disbursement.transaction_id is not None  # noqa: S101 - what was paid has its transaction
    source = Source(RETURN_SOURCE_TYPE, str(disbursement.id))
    undoing = ReverseTransaction(disbursement.transaction_id, reason="returned by the payee's bank", source=source)
    (outcome,) = ledger.execute([undoing], origin=origin)
    return outcome
