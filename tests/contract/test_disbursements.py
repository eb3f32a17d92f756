"""What becomes of disbursements, on both adapters: money leaves once, after approval, or is free again."""

from dataclasses import replace

import pytest

from bankcore.disbursements.disbursements import DisbursementStatus
from bankcore.disbursements.refusals import NoPayoutProviderError
from bankcore.errors import ForbiddenError, InvalidStateError, LedgerInvariantError, NotFoundError
from bankcore.holds.commands import VoidHold
from bankcore.idempotency.answers import Rejected
from bankcore.idempotency.keys import IdempotencyKeyReusedError
from bankcore.identity.refusals import SecondPersonRequiredError
from bankcore.ledger.rejections import InsufficientFundsError
from bankcore.money import CurrencyMismatchError, Money
from tests.contract.disbursement_adapters import (
    ASHA,
    BINA,
    NOWHERE,
    TO,
    DisbursementAdapter,
    refusal_of_disbursement,
)
from tests.contract.payment_adapters import MERCHANT, OTHER
from tests.worlds.values import npr


def test_what_is_requested_is_held_and_nothing_leaves_before_approval(disbursements: DisbursementAdapter) -> None:
    requested = disbursements.requested()

    assert requested.status is DisbursementStatus.PENDING_APPROVAL
    assert disbursements.now(requested) == requested
    assert disbursements.money == ("1000.00", "900.00")
    assert disbursements.follow_all() == 0
    assert disbursements.provider.payout_orders == []


def test_what_another_person_approved_is_sent_once_and_booked_once(disbursements: DisbursementAdapter) -> None:
    paid = disbursements.followed()

    assert paid.status is DisbursementStatus.PAID
    assert paid.transaction_id is not None
    assert disbursements.money == ("900.00", "900.00")
    assert disbursements.clearing == "100.00"
    (order,) = disbursements.provider.payout_orders
    assert (order.reference, order.destination, order.amount) == (str(paid.id), TO, npr("100.00"))
    assert paid.decision is not None
    assert paid.decision.by == "asha"


def test_its_owner_cannot_free_what_is_held_for_it(disbursements: DisbursementAdapter) -> None:
    requested = disbursements.requested()

    outcome = disbursements.bank.ledger.execute_one(VoidHold(requested.hold_id), origin=MERCHANT)

    assert isinstance(outcome, Rejected)
    assert outcome.reason == ForbiddenError()
    assert disbursements.money == ("1000.00", "900.00")


def test_where_it_goes_is_shown_masked(disbursements: DisbursementAdapter) -> None:
    requested = disbursements.requested()

    assert (requested.destination.bank_code, requested.destination.hint) == ("058", "6789")
    assert TO.account_number not in repr(requested) + repr(TO) + repr(disbursements.order())


def test_who_requested_it_or_owns_the_account_does_not_approve(disbursements: DisbursementAdapter) -> None:
    requested = disbursements.requested(origin=ASHA)
    owner = replace(BINA, actor_id="shop")

    by_requester = refusal_of_disbursement(lambda: disbursements.decide.approve(requested.id, origin=ASHA))
    by_owner = refusal_of_disbursement(lambda: disbursements.decide.approve(requested.id, origin=owner))

    assert by_requester == by_owner == SecondPersonRequiredError()
    assert disbursements.now(requested).status is DisbursementStatus.PENDING_APPROVAL


def test_what_is_rejected_or_withdrawn_is_free_again_and_ended(disbursements: DisbursementAdapter) -> None:
    rejected, withdrawn = disbursements.requested(), disbursements.requested("50.00")

    disbursements.decide.reject(rejected.id, reason="not known to us", origin=ASHA)
    disbursements.decide.withdraw(withdrawn.id, origin=MERCHANT)

    assert disbursements.money == ("1000.00", "1000.00")
    decision = disbursements.now(rejected).decision
    assert decision is not None
    assert decision.reason == "not known to us"
    assert disbursements.now(withdrawn).status is DisbursementStatus.WITHDRAWN
    for ended, state in ((rejected, "rejected"), (withdrawn, "withdrawn")):
        refusal = refusal_of_disbursement(lambda ended=ended: disbursements.decide.approve(ended.id, origin=ASHA))  # type: ignore[misc]
        assert refusal == InvalidStateError(resource="disbursement", identifier=str(ended.id), state=state)


def test_only_who_requested_it_withdraws_it_and_only_while_it_waits(disbursements: DisbursementAdapter) -> None:
    requested = disbursements.requested()

    others = refusal_of_disbursement(lambda: disbursements.decide.withdraw(requested.id, origin=OTHER))
    disbursements.decide.approve(requested.id, origin=ASHA)
    late = refusal_of_disbursement(lambda: disbursements.decide.withdraw(requested.id, origin=MERCHANT))

    assert others == NotFoundError(resource="disbursement", identifier=str(requested.id))
    assert late == InvalidStateError(resource="disbursement", identifier=str(requested.id), state="approved")


def test_what_is_not_held_any_more_is_not_approved_and_can_be_ended(disbursements: DisbursementAdapter) -> None:
    requested = disbursements.requested()
    disbursements.end_hold(requested)

    refusal = refusal_of_disbursement(lambda: disbursements.decide.approve(requested.id, origin=ASHA))

    assert isinstance(refusal, InvalidStateError)
    assert refusal.resource == "hold"
    disbursements.decide.reject(requested.id, reason="too late", origin=ASHA)
    assert disbursements.now(requested).status is DisbursementStatus.REJECTED


def test_what_cannot_be_sent_is_refused_and_nothing_is_held(disbursements: DisbursementAdapter) -> None:
    requests, order = disbursements.requests, disbursements.order
    rich = refusal_of_disbursement(lambda: requests(order("1000.01"), origin=MERCHANT))
    foreign = refusal_of_disbursement(
        lambda: requests(replace(order(), amount=Money.of("1.00", "USD")), origin=MERCHANT)
    )
    others = refusal_of_disbursement(lambda: requests(order(), origin=OTHER))
    unnamed = refusal_of_disbursement(lambda: requests(order(provider="other"), origin=MERCHANT))
    facts = disbursements.provider.facts
    disbursements.provider.become(replace(facts, payout_currencies=frozenset()))
    unable = refusal_of_disbursement(lambda: requests(order(), origin=MERCHANT))

    assert isinstance(rich, InsufficientFundsError)
    assert foreign == CurrencyMismatchError(expected="NPR", actual="USD")
    assert isinstance(others, NotFoundError)
    assert unnamed == NoPayoutProviderError(currency="NPR", provider="other")
    assert unable == NoPayoutProviderError(currency="NPR")
    assert disbursements.money == ("1000.00", "1000.00")
    assert disbursements.queries.list_disbursements(limit=10) == []


def test_a_request_with_the_key_of_before_is_the_one_of_before_as_it_is_now(
    disbursements: DisbursementAdapter,
) -> None:
    first = disbursements.requests(disbursements.order(key="k1"), origin=MERCHANT).value
    disbursements.decide.approve(first.id, origin=ASHA, idempotency_key="k2")
    again = disbursements.requests(disbursements.order(key="k1"), origin=MERCHANT)
    approved_again = disbursements.decide.approve(first.id, origin=ASHA, idempotency_key="k2")
    other = refusal_of_disbursement(
        lambda: disbursements.requests(disbursements.order("7.00", key="k1"), origin=MERCHANT)
    )

    assert (again.value.id, again.value.status, again.replayed) == (first.id, DisbursementStatus.APPROVED, True)
    assert (approved_again.value.id, approved_again.replayed) == (first.id, True)
    assert isinstance(other, IdempotencyKeyReusedError)
    assert disbursements.money == ("1000.00", "900.00")


def test_disbursements_are_listed_latest_first_to_whom_they_are_shown(disbursements: DisbursementAdapter) -> None:
    first, second = disbursements.requested("1.00"), disbursements.approved("2.00")
    queries = disbursements.queries

    assert [each.id for each in queries.list_disbursements(limit=10)] == [second.id, first.id]
    assert [each.id for each in queries.list_disbursements(owner_id="shop", before=second.id, limit=10)] == [first.id]
    assert [each.id for each in queries.list_disbursements(status=DisbursementStatus.APPROVED, limit=9)] == [second.id]
    assert queries.list_disbursements(owner_id="other", limit=10) == []
    assert queries.get_disbursement(first.id, owner_id="shop").id == first.id
    for disbursement_id, owner_id in ((first.id, "other"), (NOWHERE, None)):
        with pytest.raises(NotFoundError):
            queries.get_disbursement(disbursement_id, owner_id=owner_id)


def test_what_is_not_there_is_neither_decided_nor_sent(disbursements: DisbursementAdapter) -> None:
    refusal = refusal_of_disbursement(lambda: disbursements.decide.approve(NOWHERE, origin=ASHA))

    assert refusal == NotFoundError(resource="disbursement", identifier=str(NOWHERE))
    with pytest.raises(LedgerInvariantError):
        disbursements.units.run(lambda unit: unit.get_destination(NOWHERE))


def test_no_step_skips_another(disbursements: DisbursementAdapter) -> None:
    requested = disbursements.requested()

    with pytest.raises(LedgerInvariantError):
        requested.moved(DisbursementStatus.PAID)
