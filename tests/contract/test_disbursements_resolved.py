"""A person says how a disbursement ended, on both adapters: the books follow once, and it is written down why."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from bankcore.disbursements.disbursements import Disbursement, DisbursementStatus
from bankcore.disbursements.findings import PayoutFinding
from bankcore.disbursements.follow import NOT_SETTLED
from bankcore.disbursements.resolve import BY_PERSON, DisbursementVerdict, ResolveDisbursement
from bankcore.disbursements.settle import CONTRADICTED, settle_payout
from bankcore.errors import InvalidRequestError, InvalidStateError, NotFoundError
from bankcore.idempotency.keys import IdempotencyKeyReusedError
from bankcore.identity.refusals import SecondPersonRequiredError
from bankcore.ledger.commands import FreezeAccount
from bankcore.ledger.rejections import AccountFrozenError
from bankcore.origin import Origin
from bankcore.payments.payments import ASKED_AFTER
from bankcore.providers.answers import NotExecuted, Unknown
from bankcore.providers.payouts import PayoutStanding
from tests.contract.disbursement_adapters import ASHA, NOWHERE, DisbursementAdapter, of, refusal_of_disbursement
from tests.contract.payment_adapters import MERCHANT

PAID, FAILED = DisbursementVerdict.PAID, DisbursementVerdict.FAILED


def word(disbursement: Disbursement, verdict: DisbursementVerdict) -> ResolveDisbursement:
    return ResolveDisbursement(disbursement.id, verdict, reason="seen in their list", evidence="page 7")


def unknown(disbursements: DisbursementAdapter) -> Disbursement:
    """One of which the provider never says how it ended."""
    disbursements.provider.answer_payout(Unknown("time-out"), happened=False)
    sent = disbursements.followed()
    for pause in ASKED_AFTER:
        disbursements.let_time_pass(pause)
        disbursements.follow_all()
    assert of(disbursements.now(sent)) == (DisbursementStatus.UNKNOWN, None, NOT_SETTLED)
    return sent


def taken_back(disbursements: DisbursementAdapter) -> Disbursement:
    """One that was paid, and then the provider says that it failed."""
    paid = disbursements.followed()
    disbursements.provider.settle_payout(paid.reference, PayoutStanding.FAILED)
    disbursements.let_time_pass(ASKED_AFTER[0])
    disbursements.follow_all()
    return paid


def paid_after_all(disbursements: DisbursementAdapter) -> Disbursement:
    """One that failed, and then the provider says that it paid."""
    disbursements.provider.answer_payout(NotExecuted("not_sent", "-"))
    failed, found = disbursements.followed(), PayoutFinding(status=DisbursementStatus.PAID)
    tenant_id = disbursements.bank.tenant_id
    disbursements.units.run(lambda unit: settle_payout(unit, tenant_id, failed, found), resubmittable=False)
    assert of(disbursements.now(failed)) == (DisbursementStatus.FAILED, "not_sent", CONTRADICTED)
    return failed


Begin = Callable[[DisbursementAdapter], Disbursement]
_ENDS: dict[str, tuple[Begin, DisbursementVerdict, tuple[DisbursementStatus, str | None], tuple[str, str]]] = {
    "unknown, and it was paid": (unknown, PAID, (DisbursementStatus.PAID, None), ("900.00", "900.00")),
    "unknown, and it failed": (unknown, FAILED, (DisbursementStatus.FAILED, BY_PERSON), ("1000.00", "1000.00")),
    "taken back, and it was paid": (taken_back, PAID, (DisbursementStatus.PAID, None), ("900.00", "900.00")),
    "taken back, and it failed": (taken_back, FAILED, (DisbursementStatus.RETURNED, None), ("1000.00", "1000.00")),
    "paid after all, and it failed": (
        paid_after_all,
        FAILED,
        (DisbursementStatus.FAILED, "not_sent"),
        ("1000.00", "1000.00"),
    ),
}


@pytest.mark.parametrize("case", _ENDS)
def test_the_books_follow_what_a_person_says_and_nobody_has_to_look_again(
    disbursements: DisbursementAdapter, case: str
) -> None:
    begin, verdict, (status, code), money = _ENDS[case]
    waiting = begin(disbursements)
    assert [each.id for each in disbursements.queries.list_in_review(limit=10)] == [waiting.id]

    resolved = disbursements.decide.resolve(word(waiting, verdict), origin=ASHA).value

    assert (resolved.status, resolved.code, resolved.problem) == (status, code, None)
    assert disbursements.money == money
    assert disbursements.queries.list_in_review(limit=10) == []
    disbursements.let_time_pass(timedelta(days=30))
    assert disbursements.follow_all() == 0
    assert refusal_of_disbursement(
        lambda: disbursements.decide.resolve(word(waiting, verdict), origin=ASHA)
    ) == InvalidStateError(resource="disbursement", identifier=str(waiting.id), state=status)


def test_what_was_given_back_is_not_said_to_be_paid(disbursements: DisbursementAdapter) -> None:
    failed = paid_after_all(disbursements)

    refusal = refusal_of_disbursement(lambda: disbursements.decide.resolve(word(failed, PAID), origin=ASHA))

    assert isinstance(refusal, InvalidStateError)
    assert disbursements.money == ("1000.00", "1000.00")


def test_it_is_another_person_who_says_how_it_ended(disbursements: DisbursementAdapter) -> None:
    waiting = unknown(disbursements)

    requester, owner = MERCHANT, Origin(actor_type="user", actor_id=waiting.owner_id)
    refusals = [
        refusal_of_disbursement(lambda: disbursements.decide.resolve(word(waiting, PAID), origin=requester)),
        refusal_of_disbursement(lambda: disbursements.decide.resolve(word(waiting, PAID), origin=owner)),
    ]

    assert refusals == [SecondPersonRequiredError()] * 2
    assert disbursements.money == ("1000.00", "900.00")


def test_nobody_resolves_what_needs_no_review_or_is_not_there(disbursements: DisbursementAdapter) -> None:
    paid = disbursements.followed()

    assert isinstance(
        refusal_of_disbursement(lambda: disbursements.decide.resolve(word(paid, FAILED), origin=ASHA)),
        InvalidStateError,
    )
    nowhere = ResolveDisbursement(NOWHERE, PAID, reason="-")
    assert refusal_of_disbursement(lambda: disbursements.decide.resolve(nowhere, origin=ASHA)) == NotFoundError(
        resource="disbursement", identifier=str(NOWHERE)
    )
    with pytest.raises(InvalidRequestError):
        ResolveDisbursement(NOWHERE, PAID, reason="")


@pytest.mark.parametrize(("begin", "verdict"), [(unknown, PAID), (taken_back, FAILED)])
def test_what_the_ledger_refuses_settles_nothing(
    disbursements: DisbursementAdapter, begin: Begin, verdict: DisbursementVerdict
) -> None:
    waiting = begin(disbursements)
    before, money = disbursements.now(waiting), disbursements.money
    disbursements.bank.ledger.execute_one(FreezeAccount(waiting.account_id))

    refusal = refusal_of_disbursement(lambda: disbursements.decide.resolve(word(waiting, verdict), origin=ASHA))

    assert isinstance(refusal, AccountFrozenError)
    assert disbursements.now(waiting) == before
    assert disbursements.money == money


def test_the_same_key_resolves_once(disbursements: DisbursementAdapter) -> None:
    waiting, resolve = unknown(disbursements), disbursements.decide.resolve
    first = resolve(word(waiting, PAID), origin=ASHA, idempotency_key="k1")

    again = resolve(word(waiting, PAID), origin=ASHA, idempotency_key="k1")

    assert (again.value, again.replayed) == (first.value, True)
    with pytest.raises(IdempotencyKeyReusedError):
        resolve(word(waiting, FAILED), origin=ASHA, idempotency_key="k1")
