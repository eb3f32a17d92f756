"""A provider's settlement file beside the payments of the books, on both adapters."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest

from bankcore.money import Money
from bankcore.payments.payments import Payment
from bankcore.providers.answers import ChargeAccepted, Declined
from bankcore.providers.states import ChargeStatus
from bankcore.settlements.compare import BookedPayments, CompareSettlement
from bankcore.settlements.comparing import Comparison
from bankcore.settlements.lines import LineKind, Period, SettlementLine
from bankcore.testing.bank import InMemoryBank
from bankcore.testing.settlements import InMemoryBookedPayments
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.settlements.queries import SqlBookedPayments
from tests.contract.payment_adapters import PaymentAdapter
from tests.worlds.values import npr

A_DAY = timedelta(days=1)
UNKNOWN = UUID("019c1406-3400-7000-8000-000000000bad")


def booked_of(payments: PaymentAdapter) -> BookedPayments:
    if isinstance(payments.bank, InMemoryBank):
        return InMemoryBookedPayments(payments.payment_store())
    return SqlBookedPayments(OwnTransactions(payments.bank.database, payments.bank.tenant_id))


def paid(payments: PaymentAdapter, amount: str = "100.00", fee: str = "2.90") -> Payment:
    own = f"ch_{amount}_{fee}"
    answer = ChargeAccepted(provider_id=own, status=ChargeStatus.SUCCEEDED, next_action=None, fee=npr(fee))
    payments.provider.answer_next(answer)
    return payments.paid(amount)


def line(
    number: int,
    *,
    reference: str | None = None,
    provider_id: str | None = None,
    gross: str = "100.00",
    fee: str = "2.90",
    kind: LineKind = LineKind.PAYMENT,
) -> SettlementLine:
    return SettlementLine(
        line=number,
        kind=kind,
        word=kind.value,
        reference=reference,
        provider_id=provider_id,
        gross=npr(gross),
        fee=npr(fee),
    )


def about(payment: Payment, number: int = 2, *, gross: str = "100.00", fee: str = "2.90") -> SettlementLine:
    return line(number, reference=payment.attempt.reference, gross=gross, fee=fee)


def compared(payments: PaymentAdapter, lines: Sequence[SettlementLine], *, period: Period | None = None) -> Comparison:
    return CompareSettlement(booked_of(payments))(payments.config.id, lines, period=period)


def around(payment: Payment) -> Period:
    return Period(payment.created_at - A_DAY, payment.created_at + A_DAY)


def test_a_line_is_known_by_our_reference_or_by_the_providers_own_id(payments: PaymentAdapter) -> None:
    first, second = paid(payments), paid(payments, "50.00", "1.00")
    lines = [about(first), line(3, provider_id=second.attempt.provider_id, gross="50.00", fee="1.00")]

    found = compared(payments, lines, period=around(first))

    assert found.matched == tuple(lines)
    assert found.is_clean
    assert found.net_by_currency() == {"NPR": npr("146.10")}


@pytest.mark.parametrize(
    ("gross", "fee", "reason"),
    [
        ("100.01", "2.90", "we booked 100.00 NPR"),
        ("99.99", "2.90", "we booked 100.00 NPR"),
        ("100.00", "2.91", "we booked a fee of 2.90 NPR"),
        ("100.00", "0.00", "we booked a fee of 2.90 NPR"),
    ],
)
def test_one_unit_of_difference_is_told(payments: PaymentAdapter, gross: str, fee: str, reason: str) -> None:
    payment = paid(payments)

    found = compared(payments, [about(payment, gross=gross, fee=fee)])

    assert [each.reason for each in found.different] == [reason]
    assert not found.is_clean


def test_another_currency_is_a_difference(payments: PaymentAdapter) -> None:
    payment = paid(payments)
    dollars = Money.of("100.00", "USD"), Money.of("2.90", "USD")
    theirs = SettlementLine(
        line=2,
        kind=LineKind.PAYMENT,
        word="",
        reference=payment.attempt.reference,
        provider_id=None,
        gross=dollars[0],
        fee=dollars[1],
    )

    assert [each.reason for each in compared(payments, [theirs]).different] == ["we booked 100.00 NPR"]


def test_a_payment_is_settled_once(payments: PaymentAdapter) -> None:
    payment = paid(payments)

    found = compared(payments, [about(payment), about(payment, 3)], period=around(payment))

    assert [each.line.line for each in found.different] == [3]
    assert found.different[0].reason == "it is settled twice"
    assert found.only_ours == ()


def test_money_that_our_books_do_not_have_is_a_difference(payments: PaymentAdapter) -> None:
    payments.provider.answer_next(Declined(code="card_declined", reason="no funds"))
    payment = payments.paid()

    found = compared(payments, [about(payment)], period=around(payment))

    assert [each.reason for each in found.different] == ["our books do not have the money"]
    assert found.only_ours == ()


def test_what_only_one_side_has_is_told(payments: PaymentAdapter) -> None:
    payment = paid(payments)
    strange = [line(2, reference=str(UNKNOWN)), line(3, reference="order of a shop"), line(4, provider_id="ch_x")]

    found = compared(payments, strange, period=around(payment))

    assert found.only_theirs == tuple(strange)
    assert [each.payment_id for each in found.only_ours] == [payment.id]


def test_ours_are_told_for_the_period_alone(payments: PaymentAdapter) -> None:
    payment = paid(payments)
    assert payment.ended_at is not None
    before, after = payment.ended_at - A_DAY, payment.ended_at + A_DAY

    assert compared(payments, []).only_ours == ()
    assert compared(payments, [], period=Period(before, payment.ended_at)).only_ours == ()
    assert len(compared(payments, [], period=Period(payment.ended_at, after)).only_ours) == 1


def test_payments_through_another_account_at_the_provider_are_not_known(payments: PaymentAdapter) -> None:
    payments.add_provider("second")
    elsewhere = payments.pay(provider="second").value  # type: ignore[union-attr] # it is taken

    found = compared(payments, [about(elsewhere)], period=around(elsewhere))

    assert len(found.only_theirs) == 1
    assert found.only_ours == ()


def test_what_is_no_payment_is_listed_and_counts_in_what_is_owed(payments: PaymentAdapter) -> None:
    payment = paid(payments)
    refund = line(3, gross="-40.00", fee="0.00", kind=LineKind.REFUND)
    dispute = line(4, gross="-10.00", fee="15.00", kind=LineKind.OTHER)

    found = compared(payments, [about(payment), refund, dispute])

    assert found.others == (refund, dispute)
    assert found.is_clean
    assert found.net_by_currency() == {"NPR": npr("32.10")}
