"""Disputes of the payments of a merchant, on each adapter of the ports of disputes."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bankcore.disputes.disputes import PaymentDispute
from bankcore.disputes.follow import FollowDisputes
from bankcore.disputes.ports import DisputeQueries
from bankcore.disputes.review import ResolveDisputes
from bankcore.errors import NotFoundError
from bankcore.ledger.commands import Transfer
from bankcore.money import Money
from bankcore.payments.open_accounts import OpenProviderAccounts
from bankcore.payments.payments import Payment
from bankcore.payments.postings import ProviderAccount
from bankcore.providers.disputes import DisputedMoney, DisputeStanding, DisputeState
from bankcore.providers.states import ProviderMode
from bankcore.testing.bank import InMemoryBank
from bankcore.testing.disputes import in_memory_disputes
from bankcore.testing.providers import InMemoryProvider
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.disputes.unit import SqlDisputeQueries, SqlDisputeUnits
from tests.contract.refund_adapters import RefundAdapter
from tests.worlds.values import npr

DISPUTE_ID: Final = "dp_1"


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeAdapter:
    """Disputes on one adapter, of the payments that are there."""

    refunds: RefundAdapter
    follow: FollowDisputes
    resolve: ResolveDisputes
    queries: DisputeQueries

    @property
    def provider(self) -> InMemoryProvider:
        """The one that tells of disputes."""
        return self.refunds.provider

    def let_be(
        self,
        payment: Payment,
        status: DisputeStanding = DisputeStanding.NEEDS_RESPONSE,
        *,
        amount: str = "100.00",
        taken: str | None = None,
        back: str | None = None,
        fee: str = "0.00",
        fee_back: str = "0.00",
        respond_by: datetime | None = None,
        dispute_id: str = DISPUTE_ID,
    ) -> DisputeState:
        """What the provider has of a dispute about that payment."""
        state = DisputeState(
            status=status,
            provider_id=dispute_id,
            reference=payment.attempt.reference,
            amount=npr(amount),
            withdrawn=None if taken is None else DisputedMoney(npr(taken), npr(fee)),
            reinstated=None if back is None else DisputedMoney(npr(back), npr(fee_back)),
            reason="fraudulent",
            respond_by=respond_by,
            mode=ProviderMode.TEST,
        )
        self.provider.disputes[dispute_id] = state
        return state

    def change(self, dispute_id: str = DISPUTE_ID, **changes: object) -> None:
        """Change what the provider has of it."""
        self.provider.disputes[dispute_id] = replace(self.provider.disputes[dispute_id], **changes)  # type: ignore[arg-type]

    def tell(self, dispute_id: str = DISPUTE_ID) -> bool:
        """Let the provider tell how that dispute stands, and work on it; whether it was new."""
        body, headers = self.provider.webhook_about(dispute_id)
        is_new = self.refunds.payments.receive(self.refunds.payments.config.id, body, headers)
        self.heed_all()
        return is_new

    def opened(self, payment: Payment, **said: str) -> PaymentDispute:
        """A dispute of which the provider told."""
        self.let_be(payment, **said)  # type: ignore[arg-type]
        assert self.tell(said.get("dispute_id", DISPUTE_ID))
        return self.latest()

    def latest(self) -> PaymentDispute:
        """The dispute that was told of last."""
        return self.queries.list_disputes(limit=1)[0]

    def heed_all(self) -> int:
        """Work on all that providers told of disputes. Returns how much that was."""
        return len(list(iter(self.follow.heed_next, None)))

    def ask_all(self) -> int:
        """Ask about all that is due. Returns how many that were."""
        return len(list(iter(self.follow.ask_next, None)))

    def balances(self) -> tuple[str, str, str, str]:
        """Of the merchant, and of our accounts for clearing, fees, and what merchants owe."""
        payments = self.refunds.payments
        clearing, fees = payments.balance_at(ProviderAccount.CLEARING), payments.balance_at(ProviderAccount.FEES)
        try:
            owed = payments.balance_at(ProviderAccount.DISPUTES)
        except NotFoundError:
            owed = "0.00"
        return payments.balance(), clearing, fees, owed

    def spend(self, amount: Money) -> None:
        """Let the merchant spend so much."""
        bank = self.refunds.payments.bank
        other = bank.accounts.open(currency="NPR", owner_id="somebody")
        bank.ledger.execute([Transfer(self.refunds.payments.merchant.id, other.id, amount)])

    def earn(self) -> None:
        """Let the merchant be paid 100.00 again."""
        self.refunds.payments.paid()


def dispute_adapter(refunds: RefundAdapter) -> DisputeAdapter:
    """On the same adapter as the payments."""
    bank = refunds.payments.bank
    if isinstance(bank, InMemoryBank):
        assert refunds.payments.made is not None
        assert refunds.stored is not None
        made = in_memory_disputes(bank, refunds.payments.made, refunds.stored)
        return DisputeAdapter(refunds=refunds, follow=made.follow, resolve=made.resolve, queries=made.queries)
    transactions = OwnTransactions(bank.database, bank.tenant_id)
    units = SqlDisputeUnits(transactions, bank.unit)
    follow = FollowDisputes(
        tenant_id=bank.tenant_id,
        units=units,
        providers=refunds.payments.create.providers,
        open_accounts=OpenProviderAccounts(bank.tenant_id, bank.ledger, bank.queries, tuple(ProviderAccount)),
    )
    queries = SqlDisputeQueries(transactions)
    return DisputeAdapter(refunds=refunds, follow=follow, resolve=ResolveDisputes(units), queries=queries)
