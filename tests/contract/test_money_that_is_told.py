"""A provider that tells of money by the account it came to: it is verified, and pays the order of that account."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bankcore.payments.notices import NOTICE_PAUSE
from bankcore.payments.payments import PAYMENT_LIFETIME, Payment, PaymentStatus
from bankcore.payments.settle import PAID_AFTER_END, PAID_AGAIN
from bankcore.providers.answers import ChargeAccepted, TransferToAccount, Unknown
from bankcore.providers.facts import WebhookProof
from bankcore.providers.orders import ChargeLookup
from bankcore.providers.states import ChargeState, ChargeStatus
from bankcore.testing.providers import IN_MEMORY_FACTS
from tests.contract.payment_adapters import PaymentAdapter
from tests.worlds.values import npr

ACCOUNT = "9977904966"
TELLS = replace(IN_MEMORY_FACTS, webhook_proof=WebhookProof.SENDER, has_lookup_by_reference=False, is_told_alone=True)
OPENED = ChargeAccepted(
    provider_id=ACCOUNT,
    status=ChargeStatus.REQUIRES_ACTION,
    next_action=TransferToAccount(bank="A Bank", account_number=ACCOUNT, account_name="Shop"),
)


@pytest.fixture
def payment(payments: PaymentAdapter) -> Payment:
    """A payment whose payer is to send 100.00 to an account."""
    payments.provider.become(TELLS)
    return waiting(payments)


def waiting(payments: PaymentAdapter) -> Payment:
    payments.provider.answer_next(OPENED, happened=False)
    return payments.paid()


def come(payments: PaymentAdapter, amount: str, settlement: str = "settlement-1", **said: object) -> None:
    """Let so much come to the account, and the provider tell of it."""
    state = ChargeState(
        status=ChargeStatus.SUCCEEDED,
        reference=None,
        provider_id=ACCOUNT,
        amount=npr(amount),
        transaction_id=settlement,
        fee=npr("1.50"),
    )
    payments.provider.charges[settlement] = replace(state, **said)  # type: ignore[arg-type]
    payments.receive(payments.config.id, *payments.provider.webhook_about(settlement))


def test_the_amount_that_was_ordered_pays_the_order_once(payments: PaymentAdapter, payment: Payment) -> None:
    assert payment.status is PaymentStatus.REQUIRES_ACTION

    come(payments, "100.00")
    come(payments, "100.00")
    replied = payments.receive.reply_to(payments.config.id, b"{}", is_new=False)
    assert (payments.heed_all(), payments.heed_all()) == (1, 0)

    paid = payments.now(payment)
    assert (paid.status, paid.problem, payments.balance()) == (PaymentStatus.COMPLETED, None, "98.50")
    assert replied == {"received": True, "new": False}


def test_another_amount_moves_nothing_and_a_person_is_asked(payments: PaymentAdapter, payment: Payment) -> None:
    come(payments, "99.99")
    payments.heed_all()

    left = payments.now(payment)
    assert (left.status, left.problem) == (PaymentStatus.REQUIRES_ACTION, "amount_mismatch")
    assert payments.balance() == "0.00"


def test_more_money_for_an_order_that_was_paid_is_for_a_person(payments: PaymentAdapter, payment: Payment) -> None:
    come(payments, "100.00")
    come(payments, "100.00", "settlement-2")
    assert payments.heed_all() == 2

    left = payments.now(payment)
    assert (left.status, left.problem, payments.balance()) == (PaymentStatus.COMPLETED, PAID_AGAIN, "98.50")


def test_what_the_provider_does_not_say_itself_is_not_believed_and_asked_for_again(
    payments: PaymentAdapter, payment: Payment
) -> None:
    payments.provider.silence = Unknown("time-out")
    come(payments, "100.00")
    assert payments.heed_all() == 1
    assert payments.now(payment).status is PaymentStatus.REQUIRES_ACTION

    payments.provider.silence = None
    payments.let_time_pass(NOTICE_PAUSE)
    assert payments.heed_all() == 1

    assert payments.now(payment).status is PaymentStatus.COMPLETED


def test_a_movement_without_a_name_cannot_be_verified(payments: PaymentAdapter, payment: Payment) -> None:
    come(payments, "100.00", transaction_id=None)
    payments.heed_all()

    assert payments.now(payment).status is PaymentStatus.REQUIRES_ACTION


def test_money_on_an_account_of_no_order_moves_nothing(payments: PaymentAdapter, payment: Payment) -> None:
    come(payments, "100.00", provider_id="1111111111")

    assert (payments.heed_all(), payments.heed_all()) == (1, 0)
    assert payments.now(payment).status is PaymentStatus.REQUIRES_ACTION


def test_an_account_that_is_opened_anew_is_that_of_the_latest_order(payments: PaymentAdapter, payment: Payment) -> None:
    latest = waiting(payments)
    come(payments, "100.00")
    payments.heed_all()

    assert payments.now(latest).status is PaymentStatus.COMPLETED
    assert payments.now(payment).status is PaymentStatus.REQUIRES_ACTION


def test_nobody_is_asked_before_money_came_and_the_order_expires(payments: PaymentAdapter, payment: Payment) -> None:
    payments.let_time_pass(PAYMENT_LIFETIME + timedelta(seconds=1))
    assert payments.ask_all() == 1

    expired = payments.now(payment)
    assert (expired.status, expired.review_since, payments.provider.asked) == (PaymentStatus.EXPIRED, None, 0)
    come(payments, "100.00")
    payments.heed_all()
    late = payments.now(payment)
    assert (late.status, late.problem, payments.balance()) == (PaymentStatus.EXPIRED, PAID_AFTER_END, "98.50")


def test_other_providers_tell_nothing_without_our_reference(payments: PaymentAdapter) -> None:
    come(payments, "100.00")

    assert payments.heed_all() == 0


def test_of_two_workers_on_one_notice_one_books_it_and_nobody_is_asked(
    payments: PaymentAdapter, payment: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The provider takes longer to confirm it to the first than the notice rests."""
    come(payments, "100.00")
    confirm, is_first = payments.provider.get_payment_status, iter([True])

    def confirm_late(lookup: ChargeLookup) -> ChargeState | Unknown:
        if next(is_first, False):
            payments.let_time_pass(NOTICE_PAUSE)
            assert payments.heed_all() == 1
        return confirm(lookup)

    monkeypatch.setattr(payments.provider, "get_payment_status", confirm_late)

    assert payments.heed_all() == 1
    left = payments.now(payment)
    assert (left.status, left.problem, payments.balance()) == (PaymentStatus.COMPLETED, None, "98.50")
