"""One suite for both adapters of the ports of approvals: nothing moves before a second person approves it, and once."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest

from bankcore.approvals.actions import APPROVAL_REQUESTED
from bankcore.approvals.approvals import ApprovalStatus
from bankcore.approvals.ports import ApprovalUnit
from bankcore.approvals.request import Requesting
from bankcore.errors import ForbiddenError, InvalidRequestError, InvalidStateError, LedgerInvariantError, NotFoundError
from bankcore.idempotency.keys import IdempotencyKeyReusedError
from bankcore.identifiers import AccountId, TransactionId
from bankcore.identity.refusals import SecondPersonRequiredError
from bankcore.ledger.commands import Deposit, Transfer, Withdraw
from bankcore.ledger.rejections import InsufficientFundsError, SameAccountError
from bankcore.ledger.reversals import ReverseTransaction
from bankcore.ledger.transactions import Source
from bankcore.money import CurrencyMismatchError, Money
from bankcore.origin import LIBRARY, Origin
from tests.contract.approval_adapters import ASHA, BINA, NOWHERE, RAM, SITA, ApprovalAdapter, refusal_of
from tests.worlds.values import npr


def test_a_request_moves_nothing_and_waits_for_a_day(approvals: ApprovalAdapter) -> None:
    approval = approvals.request()

    assert approval == approvals.queries.get_approval(approval.id)
    assert (approval.status, approval.ending, approval.transaction_id) == (ApprovalStatus.PENDING, None, None)
    assert (approval.command, approval.requested_by) == (approvals.transfer(), "sita")
    assert approval.expires_at - approval.requested_at == timedelta(hours=24)
    assert approvals.available(approvals.sita) == "1000.00"


def test_a_second_person_approves_and_the_money_moves_under_the_name_of_the_approval(
    approvals: ApprovalAdapter,
) -> None:
    approval = approvals.request()

    approved = approvals.service.approve(approval.id, origin=ASHA).value

    assert approved == approvals.queries.get_approval(approval.id)
    assert (approved.status, approved.ending.by if approved.ending else None) == (ApprovalStatus.APPROVED, "asha")
    assert (approvals.available(approvals.sita), approvals.available(approvals.ram)) == ("300.00", "700.00")
    assert approved.transaction_id is not None
    moved = approvals.bank.queries.get_transaction(approved.transaction_id).transaction
    assert moved.source == Source("approval", str(approval.id))
    assert (moved.reference, dict(moved.metadata)) == ("a car", {"order": "7"})


def test_withdrawals_and_reversals_wait_too(approvals: ApprovalAdapter) -> None:
    withdrawal = approvals.withdrawal("600")
    deposit = approvals.bank.ledger.deposit(approvals.ram.id, npr("50"))
    whole = approvals.request(ReverseTransaction(deposit.id, reason="sent twice"), origin=BINA)
    part = approvals.request(ReverseTransaction(deposit.id, npr("20"), reason="too much"), origin=BINA)

    for approval in (withdrawal, part, whole):
        approvals.service.approve(approval.id, origin=ASHA)

    assert (approvals.available(approvals.sita), approvals.available(approvals.ram)) == ("400.00", "0.00")
    assert [each.amount for each in (whole, part)] == [npr("50"), npr("20")]


@pytest.mark.parametrize("who", [SITA, RAM])
def test_nobody_approves_what_he_wants_himself_or_what_touches_an_account_of_his(
    approvals: ApprovalAdapter, who: Origin
) -> None:
    approval = approvals.request()

    refused = refusal_of(partial(approvals.service.approve, approval.id, origin=who))

    assert refused == SecondPersonRequiredError()
    assert approvals.queries.get_approval(approval.id).status is ApprovalStatus.PENDING
    assert approvals.available(approvals.sita) == "1000.00"


def test_an_operator_does_not_approve_a_reversal_of_his_own(approvals: ApprovalAdapter) -> None:
    deposit = approvals.bank.ledger.deposit(approvals.ram.id, npr("50"))
    approval = approvals.request(ReverseTransaction(deposit.id, reason="sent twice"), origin=ASHA)

    assert refusal_of(partial(approvals.service.approve, approval.id, origin=ASHA)) == SecondPersonRequiredError()
    assert refusal_of(partial(approvals.service.approve, approval.id, origin=BINA)) is None


def test_what_the_ledger_refuses_waits_on_and_is_approved_later(approvals: ApprovalAdapter) -> None:
    approval = approvals.request(approvals.transfer("1500"))

    refused = refusal_of(partial(approvals.service.approve, approval.id, origin=ASHA))
    waiting = approvals.queries.get_approval(approval.id)
    approvals.bank.ledger.deposit(approvals.sita.id, npr("500"))
    approvals.service.approve(approval.id, origin=BINA)

    assert isinstance(refused, InsufficientFundsError)
    assert waiting == approval
    assert approvals.available(approvals.ram) == "1500.00"


def test_an_end_is_final(approvals: ApprovalAdapter) -> None:
    ended = [approvals.request(approvals.transfer("1")) for _ in range(3)]
    approvals.service.approve(ended[0].id, origin=ASHA)
    approvals.service.reject(ended[1].id, reason="nobody knows the payee", origin=ASHA)
    approvals.service.withdraw(ended[2].id, origin=SITA)

    for approval, state in zip(ended, ("approved", "rejected", "withdrawn"), strict=True):
        for again in (
            partial(approvals.service.approve, approval.id, origin=BINA),
            partial(approvals.service.reject, approval.id, reason="late", origin=BINA),
            partial(approvals.service.withdraw, approval.id, origin=SITA),
        ):
            final = InvalidStateError(resource="approval", identifier=str(approval.id), state=state)
            assert refusal_of(again) == final
    assert approvals.available(approvals.ram) == "1.00"
    rejected = approvals.queries.get_approval(ended[1].id).ending
    assert rejected is not None
    assert (rejected.by, rejected.reason) == ("asha", "nobody knows the payee")


def test_a_day_later_nobody_approves_rejects_or_withdraws_it(approvals: ApprovalAdapter) -> None:
    approval = approvals.request()

    approvals.let_time_pass(timedelta(hours=24))

    expired = InvalidStateError(resource="approval", identifier=str(approval.id), state="expired")
    assert refusal_of(partial(approvals.service.approve, approval.id, origin=ASHA)) == expired
    assert refusal_of(partial(approvals.service.reject, approval.id, reason="late", origin=ASHA)) == expired
    assert refusal_of(partial(approvals.service.withdraw, approval.id, origin=SITA)) == expired
    assert approvals.queries.get_approval(approval.id).status is ApprovalStatus.EXPIRED
    assert approvals.available(approvals.sita) == "1000.00"


def test_an_hour_before_its_time_is_over_it_is_approved(approvals: ApprovalAdapter) -> None:
    approval = approvals.request()

    approvals.let_time_pass(timedelta(hours=23))

    assert approvals.service.approve(approval.id, origin=ASHA).value.status is ApprovalStatus.APPROVED


def test_only_who_requested_it_withdraws_it(approvals: ApprovalAdapter) -> None:
    approval = approvals.request()

    missing = NotFoundError(resource="approval", identifier=str(approval.id))
    assert refusal_of(partial(approvals.service.withdraw, approval.id, origin=RAM)) == missing
    assert refusal_of(partial(approvals.service.withdraw, approval.id, origin=ASHA)) == missing
    assert approvals.service.withdraw(approval.id, origin=SITA).value.status is ApprovalStatus.WITHDRAWN


def test_a_service_withdraws_with_any_of_its_keys_what_it_requested_and_no_other_service_does(
    approvals: ApprovalAdapter,
) -> None:
    old_key, new_key = (Origin(actor_type="service", actor_id=f"key-{n}", service_id="shop") for n in (1, 2))
    stranger = replace(new_key, service_id="another shop")
    service = approvals.service

    approval = service.request(approvals.transfer(), origin=old_key).value
    of_before = service.request(approvals.transfer(), origin=replace(old_key, service_id=None)).value

    missing = NotFoundError(resource="approval", identifier=str(approval.id))
    assert refusal_of(partial(service.withdraw, approval.id, origin=stranger)) == missing
    assert service.withdraw(approval.id, origin=new_key).value.status is ApprovalStatus.WITHDRAWN
    assert service.withdraw(of_before.id, origin=old_key).value.status is ApprovalStatus.WITHDRAWN


def test_a_service_approves_with_no_key_what_it_requested_with_another(approvals: ApprovalAdapter) -> None:
    old_key, new_key = (Origin(actor_type="service", actor_id=f"key-{n}", service_id="shop") for n in (1, 2))

    approval = approvals.service.request(approvals.transfer(), origin=old_key).value

    assert approval.requested_by == "shop"
    assert refusal_of(partial(approvals.service.approve, approval.id, origin=new_key)) == SecondPersonRequiredError()


def test_what_can_never_be_is_not_taken(approvals: ApprovalAdapter) -> None:
    sita, ram, nobody = approvals.sita.id, approvals.ram.id, AccountId(UUID(int=7))
    dollars = Money.of("1", "USD")
    deposit = approvals.bank.ledger.deposit(sita, npr("5"))

    refusals = [
        refusal_of(partial(approvals.service.request, command, origin=SITA))
        for command in (
            Withdraw(ram, npr("1")),
            Withdraw(nobody, npr("1")),
            Transfer(ram, sita, npr("1")),
            Transfer(sita, nobody, npr("1")),
            Transfer(sita, sita, npr("1")),
            Withdraw(sita, dollars),
            ReverseTransaction(deposit.id, reason="mine"),
        )
    ]

    assert [type(refusal) for refusal in refusals] == [
        *(NotFoundError, NotFoundError, NotFoundError, NotFoundError, SameAccountError),
        *(CurrencyMismatchError, ForbiddenError),
    ]
    assert approvals.queries.list_approvals(limit=10) == []


def test_a_reversal_of_nothing_is_not_taken(approvals: ApprovalAdapter) -> None:
    nothing = ReverseTransaction(TransactionId(UUID(int=7)), reason="a mistake")

    assert isinstance(refusal_of(partial(approvals.service.request, nothing, origin=ASHA)), NotFoundError)


def test_what_a_second_person_cannot_read_is_not_taken(approvals: ApprovalAdapter) -> None:
    sita = approvals.sita.id
    for command in (
        Withdraw(sita, npr("1"), idempotency_key="k"),
        Withdraw(sita, npr("1"), source=Source("approval", "7")),
        Withdraw(sita, npr("1"), chain="rent"),
        Deposit(sita, npr("1")),
    ):
        with pytest.raises(InvalidRequestError):
            approvals.service.request(command, origin=LIBRARY)  # type: ignore[arg-type] # a deposit is none
    approval = approvals.request()
    with pytest.raises(InvalidRequestError):
        approvals.service.reject(approval.id, reason="", origin=ASHA)


def test_it_moves_no_more_than_who_requested_it_may_reach(approvals: ApprovalAdapter) -> None:
    approval = approvals.request()
    assert approval.owner_id == "sita"

    settlement = approvals.bank.ledger.deposit(approvals.sita.id, npr("1")).entries
    ours = next(entry.account_id for entry in settlement if entry.account_id != approvals.sita.id)
    towards_ours = approvals.request(Transfer(approvals.sita.id, ours, npr("1")))

    assert refusal_of(partial(approvals.service.approve, towards_ours.id, origin=ASHA)) is not None
    assert approvals.queries.get_approval(towards_ours.id).status is ApprovalStatus.PENDING


def test_a_key_repeats_the_answer_and_the_money_moves_once(approvals: ApprovalAdapter) -> None:
    service = approvals.service
    asked, asked_again = (service.request(approvals.transfer(), origin=SITA, idempotency_key="r-1") for _ in range(2))
    approved, again = (service.approve(asked.value.id, origin=ASHA, idempotency_key="d-1") for _ in range(2))

    assert (asked.value.id, asked.replayed, asked_again.replayed) == (asked_again.value.id, False, True)
    assert (approved.value, approved.replayed, again.replayed) == (again.value, False, True)
    assert approvals.available(approvals.ram) == "700.00"
    with pytest.raises(IdempotencyKeyReusedError):
        service.request(approvals.transfer("1"), origin=SITA, idempotency_key="r-1")
    for unknown in (partial(service.approve, NOWHERE, origin=ASHA), partial(service.withdraw, NOWHERE, origin=SITA)):
        assert refusal_of(unknown) == NotFoundError(resource="approval", identifier=str(NOWHERE))


def test_approvals_are_listed_latest_first_by_status_and_by_who_requested_them(approvals: ApprovalAdapter) -> None:
    old = approvals.request(approvals.transfer("1"))
    approvals.let_time_pass(timedelta(hours=25))
    approved, waiting = (approvals.request(approvals.transfer("1")) for _ in range(2))
    approvals.service.approve(approved.id, origin=ASHA)
    of_ram = approvals.request(Transfer(approvals.ram.id, approvals.sita.id, npr("1")), origin=RAM)

    listed = approvals.queries.list_approvals
    assert [each.id for each in listed(limit=2)] == [of_ram.id, waiting.id]
    assert [each.id for each in listed(before=waiting.id, limit=9)] == [approved.id, old.id]
    assert [each.id for each in listed(requested_by="sita", limit=9)] == [waiting.id, approved.id, old.id]
    by_status = {status: [each.id for each in listed(status=status, limit=9)] for status in ApprovalStatus}
    assert by_status == {
        ApprovalStatus.PENDING: [of_ram.id, waiting.id],
        ApprovalStatus.APPROVED: [approved.id],
        ApprovalStatus.REJECTED: [],
        ApprovalStatus.WITHDRAWN: [],
        ApprovalStatus.EXPIRED: [old.id],
    }
    with pytest.raises(NotFoundError):
        approvals.queries.get_approval(of_ram.id, requested_by="sita")


def test_a_remembered_approval_that_is_gone_is_a_contradiction(approvals: ApprovalAdapter) -> None:
    def decode(unit: ApprovalUnit) -> None:
        Requesting(unit, APPROVAL_REQUESTED, SITA, approvals.transfer()).decode(NOWHERE.bytes)

    with pytest.raises(LedgerInvariantError):
        approvals.units.run(decode)
