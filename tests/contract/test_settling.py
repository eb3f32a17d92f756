"""Answers that are settled together, on both adapters: each comes to what it would come to by itself."""

from dataclasses import dataclass, field, replace

import pytest

from bankcore.errors import Unavailability, UnavailableError
from bankcore.ledger.transactions import Source
from bankcore.payments.attempts import AttemptStatus
from bankcore.payments.findings import ChargeFinding
from bankcore.payments.payments import Payment, PaymentStatus
from bankcore.payments.postings import ProviderAccount
from bankcore.payments.settle import SOURCE_TYPE, settle
from bankcore.payments.settling import Settlement, settle_together
from bankcore.providers.answers import ChargeAccepted, ChargeAnswer, Declined, NotExecuted, Unknown
from bankcore.providers.states import ChargeStatus
from tests.contract.payment_adapters import PaymentAdapter
from tests.worlds.values import npr

TAKEN = ChargeAccepted(provider_id="ch_7", status=ChargeStatus.SUCCEEDED, fee=npr("1.00"))
NOT_HERE = Declined(code="not_supported", reason="Another one may.", is_for_this_provider=True)
GONE = NotExecuted("not_sent", "no connection")


@dataclass
class KeptBack:
    """Keeps what is to be settled until a test does it."""

    settlements: list[Settlement] = field(default_factory=list)

    def __call__(self, settlement: Settlement) -> Payment:
        self.settlements.append(settlement)
        raise UnavailableError(reason=Unavailability.LOCK_HELD)


@pytest.fixture
def kept() -> KeptBack:
    return KeptBack()


@pytest.fixture
def paying(payments: PaymentAdapter, kept: KeptBack) -> PaymentAdapter:
    """Two providers, whose answers are kept back."""
    payments.add_provider("second")
    return replace(payments, create=replace(payments.create, settle=kept))


def settled(payments: PaymentAdapter, settlements: list[Settlement]) -> list[Payment]:
    return payments.units.run(lambda unit: settle_together(unit, settlements))


def ordered(payments: PaymentAdapter, *answers: ChargeAnswer) -> None:
    """Orders of 2.00, 3.00 and so on, to which the first provider answers so."""
    for amount, answer in enumerate(answers, start=2):
        payments.provider.answer_next(answer)
        payments.paid(f"{amount}.00")


def test_each_gets_its_own_whatever_the_others_come_to(paying: PaymentAdapter, kept: KeptBack) -> None:
    ordered(paying, NOT_HERE, TAKEN, GONE, Unknown("no answer"), TAKEN)

    found = settled(paying, kept.settlements)

    assert [payment.id for payment in found] == [each.payment.id for each in kept.settlements]
    assert [payment.attempt.number for payment in found] == [2, 1, 2, 1, 1]
    statuses = [payment.attempt.status.value for payment in found]
    assert statuses == ["sent", "succeeded", "sent", "unknown", "succeeded"]
    ids = {payment.transaction_id: payment.id for payment in found if payment.transaction_id is not None}
    booked = paying.bank.queries.find_transactions(list(ids))
    assert {each.id: each.source for each in booked.values()} == {
        booked_id: Source(SOURCE_TYPE, str(payment_id)) for booked_id, payment_id in ids.items()
    }
    assert [paying.now(payment) for payment in found] == found
    assert paying.balance_at(ProviderAccount.CLEARING) == "-9.00"


def test_what_was_settled_is_found_settled(paying: PaymentAdapter, kept: KeptBack) -> None:
    ordered(paying, NOT_HERE, TAKEN, Unknown("no answer"))
    first = settled(paying, kept.settlements)

    assert settled(paying, kept.settlements[::-1]) == first[::-1]
    assert paying.balance() == "2.00"


@pytest.mark.parametrize("answer", [NOT_HERE, GONE])
@pytest.mark.parametrize(
    ("meanwhile", "then"),
    [
        (AttemptStatus.REQUIRES_ACTION, PaymentStatus.REQUIRES_ACTION),
        (AttemptStatus.SUCCEEDED, PaymentStatus.COMPLETED),
    ],
)
def test_an_order_of_which_there_was_other_news_is_not_sent_on(
    paying: PaymentAdapter, kept: KeptBack, answer: ChargeAnswer, meanwhile: AttemptStatus, then: PaymentStatus
) -> None:
    ordered(paying, answer)
    (settlement,) = kept.settlements
    paying.units.run(lambda unit: settle(unit, settlement.payment, ChargeFinding(status=meanwhile)))

    (found,) = settled(paying, [settlement])

    is_declined = answer is NOT_HERE and meanwhile is AttemptStatus.REQUIRES_ACTION
    assert found.status is (PaymentStatus.FAILED if is_declined else then)
    assert found.attempt.id == settlement.payment.attempt.id
