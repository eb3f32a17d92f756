"""What providers say of disbursements, on both adapters: what is unknown stays held, and nothing moves twice."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bankcore.disbursements.disbursements import DisbursementStatus
from bankcore.disbursements.findings import PayoutFinding
from bankcore.disbursements.follow import NOT_SETTLED
from bankcore.disbursements.settle import CONTRADICTED, settle_payout
from bankcore.ledger.accounts import AccountStatus
from bankcore.ledger.commands import FreezeAccount, UnfreezeAccount
from bankcore.payments.payments import ASKED_AFTER
from bankcore.providers.answers import Declined, NotExecuted, Unknown
from bankcore.providers.payouts import PayoutAccepted, PayoutStanding, PayoutState
from bankcore.providers.states import ProviderMode
from tests.contract.disbursement_adapters import (
    DisbursementAdapter,
    of,
)
from tests.worlds.values import npr

PENDING = PayoutAccepted(provider_id="TRF_7", status=PayoutStanding.PENDING)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Declined(code="no_account", reason="No such account."), "no_account"),
        (NotExecuted("not_sent", "-"), "not_sent"),
    ],
)
def test_a_definite_no_gives_the_money_back(
    disbursements: DisbursementAdapter, answer: Declined | NotExecuted, code: str
) -> None:
    disbursements.provider.answer_payout(answer)

    failed = disbursements.followed()

    assert of(failed) == (DisbursementStatus.FAILED, code, None)
    assert disbursements.money == ("1000.00", "1000.00")
    disbursements.let_time_pass(timedelta(days=30))
    assert disbursements.follow_all() == 0


@pytest.mark.parametrize(("happened", "meant"), [(True, DisbursementStatus.PAID), (False, DisbursementStatus.UNKNOWN)])
def test_silence_keeps_the_money_until_the_provider_says(
    disbursements: DisbursementAdapter, *, happened: bool, meant: DisbursementStatus
) -> None:
    disbursements.provider.answer_payout(Unknown("time-out"), happened=happened)

    unknown = disbursements.followed()

    assert unknown.status is DisbursementStatus.UNKNOWN
    assert disbursements.money == ("1000.00", "900.00")
    disbursements.let_time_pass(ASKED_AFTER[0])
    assert disbursements.follow_all() == 1
    assert disbursements.now(unknown).status is meant
    assert len(disbursements.provider.payout_orders) == 1
    assert disbursements.money == (("900.00", "900.00") if happened else ("1000.00", "900.00"))


def test_what_is_pending_keeps_the_providers_id_and_ends_as_it_says(disbursements: DisbursementAdapter) -> None:
    disbursements.provider.answer_payout(PENDING)
    sent = disbursements.followed()
    assert (sent.status, sent.provider_id) == (DisbursementStatus.SENT, "TRF_7")

    disbursements.provider.settle_payout(sent.reference, PayoutStanding.FAILED)
    disbursements.let_time_pass(ASKED_AFTER[0])

    assert disbursements.follow_all() == 1
    assert disbursements.now(sent).status is DisbursementStatus.FAILED
    assert disbursements.money == ("1000.00", "1000.00")


def test_one_that_came_back_before_we_heard_of_it_failed(disbursements: DisbursementAdapter) -> None:
    disbursements.provider.answer_payout(PENDING)
    sent = disbursements.followed()
    disbursements.provider.settle_payout(sent.reference, PayoutStanding.RETURNED)
    disbursements.let_time_pass(ASKED_AFTER[0])
    disbursements.follow_all()

    assert disbursements.now(sent).status is DisbursementStatus.FAILED
    assert (disbursements.money, disbursements.clearing) == (("1000.00", "1000.00"), "0.00")


def test_what_was_paid_and_comes_back_is_put_back_once(disbursements: DisbursementAdapter) -> None:
    paid = disbursements.followed()
    disbursements.provider.settle_payout(paid.reference, PayoutStanding.RETURNED)

    disbursements.let_time_pass(ASKED_AFTER[0])
    assert disbursements.follow_all() == 1

    returned = disbursements.now(paid)
    assert returned.status is DisbursementStatus.RETURNED
    assert returned.return_id not in {None, returned.transaction_id}
    assert (disbursements.money, disbursements.clearing) == (("1000.00", "1000.00"), "0.00")
    disbursements.let_time_pass(timedelta(days=30))
    assert disbursements.follow_all() == 0


def test_what_came_back_and_cannot_be_put_back_is_tried_again(disbursements: DisbursementAdapter) -> None:
    paid = disbursements.followed()
    disbursements.provider.settle_payout(paid.reference, PayoutStanding.RETURNED)
    account_id = paid.account_id
    disbursements.bank.ledger.execute_one(FreezeAccount(account_id, reason="court"))
    disbursements.let_time_pass(ASKED_AFTER[0])
    disbursements.follow_all()
    assert of(disbursements.now(paid)) == (DisbursementStatus.PAID, None, "account_frozen")

    disbursements.bank.ledger.execute_one(UnfreezeAccount(account_id))
    disbursements.let_time_pass(ASKED_AFTER[1])
    disbursements.follow_all()

    assert of(disbursements.now(paid)) == (DisbursementStatus.RETURNED, None, None)


def test_a_provider_that_never_says_is_asked_by_the_schedule_and_then_a_person_is(
    disbursements: DisbursementAdapter,
) -> None:
    disbursements.provider.answer_payout(Unknown("time-out"), happened=False)
    unknown = disbursements.followed()

    for pause in ASKED_AFTER:
        assert disbursements.now(unknown).review_since is None
        disbursements.let_time_pass(pause)
        assert disbursements.follow_all() == 1

    left = disbursements.now(unknown)
    assert of(left) == (DisbursementStatus.UNKNOWN, None, NOT_SETTLED)
    assert (left.review_since is not None, left.due_at) == (True, None)
    assert disbursements.money == ("1000.00", "900.00")


def test_what_was_paid_is_asked_for_until_its_times_are_over_and_no_person_is(
    disbursements: DisbursementAdapter,
) -> None:
    paid = disbursements.followed()

    for pause in ASKED_AFTER:
        disbursements.let_time_pass(pause)
        assert disbursements.follow_all() == 1

    assert disbursements.now(paid).due_at is None
    assert of(disbursements.now(paid)) == (DisbursementStatus.PAID, None, None)


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"amount": npr("99.00")}, "amount_mismatch"),
        ({"amount": None}, "amount_missing"),
        ({"reference": "another"}, "reference_mismatch"),
        ({"mode": ProviderMode.LIVE}, "mode_mismatch"),
    ],
)
def test_what_does_not_fit_moves_nothing_and_asks_for_a_person_once(
    disbursements: DisbursementAdapter, said: dict[str, object], problem: str
) -> None:
    disbursements.provider.answer_payout(Unknown("time-out"), happened=True)
    unknown = disbursements.followed()
    books = disbursements.provider.payouts
    books[unknown.reference] = replace(books[unknown.reference], **said)  # type: ignore[arg-type]

    for pause in ASKED_AFTER[:2]:
        disbursements.let_time_pass(pause)
        assert disbursements.follow_all() == 1

    doubted = disbursements.now(unknown)
    assert of(doubted) == (DisbursementStatus.UNKNOWN, None, problem)
    assert doubted.version == unknown.version + 1
    assert disbursements.money == ("1000.00", "900.00")


def test_a_failure_is_believed_without_an_amount(disbursements: DisbursementAdapter) -> None:
    disbursements.provider.answer_payout(PENDING)
    sent = disbursements.followed()
    disbursements.provider.payouts[sent.reference] = PayoutState(
        status=PayoutStanding.FAILED, reference=None, provider_id=None, amount=None, code="account_closed"
    )
    disbursements.let_time_pass(ASKED_AFTER[0])
    disbursements.follow_all()

    assert of(disbursements.now(sent)) == (DisbursementStatus.FAILED, "account_closed", None)


def test_a_provider_that_takes_back_that_it_paid_is_for_a_person(disbursements: DisbursementAdapter) -> None:
    paid = disbursements.followed()
    disbursements.provider.settle_payout(paid.reference, PayoutStanding.FAILED)
    disbursements.let_time_pass(ASKED_AFTER[0])
    disbursements.follow_all()

    assert of(disbursements.now(paid)) == (DisbursementStatus.PAID, None, CONTRADICTED)
    assert disbursements.money == ("900.00", "900.00")


def test_what_was_paid_is_booked_though_somebody_ended_the_hold(disbursements: DisbursementAdapter) -> None:
    disbursements.provider.answer_payout(PENDING)
    sent = disbursements.followed()
    disbursements.end_hold(sent)
    disbursements.provider.settle_payout(sent.reference, PayoutStanding.SUCCEEDED)
    disbursements.let_time_pass(ASKED_AFTER[0])
    disbursements.follow_all()

    assert disbursements.now(sent).status is DisbursementStatus.PAID
    assert (disbursements.money, disbursements.clearing) == (("900.00", "900.00"), "100.00")


def test_what_was_paid_and_cannot_be_booked_is_tried_again(disbursements: DisbursementAdapter) -> None:
    disbursements.provider.answer_payout(Unknown("time-out"), happened=True)
    unknown = disbursements.followed()
    frozen = disbursements.bank.ledger.execute_one(FreezeAccount(unknown.account_id, reason="court"))
    assert getattr(frozen, "status", None) is AccountStatus.FROZEN
    disbursements.let_time_pass(ASKED_AFTER[0])
    disbursements.follow_all()
    assert of(disbursements.now(unknown)) == (DisbursementStatus.UNKNOWN, None, "account_frozen")

    disbursements.bank.ledger.execute_one(UnfreezeAccount(unknown.account_id))
    disbursements.let_time_pass(ASKED_AFTER[1])
    disbursements.follow_all()

    assert of(disbursements.now(unknown)) == (DisbursementStatus.PAID, None, None)


def test_a_provider_that_paid_what_it_had_refused_is_for_a_person(disbursements: DisbursementAdapter) -> None:
    disbursements.provider.answer_payout(NotExecuted("not_sent", "-"))
    failed = disbursements.followed()
    tenant_id, found = disbursements.bank.tenant_id, PayoutFinding(status=DisbursementStatus.PAID)

    disbursements.units.run(lambda unit: settle_payout(unit, tenant_id, failed, found))

    assert of(disbursements.now(failed)) == (DisbursementStatus.FAILED, "not_sent", CONTRADICTED)
    assert disbursements.money == ("1000.00", "1000.00")
