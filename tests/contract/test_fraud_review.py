"""One suite for both adapters of fraud's ports: what people read and decide, once."""

import pytest

from bankcore.errors import InvalidRequestError, InvalidStateError, NotFoundError
from bankcore.fraud.cases import CaseStatus, FraudCaseId, Verdict
from bankcore.fraud.ports import CaseFilter
from bankcore.fraud.review import DecideCase
from bankcore.idempotency.answers import Accepted, Rejected
from bankcore.idempotency.keys import IdempotencyInProgressError, IdempotencyKey, IdempotencyKeyReusedError
from bankcore.identifiers import AccountId
from tests.contract.fraud_adapters import NOWHERE, OPERATOR, FraudAdapter
from tests.worlds.values import npr


@pytest.mark.parametrize("verdict", Verdict)
def test_a_case_is_decided_by_somebody_at_an_instant_for_a_reason(fraud: FraudAdapter, verdict: Verdict) -> None:
    case = fraud.open_case()

    answer = fraud.decide(case.id, verdict, note="the holder was called")

    assert isinstance(answer, Accepted)
    assert answer.value == fraud.services.queries.get_case(case.id)
    assert answer.value.decision is not None
    assert (answer.value.status, answer.value.decision.by) == (CaseStatus(verdict), "operator-7")
    assert (answer.value.decision.note, answer.value.score) == ("the holder was called", case.score)
    assert answer.value.decision.at >= case.opened_at


def test_a_case_is_decided_once(fraud: FraudAdapter) -> None:
    case = fraud.open_case()
    fraud.decide(case.id)

    answer = fraud.decide(case.id, Verdict.CONFIRMED)

    assert answer == Rejected(InvalidStateError(resource="fraud_case", identifier=str(case.id), state="cleared"))
    assert fraud.decide(NOWHERE) == Rejected(NotFoundError(resource="fraud_case", identifier=str(NOWHERE)))
    with pytest.raises(NotFoundError):
        fraud.services.queries.get_case(NOWHERE)


def test_the_first_answer_to_a_key_is_given_again(fraud: FraudAdapter) -> None:
    case = fraud.open_case()

    first, again = fraud.decide(case.id, key="d-1"), fraud.decide(case.id, key="d-1")
    refused, refused_again = (fraud.decide(case.id, Verdict.CONFIRMED, key="d-2") for _ in range(2))

    assert isinstance(first, Accepted)
    assert again == Accepted(first.value, replayed=True)
    assert isinstance(refused, Rejected)
    assert refused_again == Rejected(refused.reason, replayed=True)
    assert fraud.decide(case.id, note="another", key="d-1") == Rejected(
        IdempotencyKeyReusedError(idempotency_key="d-1")
    )


def test_a_key_that_is_at_work_elsewhere_is_told_at_once(fraud: FraudAdapter) -> None:
    case = fraud.open_case()

    with fraud.hold_key(IdempotencyKey("operator-7", "d-1")):
        answer = fraud.decide(case.id, key="d-1")

    assert answer == Rejected(IdempotencyInProgressError(idempotency_key="d-1"))
    assert isinstance(fraud.decide(case.id, key="d-1"), Accepted)


def test_the_key_of_a_decision_is_refused_to_the_ledger(fraud: FraudAdapter) -> None:
    fraud.decide(fraud.open_case().id, key="d-1")

    with pytest.raises(IdempotencyKeyReusedError):
        fraud.bank.ledger.deposit(fraud.alice.id, npr("1"), idempotency_key="d-1", origin=OPERATOR)


def test_cases_are_listed_latest_first_and_by_status_and_account(fraud: FraudAdapter) -> None:
    first, second, third = (fraud.open_case().id for _ in range(3))

    def listed(
        status: CaseStatus | None = None, account_id: AccountId | None = None, before: FraudCaseId | None = None
    ) -> list[FraudCaseId]:
        wanted = CaseFilter(status=status, account_id=account_id)
        return [case.id for case in fraud.services.queries.list_cases(wanted, before=before, limit=2)]

    assert (listed(), listed(before=second)) == ([third, second], [first])
    assert (listed(CaseStatus.OPEN), listed(CaseStatus.CLEARED)) == ([third], [second, first])
    assert (listed(account_id=fraud.bob.id), listed(account_id=fraud.alice.id)) == ([], [third, second])


def test_a_decision_needs_a_note_and_a_usable_key() -> None:
    for wrong in ({"note": ""}, {"note": "a", "idempotency_key": "\n"}):
        with pytest.raises(InvalidRequestError):
            DecideCase(case_id=NOWHERE, verdict=Verdict.CLEARED, **wrong)
