"""Refunds of the payments of a merchant, on each adapter of the ports of refunds."""

from dataclasses import dataclass

from bankcore.errors import BankcoreError
from bankcore.holds.commands import VoidHold
from bankcore.idempotency.answers import Accepted, Rejected
from bankcore.ledger.amount_checks import AmountCheck
from bankcore.money import Money
from bankcore.origin import Origin
from bankcore.payments.payments import Payment, PaymentId
from bankcore.providers.answers import RefundAnswer
from bankcore.refunds.ask import AskRefunds
from bankcore.refunds.create import RefundPayment, RefundPayments
from bankcore.refunds.decide import DecideRefunds
from bankcore.refunds.heed import HeedRefundNotices
from bankcore.refunds.ports import RefundQueries, RefundUnits
from bankcore.refunds.refunds import PaymentRefund
from bankcore.testing.bank import InMemoryBank
from bankcore.testing.providers import InMemoryProvider
from bankcore.testing.refunds import InMemoryRefundStore, in_memory_refunds
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.refunds.unit import SqlRefundQueries, SqlRefundUnits
from tests.contract.payment_adapters import MERCHANT, PaymentAdapter
from tests.worlds.values import npr


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundAdapter:
    """Refunds on one adapter, of the payments that are there."""

    payments: PaymentAdapter
    units: RefundUnits
    refund: RefundPayments
    decide: DecideRefunds
    ask: AskRefunds
    heed: HeedRefundNotices
    queries: RefundQueries
    stored: InMemoryRefundStore | None = None
    """What is in memory."""

    @property
    def provider(self) -> InMemoryProvider:
        """The one that takes and gives."""
        return self.payments.provider

    def try_to_give(
        self,
        payment_id: PaymentId,
        amount: str | Money | None = None,
        *,
        key: str | None = None,
        origin: Origin = MERCHANT,
        reason: str = "sent back",
        check: AmountCheck | None = None,
    ) -> Accepted[PaymentRefund] | Rejected:
        """Ask for a refund; a refusal is a value."""
        money = npr(amount) if isinstance(amount, str) else amount
        command = RefundPayment(payment_id, money, reason=reason, idempotency_key=key)
        try:
            if check is None:
                return self.refund(command, origin=origin)
            return self.refund(command, origin=origin, check_amount=check)
        except BankcoreError as refusal:
            return Rejected(refusal, refusal.replayed)

    def give(
        self,
        payment: Payment,
        amount: str | None = None,
        *,
        said: RefundAnswer | None = None,
        happened: bool | None = None,
    ) -> PaymentRefund:
        """A refund that must be made, to which the provider says that; it then has happened if it accepts."""
        if said is not None:
            self.provider.answer_next(said, happened=happened)
        answer = self.try_to_give(payment.id, amount)
        assert isinstance(answer, Accepted), answer
        return answer.value

    def now(self, refund: PaymentRefund) -> PaymentRefund:
        """The refund as it is now."""
        return self.queries.get_refund(refund.id)

    def ask_all(self) -> int:
        """Ask about all that is due. Returns how many that were."""
        return len(list(iter(self.ask.ask_next, None)))

    def heed_all(self) -> int:
        """Work on all that providers told of refunds. Returns how much that was."""
        return len(list(iter(self.heed.heed_next, None)))

    def tell(self, reference: str) -> bool:
        """Let the provider tell how that refund stands; whether it was new."""
        body, headers = self.provider.webhook_about(reference)
        return self.payments.receive(self.payments.config.id, body, headers)

    def void_by_hand(self, refund: PaymentRefund) -> None:
        """Let somebody end the hold."""
        self.payments.bank.ledger.execute([VoidHold(refund.hold_id)])

    def funds(self) -> tuple[str, str]:
        """The merchant's balance, and what of it is free."""
        account = self.payments.bank.accounts.balance(self.payments.merchant.id)
        return account.balance.to_decimal_string(), account.available.to_decimal_string()

    def given(self, payment: Payment) -> str:
        """What of the payment was given back."""
        found = self.queries.list_refunded([payment.id])
        return found.get(payment.id, npr("0.00")).to_decimal_string()


def refund_adapter(payments: PaymentAdapter) -> RefundAdapter:
    """On the same adapter as the payments."""
    if isinstance(payments.bank, InMemoryBank):
        assert payments.made is not None
        made = in_memory_refunds(payments.bank, payments.made)
        return RefundAdapter(
            payments=payments,
            units=made.units,
            refund=made.refund,
            decide=made.decide,
            ask=made.ask,
            heed=made.heed,
            queries=made.queries,
            stored=made.stored,
        )
    bank, create = payments.bank, payments.create
    transactions = OwnTransactions(bank.database, bank.tenant_id)
    units = SqlRefundUnits(transactions, bank.unit)
    refund = RefundPayments(
        tenant_id=bank.tenant_id,
        units=units,
        providers=create.providers,
        circuits=create.circuits,
        new_id=bank.ids.new_id,
    )
    return RefundAdapter(
        payments=payments,
        units=units,
        refund=refund,
        decide=DecideRefunds(units),
        ask=AskRefunds(units, create.providers, create.circuits),
        heed=HeedRefundNotices(units, create.providers),
        queries=SqlRefundQueries(transactions),
    )
