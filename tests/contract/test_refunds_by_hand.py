"""A refund that was given at the provider moves nothing here until a person books it, on both adapters."""

import pytest

from bankcore.errors import ConflictError
from bankcore.ledger.commands import PostTransaction
from bankcore.ledger.rejections import InsufficientFundsError
from bankcore.ledger.transactions import Posting, Source
from bankcore.money import Money
from bankcore.payments.payments import PaymentStatus
from bankcore.payments.postings import ProviderAccount, provider_account_id
from bankcore.providers.orders import ChargeLookup, RefundOrder
from tests.contract.payment_adapters import PaymentAdapter
from tests.worlds.values import NPR, npr

REFERENCE = "refund-7"


def booked_by_hand(payments: PaymentAdapter, amount: Money) -> PostTransaction:
    """What a person posts after the provider gave that back to the payer."""
    clearing = provider_account_id(payments.bank.tenant_id, payments.config.id, ProviderAccount.CLEARING, NPR)
    lines = (Posting(payments.merchant.id, -amount), Posting(clearing, amount))
    return PostTransaction(lines, transaction_kind="payment_refund", source=Source("refund", REFERENCE))


def test_a_refund_that_a_provider_tells_of_moves_no_money(payments: PaymentAdapter) -> None:
    payment = payments.paid()
    charge = ChargeLookup(reference=payment.attempt.reference, amount=payment.amount)
    payments.provider.refund_payment(
        RefundOrder(reference=REFERENCE, charge=charge, amount=npr("40.00"), reason="returned")
    )

    body, headers = payments.provider.webhook_about(REFERENCE)
    assert payments.receive(payments.config.id, body, headers)
    assert payments.heed_all() == 1

    assert payments.now(payment).status is PaymentStatus.COMPLETED
    assert payments.balance() == "100.00"


def test_a_refund_booked_by_hand_takes_from_the_merchant_what_the_provider_owes_less(payments: PaymentAdapter) -> None:
    payments.paid()
    command = booked_by_hand(payments, npr("40.00"))

    payments.bank.ledger.post(command)

    clearing = command.lines[1].account_id
    assert payments.balance() == "60.00"
    assert payments.bank.accounts.balance(clearing).balance == -npr("60.00")


def test_a_refund_booked_by_hand_twice_moves_money_once(payments: PaymentAdapter) -> None:
    payments.paid()
    first = payments.bank.ledger.post(booked_by_hand(payments, npr("40.00")))

    assert payments.bank.ledger.post(booked_by_hand(payments, npr("40.00"))).id == first.id
    with pytest.raises(ConflictError):
        payments.bank.ledger.post(booked_by_hand(payments, npr("41.00")))
    assert payments.balance() == "60.00"


def test_a_refund_booked_by_hand_takes_no_more_than_the_merchant_has(payments: PaymentAdapter) -> None:
    payments.paid()

    with pytest.raises(InsufficientFundsError):
        payments.bank.ledger.post(booked_by_hand(payments, npr("100.01")))

    assert payments.balance() == "100.00"
