"""Whatever happens to payments in whatever order: what ended stays, and what was paid is in the books once."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bankcore.errors import InvalidStateError, UnauthenticatedError
from bankcore.payments.attempts import AttemptStatus
from bankcore.payments.payments import Payment, PaymentId, PaymentStatus
from bankcore.payments.postings import ProviderAccount
from bankcore.providers.answers import ChargeAccepted, ChargeAnswer, Declined, NotExecuted, Unknown
from bankcore.providers.states import ChargeStatus
from bankcore.testing import FrozenClock
from tests.contract.payment_adapters import MERCHANT, PaymentAdapter, in_memory_payment_adapter
from tests.worlds.values import npr

ANSWERS: Final[dict[str, tuple[ChargeAnswer, bool]]] = {
    "taken": (ChargeAccepted(provider_id="c", status=ChargeStatus.SUCCEEDED, fee=npr("0.10")), True),
    "waits": (ChargeAccepted(provider_id="c", status=ChargeStatus.REQUIRES_ACTION), True),
    "is at work": (ChargeAccepted(provider_id="c", status=ChargeStatus.PENDING), True),
    "silent before": (Unknown("time-out"), False),
    "silent after": (Unknown("time-out"), True),
    "declined": (Declined(code="refused", reason="No."), False),
    "not reached": (NotExecuted("not_sent", "no connection"), False),
}
_STATES: Final = (ChargeStatus.SUCCEEDED, ChargeStatus.DECLINED, ChargeStatus.REQUIRES_ACTION, ChargeStatus.PENDING)


class PaymentLaw(RuleBasedStateMachine):
    """One merchant, two providers, payers who do as they like, and messages that come twice, late or forged."""

    def __init__(self) -> None:
        super().__init__()
        self.payments: PaymentAdapter = in_memory_payment_adapter(FrozenClock())
        self.payments.add_provider("second")
        self.ended: dict[PaymentId, tuple[PaymentStatus, AttemptStatus | None]] = {}
        self.letters: list[tuple[str, bytes, dict[str, str]]] = []

    @rule(first=st.sampled_from(sorted(ANSWERS)), second=st.sampled_from(sorted(ANSWERS)))
    def order(self, first: str, second: str) -> None:
        for name, said in (("main", first), ("second", second)):
            answer, happened = ANSWERS[said]
            self.payments.factory.of(name).answer_next(answer, happened=happened)
        self.payments.pay("5.00")

    @rule(name=st.sampled_from(["main", "second"]), number=st.integers(0, 20), status=st.sampled_from(_STATES))
    def payer_or_bank_decides(self, name: str, number: int, status: ChargeStatus) -> None:
        provider = self.payments.factory.of(name)
        if provider.charges:
            reference = sorted(provider.charges)[number % len(provider.charges)]
            # A provider keeps what it was paid: nothing follows success.
            if provider.charges[reference].status is not ChargeStatus.SUCCEEDED:
                provider.settle(reference, status)
            body, headers = provider.webhook_about(reference)
            self.letters.append((name, body, dict(headers)))

    @rule(number=st.integers(0, 20), forge=st.booleans())
    def letter_comes(self, number: int, *, forge: bool) -> None:
        if not self.letters:
            return
        name, body, headers = self.letters[number % len(self.letters)]
        (config,) = [each for each in self.payments.configs.list_configs() if each.name == name]
        if not forge:
            self.payments.receive(config.id, body, headers)
            return
        try:
            self.payments.receive(config.id, body, dict.fromkeys(headers, "00"))
        except UnauthenticatedError:
            return
        raise AssertionError("a forged letter was taken")

    @rule()
    def worker_heeds(self) -> None:
        self.payments.heed_all()

    @rule(minutes=st.sampled_from([6, 70, 1_500]))
    def worker_asks(self, minutes: int) -> None:
        self.payments.let_time_pass(timedelta(minutes=minutes))
        self.payments.ask_all()

    @rule(number=st.integers(0, 20))
    def merchant_calls_off(self, number: int) -> None:
        found = self.all()
        if found:
            try:
                self.payments.call_off(found[number % len(found)].id, origin=MERCHANT)
            except InvalidStateError:
                return

    def all(self) -> list[Payment]:
        return list(self.payments.queries.list_payments(limit=1_000))

    @invariant()
    def what_ended_stays(self) -> None:
        for payment in self.all():
            if payment.status.is_over:
                assert self.ended.setdefault(payment.id, (payment.status, None))[0] is payment.status

    @invariant()
    def what_was_paid_is_in_the_books_once(self) -> None:
        taken = [payment for payment in self.all() if payment.transaction_id is not None]
        fees = sum(0 if payment.fee is None else payment.fee.minor for payment in taken)
        owed = sum(payment.amount.minor for payment in taken)
        configs = [each.id for each in self.payments.configs.list_configs()]
        used = [each for each in configs if any(payment.attempt.config_id == each for payment in taken)]

        assert self.payments.balance() == npr("0").to_decimal_string() or owed
        assert self.payments.bank.accounts.balance(self.payments.merchant.id).balance.minor == owed - fees
        clearing = [self.payments.balance_at(ProviderAccount.CLEARING, each) for each in used]
        assert sum((npr(amount.lstrip("-")).minor for amount in clearing), 0) == owed

    @invariant()
    def nobody_was_charged_for_what_failed_without_a_person_being_told(self) -> None:
        for payment in self.all():
            paid_after_end = payment.status.is_over and payment.status is not PaymentStatus.COMPLETED
            if paid_after_end and payment.transaction_id is not None:
                assert payment.review_since is not None

    @invariant()
    def what_was_completed_has_its_money_at_the_provider(self) -> None:
        for payment in self.all():
            if payment.status is PaymentStatus.COMPLETED:
                config = next(c for c in self.payments.configs.list_configs() if c.id == payment.attempt.config_id)
                charge = self.payments.factory.of(config.name).charges[payment.attempt.reference]
                assert replace(charge, fee=None).status is ChargeStatus.SUCCEEDED


TestPaymentLaw = PaymentLaw.TestCase
