"""The rules of payments by themselves: what may follow what, what fits an order, and what is contradictory."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeVar
from uuid import UUID

import pytest

from bankcore.errors import InvalidRequestError, LedgerInvariantError, NotFoundError, UnavailableError
from bankcore.idempotency.answers import Rejected
from bankcore.idempotency.ports import Units
from bankcore.identifiers import AccountId, TenantId
from bankcore.ledger.command import Command
from bankcore.money import CurrencyMismatchError
from bankcore.origin import Origin
from bankcore.payments.attempts import AttemptStatus, PaymentAttemptId
from bankcore.payments.configurations import ProviderConfigId
from bankcore.payments.configure import WantedConfig
from bankcore.payments.create import CreatePayments
from bankcore.payments.findings import finding_of_answer, finding_of_state
from bankcore.payments.payments import ASKED_AFTER, PaymentStatus
from bankcore.payments.ports import PaymentUnit
from bankcore.payments.postings import OpenProviderAccount, ProviderAccount, TakePayment
from bankcore.payments.settling import SettleAlone
from bankcore.payments.webhook_names import NamedConfig
from bankcore.providers.answers import ChargeAccepted, NotExecuted, Unknown
from bankcore.providers.states import ChargeState, ChargeStatus, ProviderMode
from bankcore.providers.webhook_events import WebhookEvent
from bankcore.testing import FrozenClock
from tests.contract.payment_adapters import MERCHANT, PaymentAdapter, in_memory_payment_adapter, wanted
from tests.worlds.values import NPR, npr

T = TypeVar("T")
STATES: Final = Path(__file__).parents[3] / "docs" / "plantuml" / "payment-states.puml"
ID = UUID("019c1406-3400-7000-8000-0000000000d1")
CONFIG = ProviderConfigId(ID)
WAITING = ChargeAccepted(provider_id="ch_7", status=ChargeStatus.REQUIRES_ACTION)
SETTLED_IN = 3
"""Which unit of work settles the first order: one sees that no provider is ready yet, and one creates the payment."""


class Interrupted(Units[PaymentUnit]):
    """Units of work, before the one with that number of which something happens."""

    def __init__(self, units: Units[PaymentUnit], number: int, happens: Callable[[], object]) -> None:
        self._units = units
        self._number = number
        self._happens = happens

    def run(self, work: Callable[[PaymentUnit], T], *, resubmittable: bool = False) -> T:
        self._number -= 1
        if self._number == 0:
            self._happens()
        return self._units.run(work, resubmittable=resubmittable)


def interrupted(payments: PaymentAdapter, number: int, happens: Callable[[], object]) -> CreatePayments:
    """Creates payments, and before its unit of work with that number something happens."""
    units = Interrupted(payments.units, number, happens)
    return replace(payments.create, units=units, settle=SettleAlone(units))


@pytest.fixture
def payments() -> PaymentAdapter:
    return in_memory_payment_adapter(FrozenClock())


def test_nothing_follows_what_ended(payments: PaymentAdapter) -> None:
    payment = payments.paid()

    for status in PaymentStatus:
        assert not payment.can_become(status)
        with pytest.raises(LedgerInvariantError):
            payment.moved(status, payment.created_at)
    for attempt_status in AttemptStatus:
        with pytest.raises(LedgerInvariantError):
            payment.attempt.moved(attempt_status, payment.created_at)


def test_the_picture_shows_which_status_may_follow_which(payments: PaymentAdapter) -> None:
    payment = payments.paid()

    drawn = set(re.findall(r"^(\w+) --> (\w+)", STATES.read_text(encoding="utf-8"), re.MULTILINE))

    standing = {status: replace(payment, status=status) for status in PaymentStatus}
    assert drawn == {
        (before.value, after.value)
        for before, stands in standing.items()
        for after in PaymentStatus
        if stands.can_become(after)
    }


def test_an_accepted_order_that_nobody_finds_says_nothing() -> None:
    odd = ChargeAccepted(provider_id="ch_7", status=ChargeStatus.NOT_FOUND)

    assert finding_of_answer(odd).status is None


def test_a_state_of_another_mode_does_not_fit(payments: PaymentAdapter) -> None:
    payment = payments.paid()
    state = ChargeState(
        status=ChargeStatus.SUCCEEDED,
        reference=payment.attempt.reference,
        provider_id=None,
        amount=npr("100.00"),
        mode=ProviderMode.TEST,
    )

    assert finding_of_state(payment, ProviderMode.LIVE, state).mismatch == "mode_mismatch"
    declined = replace(state, status=ChargeStatus.DECLINED, amount=None)
    assert finding_of_state(payment, ProviderMode.TEST, declined).status is AttemptStatus.DECLINED
    worded = [replace(declined, status=status, code="word") for status in (ChargeStatus.AUTHORIZED, declined.status)]
    assert [finding_of_state(payment, ProviderMode.TEST, each).code for each in worded] == [None, "word"]


@pytest.mark.parametrize(
    "command",
    [
        TakePayment(AccountId(ID), CONFIG, npr("100.00"), npr("2.90")),
        TakePayment(AccountId(ID), CONFIG, npr("100.00")),
        OpenProviderAccount(CONFIG, "main", ProviderAccount.FEES, NPR),
    ],
)
def test_the_same_command_has_the_same_fingerprint_and_another_has_not(command: Command) -> None:
    other = TakePayment(AccountId(ID), CONFIG, npr("99.00"))

    assert command.fingerprint() == replace(command).fingerprint() != other.fingerprint()


def test_a_name_of_a_configuration_is_read_as_it_was_written() -> None:
    named = NamedConfig(TenantId(ID), CONFIG)

    assert NamedConfig.read(named.text) == named
    assert named.webhook_path == f"/v1/providers/{named.text}/webhooks"
    for wrong in ("", named.text[1:], named.text.upper() + "0", "z" * 64):
        assert NamedConfig.read(wrong) is None


def test_an_order_says_what_is_wrong_with_it(payments: PaymentAdapter) -> None:
    with pytest.raises(InvalidRequestError):
        replace(payments.order(), reference="")
    assert replace(payments.order(), reference="order-7").fingerprint() != payments.order().fingerprint()


def test_an_account_of_another_currency_gets_nothing(payments: PaymentAdapter) -> None:
    dollars = payments.bank.accounts.open(currency="USD", owner_id="shop")

    with pytest.raises(CurrencyMismatchError):
        payments.create(replace(payments.order(), account_id=dollars.id), origin=MERCHANT)


def test_an_answer_that_cannot_be_stored_leaves_a_payment_that_is_asked_about(payments: PaymentAdapter) -> None:
    def fail() -> None:
        raise UnavailableError

    payment = interrupted(payments, SETTLED_IN, fail)(payments.order(), origin=MERCHANT).value

    assert (payment.status, payment.attempt.status) == (PaymentStatus.PROCESSING, AttemptStatus.SENT)
    payments.let_time_pass(ASKED_AFTER[0])
    payments.ask_all()
    assert payments.now(payment).status is PaymentStatus.COMPLETED


def test_who_dies_while_the_provider_is_at_work_leaves_a_payment_that_is_asked_about(
    payments: PaymentAdapter,
) -> None:
    class DeathError(BaseException):
        """What no code expects."""

    def die() -> None:
        raise DeathError

    with pytest.raises(DeathError):
        interrupted(payments, SETTLED_IN, die)(payments.order(key="k"), origin=MERCHANT)

    again = payments.pay(key="k")
    assert not isinstance(again, Rejected)
    assert again.replayed
    assert again.value.status is PaymentStatus.PROCESSING
    assert len(payments.provider.charges) == 1
    payments.let_time_pass(ASKED_AFTER[0])
    payments.ask_all()
    assert payments.now(again.value).status is PaymentStatus.COMPLETED
    assert payments.balance() == "100.00"


def test_what_is_found_of_an_attempt_that_another_followed_changes_nothing(payments: PaymentAdapter) -> None:
    payments.provider.answer_next(WAITING)
    payment = payments.paid()
    stored = payments.payment_store()
    other = replace(payment, attempt=replace(payment.attempt, id=PaymentAttemptId(ID)))

    def begin_another() -> None:
        stored.payments[payment.id] = other

    payments.let_time_pass(ASKED_AFTER[0])
    asked = replace(payments.ask, units=Interrupted(payments.units, 2, begin_another)).ask_next()
    assert asked is not None
    assert payments.now(payment) == other

    def begin_another_of_the_new() -> None:
        (new,) = [each for each in stored.payments.values() if each.id != payment.id]
        stored.payments[new.id] = replace(new, attempt=replace(new.attempt, id=PaymentAttemptId(ID)))

    created = interrupted(payments, 2, begin_another_of_the_new)(payments.order(), origin=MERCHANT).value
    assert created.attempt.status is AttemptStatus.SENT


def test_news_of_what_needs_none_any_more_are_done_with(payments: PaymentAdapter) -> None:
    payments.add_provider("second")
    payments.provider.answer_next(NotExecuted("not_sent", "no connection"), happened=True)
    payment = payments.paid()
    (first,) = payments.provider.charges
    payments.provider.settle(first, ChargeStatus.DECLINED)
    payments.receive(payments.config.id, *payments.provider.webhook_about(first))
    payments.heed_all()
    assert payments.now(payment) == payment

    declined = payments.pay(provider="main")
    assert not isinstance(declined, Rejected)
    reference = declined.value.attempt.reference
    payments.provider.settle(reference, ChargeStatus.PENDING)
    payments.receive(payments.config.id, *payments.provider.webhook_about(reference))
    payments.heed_all()
    assert payments.now(declined.value) == declined.value


def test_a_payment_that_vanished_is_a_contradiction(payments: PaymentAdapter) -> None:
    payments.provider.answer_next(WAITING)
    payment = payments.paid()
    payments.call_off(payment.id, origin=MERCHANT, idempotency_key="stop")
    payments.review.ask(payment.id, origin=MERCHANT, idempotency_key="ask")
    payments.pay(key="k")
    payments.receive(payments.config.id, *payments.provider.webhook_about(payment.attempt.reference))
    stored = payments.payment_store()
    kept = dict(stored.payments)

    def vanish() -> None:
        stored.payments.clear()

    with pytest.raises(LedgerInvariantError):
        interrupted(payments, 2, vanish)(payments.order(), origin=MERCHANT)
    for again in (
        payments.heed.heed_next,
        lambda: payments.pay(key="k"),
        lambda: payments.call_off(payment.id, origin=MERCHANT, idempotency_key="stop"),
        lambda: payments.review.ask(payment.id, origin=MERCHANT, idempotency_key="ask"),
    ):
        with pytest.raises(LedgerInvariantError):
            again()
    stored.payments.update(kept)


def test_a_configuration_that_vanished_is_a_contradiction(payments: PaymentAdapter) -> None:
    payments.configure.create(wanted("second"), origin=Origin(), idempotency_key="k")
    stored = payments.payment_store()
    (second,) = [config for config in stored.configs.values() if config.name == "second"]
    del stored.configs[second.id]

    with pytest.raises(LedgerInvariantError):
        payments.configure.create(wanted("second"), origin=Origin(), idempotency_key="k")
    with pytest.raises(NotFoundError):
        payments.configure.change(second.id, WantedConfig(priority=1))


def test_the_accounts_of_a_configuration_may_be_opened_by_somebody_else_at_once(payments: PaymentAdapter) -> None:
    opening = [OpenProviderAccount(payments.config.id, "main", purpose, NPR) for purpose in ProviderAccount]
    payments.bank.ledger.execute(opening)

    assert payments.paid().status is PaymentStatus.COMPLETED


def test_what_cannot_be_read_any_more_is_done_with(payments: PaymentAdapter) -> None:
    payments.provider.answer_next(WAITING)
    payment = payments.paid()
    payments.receive(payments.config.id, *payments.provider.webhook_about(payment.attempt.reference))
    payments.provider.charges.clear()

    assert payments.heed_all() == 1
    assert payments.now(payment).status is PaymentStatus.REQUIRES_ACTION
    assert WebhookEvent(name="x", event_id="1", state=None).reference is None
    assert Unknown("x").reason == "x"
