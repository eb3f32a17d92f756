"""Who may ask for which refund, and what comes of asking twice, on both adapters."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bankcore.errors import ForbiddenError, InvalidRequestError, InvalidStateError, LedgerInvariantError, NotFoundError
from bankcore.holds.commands import VoidHold
from bankcore.idempotency.answers import Accepted, Rejected
from bankcore.idempotency.keys import IdempotencyKeyReusedError
from bankcore.ledger.commands import FreezeAccount
from bankcore.ledger.rejections import AccountFrozenError
from bankcore.money import CurrencyMismatchError, Money
from bankcore.payments.circuit import FAILURES_IN_A_ROW, OPEN_FOR
from bankcore.payments.payments import PaymentId
from bankcore.payments.refusals import ProvidersUnavailableError
from bankcore.providers.answers import ChargeAccepted, Declined, NotExecuted, RefundAccepted, Unknown
from bankcore.providers.states import ChargeStatus, RefundStatus
from bankcore.refunds.create import RefundPayment
from bankcore.refunds.refunds import PaymentRefund, PaymentRefundId, RefundStage
from bankcore.refunds.refusals import ProviderCannotRefundError, RefundExceedsPaymentError
from bankcore.testing.bank import InMemoryBank
from bankcore.testing.providers import IN_MEMORY_FACTS
from tests.contract.payment_adapters import ADMIN, MERCHANT, NOWHERE, OTHER
from tests.contract.refund_adapters import RefundAdapter
from tests.worlds.values import npr

WAITS = ChargeAccepted(provider_id="ch_7", status=ChargeStatus.REQUIRES_ACTION)
AT_WORK = RefundAccepted(provider_id="re_7", status=RefundStatus.PENDING)


def refusal(answer: Accepted[PaymentRefund] | Rejected) -> object:
    """Why it was refused."""
    assert isinstance(answer, Rejected), answer
    return answer.reason


def test_only_the_merchant_and_staff_give_a_payment_back(refunds: RefundAdapter) -> None:
    payment = refunds.payments.paid()

    assert isinstance(refusal(refunds.try_to_give(payment.id, origin=OTHER)), NotFoundError)
    assert isinstance(refusal(refunds.try_to_give(NOWHERE)), NotFoundError)
    assert isinstance(refunds.try_to_give(payment.id, "1.00", origin=ADMIN), Accepted)

    refund = refunds.give(payment, "2.00")
    assert refunds.queries.get_refund(refund.id, owner_id="shop") == refund
    for refund_id, owner_id in ((refund.id, "other"), (PaymentRefundId(NOWHERE), None)):
        with pytest.raises(NotFoundError):
            refunds.queries.get_refund(refund_id, owner_id=owner_id)


def test_refunds_are_listed_page_by_page_the_latest_first(refunds: RefundAdapter) -> None:
    payment, other = refunds.payments.paid(), refunds.payments.paid()
    made = [refunds.give(payment, amount) for amount in ("1.00", "2.00", "3.00")]
    refunds.give(other, "4.00")

    page = refunds.queries.list_refunds(payment.id, limit=2)

    assert page == made[:0:-1]
    assert refunds.queries.list_refunds(payment.id, before=page[-1].id, limit=2) == made[:1]
    assert refunds.queries.list_refunded([payment.id, other.id]) == {payment.id: npr("6.00"), other.id: npr("4.00")}
    assert refunds.queries.list_refunded([]) == {}


def test_what_was_not_paid_is_not_given_back(refunds: RefundAdapter) -> None:
    refunds.provider.answer_next(WAITS)
    waiting = refunds.payments.paid()
    refunds.provider.answer_next(Declined(code="stolen_card", reason="No."))
    failed = refunds.payments.paid()

    for payment in (waiting, failed):
        reason = refusal(refunds.try_to_give(payment.id))
        assert reason == InvalidStateError(resource="payment", identifier=str(payment.id), state=payment.status)


def test_money_that_came_after_the_payment_had_ended_is_given_back(refunds: RefundAdapter) -> None:
    refunds.provider.answer_next(WAITS)
    payment = refunds.payments.paid()
    refunds.payments.call_off(payment.id, origin=MERCHANT)
    refunds.provider.settle(payment.attempt.reference, ChargeStatus.SUCCEEDED)
    body, headers = refunds.provider.webhook_about(payment.attempt.reference)
    refunds.payments.receive(refunds.payments.config.id, body, headers)
    refunds.payments.heed_all()
    assert refunds.funds() == ("100.00", "100.00")

    assert refunds.give(refunds.payments.now(payment)).stage is RefundStage.SUCCEEDED

    assert refunds.funds() == ("0.00", "0.00")


def test_more_than_was_paid_or_another_currency_is_refused_with_the_facts(refunds: RefundAdapter) -> None:
    payment = refunds.payments.paid()
    refunds.give(payment, "30.00", said=AT_WORK)

    too_much = RefundExceedsPaymentError(
        captured=npr("100.00"), refunded=npr("30.00"), disputed=npr("0.00"), available=npr("70.00")
    )
    assert refusal(refunds.try_to_give(payment.id, "70.01")) == too_much
    dollars = CurrencyMismatchError(expected="NPR", actual="USD")
    assert refusal(refunds.try_to_give(payment.id, Money.of("1.00", "USD"))) == dollars


def test_a_provider_without_refunds_is_named_before_anything_is_set_aside(refunds: RefundAdapter) -> None:
    payment = refunds.payments.paid()
    refunds.provider.become(replace(IN_MEMORY_FACTS, has_refunds=False))

    assert refusal(refunds.try_to_give(payment.id)) == ProviderCannotRefundError(provider="main")

    assert refunds.funds() == ("100.00", "100.00")
    assert refunds.queries.list_refunds(payment.id, limit=10) == []


def test_a_frozen_account_gives_nothing_back(refunds: RefundAdapter) -> None:
    payment = refunds.payments.paid()
    refunds.payments.bank.ledger.execute([FreezeAccount(refunds.payments.merchant.id)])

    assert isinstance(refusal(refunds.try_to_give(payment.id)), AccountFrozenError)
    assert refunds.provider.refunds == {}


def test_who_may_not_move_so_much_is_refused_and_nothing_is_recorded(refunds: RefundAdapter) -> None:
    payment, asked = refunds.payments.paid(), list[Money]()

    def check(amounts: Sequence[Money]) -> None:
        asked.extend(amounts)
        raise ForbiddenError

    assert isinstance(refusal(refunds.try_to_give(payment.id, key="refund-7", check=check)), ForbiddenError)

    assert asked == [npr("100.00")]
    assert refunds.funds() == ("100.00", "100.00")
    assert isinstance(refunds.try_to_give(payment.id, key="refund-7"), Accepted)


def test_a_request_that_is_sent_again_is_the_same_refund_as_it_is_now(refunds: RefundAdapter) -> None:
    payment = refunds.payments.paid()
    refunds.provider.answer_next(AT_WORK)
    first = refunds.try_to_give(payment.id, "40.00", key="refund-7")
    assert isinstance(first, Accepted)
    refunds.provider.settle_refund(first.value.reference, RefundStatus.SUCCEEDED)
    refunds.tell(first.value.reference)
    refunds.heed_all()
    refunds.ask_all()

    again = refunds.try_to_give(payment.id, "40.00", key="refund-7")

    assert again == Accepted(refunds.now(first.value), replayed=True)
    assert refunds.now(first.value).stage is RefundStage.SUCCEEDED
    assert len(refunds.provider.refunds) == 1
    assert isinstance(refusal(refunds.try_to_give(payment.id, "41.00", key="refund-7")), IdempotencyKeyReusedError)


def test_a_provider_that_fails_again_and_again_is_left_alone_and_the_key_stays_free(refunds: RefundAdapter) -> None:
    payment = refunds.payments.paid()
    for _ in range(FAILURES_IN_A_ROW):
        refunds.give(payment, "1.00", said=NotExecuted("not_sent", "no connection"))

    assert refusal(refunds.try_to_give(payment.id, key="refund-7")) == ProvidersUnavailableError()
    assert refunds.funds() == ("100.00", "100.00")

    refunds.payments.let_time_pass(OPEN_FOR)
    assert isinstance(refunds.try_to_give(payment.id, key="refund-7"), Accepted)


def test_a_provider_that_answers_questions_again_is_asked_for_refunds_again(refunds: RefundAdapter) -> None:
    payment = refunds.payments.paid()
    for _ in range(FAILURES_IN_A_ROW):
        refunds.give(payment, "1.00", said=Unknown("time-out"))
    refunds.payments.let_time_pass(OPEN_FOR * 20)

    assert refunds.ask_all() == FAILURES_IN_A_ROW

    refunds.give(payment, "1.00", said=Unknown("time-out"))
    assert refunds.give(payment, "2.00").stage is RefundStage.SUCCEEDED


def test_the_merchant_does_not_end_what_is_set_aside(refunds: RefundAdapter) -> None:
    refund = refunds.give(refunds.payments.paid(), "40.00", said=AT_WORK)

    (ended,) = refunds.payments.bank.ledger.execute([VoidHold(refund.hold_id)], origin=MERCHANT)

    assert isinstance(ended, Rejected)
    assert refunds.funds() == ("100.00", "60.00")


@pytest.mark.parametrize("wrong", [{"reason": ""}, {"reason": "x" * 141}, {"amount": npr("-1.00")}])
def test_what_is_no_order_is_refused_by_its_field(wrong: dict[str, object]) -> None:
    asked: dict[str, object] = {"amount": npr("1.00"), "reason": "sent back", **wrong}

    with pytest.raises(InvalidRequestError) as refused:
        RefundPayment(PaymentId(NOWHERE), **asked)  # type: ignore[arg-type]

    assert refused.value.pointer == f"/{next(iter(wrong))}"


def test_a_refund_that_is_remembered_and_gone_stops_the_work(refunds: RefundAdapter) -> None:
    if not isinstance(refunds.payments.bank, InMemoryBank):
        return
    payment = refunds.payments.paid()
    refunds.try_to_give(payment.id, key="refund-7")
    refunds.units.run(lambda unit: unit._refunds.clear())  # type: ignore[attr-defined] # noqa: SLF001 - a broken store

    with pytest.raises(LedgerInvariantError):
        refunds.try_to_give(payment.id, key="refund-7")
