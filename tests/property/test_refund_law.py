"""Whatever happens to refunds in whatever order: no payment gives more back than was paid, and the books follow."""

from datetime import timedelta
from typing import Final

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bankcore.payments.payments import Payment
from bankcore.payments.postings import ProviderAccount, provider_account_id
from bankcore.providers.answers import Declined, NotExecuted, RefundAccepted, RefundAnswer, Unknown
from bankcore.providers.states import RefundStatus
from bankcore.refunds.refunds import PaymentRefund, PaymentRefundId, RefundStage
from bankcore.testing import FrozenClock
from tests.contract.payment_adapters import in_memory_payment_adapter
from tests.contract.refund_adapters import RefundAdapter, refund_adapter
from tests.worlds.values import NPR

ANSWERS: Final[dict[str, tuple[RefundAnswer, bool]]] = {
    "given": (RefundAccepted(provider_id="r", status=RefundStatus.SUCCEEDED), True),
    "is at work": (RefundAccepted(provider_id="r", status=RefundStatus.PENDING), True),
    "silent before": (Unknown("time-out"), False),
    "silent after": (Unknown("time-out"), True),
    "declined": (Declined(code="refused", reason="No."), False),
    "not reached": (NotExecuted("not_sent", "no connection"), False),
}


class RefundLaw(RuleBasedStateMachine):
    """One merchant with two payments, a provider that says what it likes, and a worker."""

    def __init__(self) -> None:
        super().__init__()
        self.refunds: RefundAdapter = refund_adapter(in_memory_payment_adapter(FrozenClock()))
        self.paid: list[Payment] = []
        self.ended: dict[PaymentRefundId, RefundStage] = {}

    @initialize()
    def payers_pay(self) -> None:
        self.paid = [self.refunds.payments.paid(amount) for amount in ("5.00", "3.00")]

    @rule(
        said=st.sampled_from(sorted(ANSWERS)),
        number=st.integers(0, 1),
        amount=st.sampled_from([None, "0.01", "1.00", "4.00"]),
    )
    def order(self, said: str, number: int, amount: str | None) -> None:
        answer, happened = ANSWERS[said]
        self.refunds.provider.answer_next(answer, happened=happened)
        self.refunds.try_to_give(self.paid[number].id, amount)

    @rule(number=st.integers(0, 20), status=st.sampled_from([RefundStatus.SUCCEEDED, RefundStatus.FAILED]))
    def provider_ends(self, number: int, status: RefundStatus) -> None:
        known = sorted(self.refunds.provider.refunds)
        if known:
            reference = known[number % len(known)]
            if not self.refunds.provider.refunds[reference].status.is_final:
                self.refunds.provider.settle_refund(reference, status)
            self.refunds.tell(reference)

    @rule(number=st.integers(0, 20))
    def somebody_ends_a_hold(self, number: int) -> None:
        found = self.all()
        if found:
            self.refunds.void_by_hand(found[number % len(found)])

    @rule(minutes=st.sampled_from([0, 6, 70, 1_500]))
    def worker_works(self, minutes: int) -> None:
        self.refunds.payments.let_time_pass(timedelta(minutes=minutes))
        self.refunds.heed_all()
        self.refunds.ask_all()

    def all(self) -> list[PaymentRefund]:
        return [
            refund for payment in self.paid for refund in self.refunds.queries.list_refunds(payment.id, limit=1_000)
        ]

    @invariant()
    def no_payment_gives_more_back_than_was_paid(self) -> None:
        for payment in self.paid:
            made = self.refunds.queries.list_refunds(payment.id, limit=1_000)
            kept = [refund.amount.minor for refund in made if refund.stage is not RefundStage.FAILED]
            assert sum(kept) <= payment.amount.minor

    @invariant()
    def what_ended_stays(self) -> None:
        for refund in self.all():
            if refund.stage.is_over:
                assert self.ended.setdefault(refund.id, refund.stage) is refund.stage

    @invariant()
    def the_books_have_what_was_given_back_once(self) -> None:
        if not self.paid:
            return
        given = sum(refund.amount.minor for refund in self.all() if refund.stage is RefundStage.SUCCEEDED)
        bank, config = self.refunds.payments.bank, self.refunds.payments.config
        clearing = provider_account_id(bank.tenant_id, config.id, ProviderAccount.CLEARING, NPR)
        assert bank.accounts.balance(clearing).balance.minor == given - 800
        assert bank.accounts.balance(self.refunds.payments.merchant.id).balance.minor == 800 - given

    @invariant()
    def the_provider_gave_back_what_the_books_say(self) -> None:
        for refund in self.all():
            if refund.stage is RefundStage.SUCCEEDED:
                assert self.refunds.provider.refunds[refund.reference].status is RefundStatus.SUCCEEDED


TestRefundLaw = RefundLaw.TestCase
