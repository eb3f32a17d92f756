"""Approvals where two people come at once: the money moves once or not at all, and one end counts."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Final

import psycopg
import pytest

from bankcore.approvals.approvals import Approval, ApprovalId, ApprovalStatus
from bankcore.errors import BankcoreError, InvalidStateError
from bankcore.idempotency.answers import Accepted
from tests.contract.approval_adapters import ASHA, BINA, SITA, ApprovalAdapter, postgresql_approval_adapter
from tests.worlds.sql_bank import SqlBank

ROUNDS: Final = 20
End = Callable[[ApprovalId], Accepted[Approval]]


@pytest.fixture
def approvals(bank: SqlBank) -> ApprovalAdapter:
    return postgresql_approval_adapter(bank)


def approve_as_bina(world: ApprovalAdapter) -> End:
    return partial(world.service.approve, origin=BINA)


def reject_as_bina(world: ApprovalAdapter) -> End:
    return partial(world.service.reject, reason="not known to us", origin=BINA)


def withdraw_as_sita(world: ApprovalAdapter) -> End:
    return partial(world.service.withdraw, origin=SITA)


@pytest.mark.parametrize("other", [approve_as_bina, reject_as_bina, withdraw_as_sita])
def test_of_two_who_end_an_approval_at_once_one_does_and_the_money_moves_as_that_one_says(
    approvals: ApprovalAdapter, other: Callable[[ApprovalAdapter], End]
) -> None:
    ends: tuple[End, End] = (partial(approvals.service.approve, origin=ASHA), other(approvals))
    waiting = [approvals.request(approvals.transfer("1")).id for _ in range(ROUNDS)]

    refusals = [refusals_of(approval_id, ends) for approval_id in waiting]

    assert [[type(refusal) for refusal in refused] for refused in refusals] == [[InvalidStateError]] * ROUNDS
    ended = [approvals.queries.get_approval(approval_id) for approval_id in waiting]
    approved = [approval for approval in ended if approval.status is ApprovalStatus.APPROVED]
    assert ApprovalStatus.PENDING not in {approval.status for approval in ended}
    assert approvals.available(approvals.ram) == f"{len(approved)}.00"
    assert len({approval.transaction_id for approval in approved}) == len(approved)


def refusals_of(approval_id: ApprovalId, ends: tuple[End, End]) -> list[BankcoreError]:
    """What those are refused with who end it at once."""
    start = Barrier(len(ends))

    def run(end: End) -> BankcoreError | None:
        start.wait()
        try:
            end(approval_id)
        except BankcoreError as refusal:
            return refusal
        return None

    with ThreadPoolExecutor(len(ends)) as pool:
        return [refusal for refusal in pool.map(run, ends) if refusal is not None]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE bankcore.approvals SET status = 'pending', ended_at = NULL, ended_by = NULL, transaction_id = NULL",
        "UPDATE bankcore.approvals SET expires_at = now()",
        "DELETE FROM bankcore.approvals",
        "TRUNCATE bankcore.approvals",
    ],
)
def test_what_ended_stays_as_it_ended_for_the_superuser_too(
    approvals: ApprovalAdapter, bank: SqlBank, change: str
) -> None:
    approvals.service.approve(approvals.request().id, origin=ASHA)

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        bank.scratch.execute(change)


def test_the_database_keeps_the_two_people_apart(approvals: ApprovalAdapter, bank: SqlBank) -> None:
    approvals.request()

    with pytest.raises(psycopg.errors.CheckViolation, match="approvals_second_person_check"):
        bank.scratch.execute(
            "UPDATE bankcore.approvals SET status = 'approved', ended_at = now(), ended_by = requested_by,"
            " transaction_id = gen_random_uuid()"
        )
