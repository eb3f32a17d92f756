"""Disbursements where two come at once, or somebody writes past the bank: money leaves once, and one end counts."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Barrier
from typing import Final

import psycopg
import pytest

from bankcore.disbursements.disbursements import Disbursement, DisbursementId, DisbursementStatus
from bankcore.errors import BankcoreError, InvalidStateError
from bankcore.idempotency.answers import Accepted
from bankcore.payments.payments import ASKED_AFTER
from bankcore.providers.answers import Unknown
from bankcore.providers.payouts import PayoutStanding
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.disbursements.proof import PROOF
from tests.contract.disbursement_adapters import (
    ASHA,
    BINA,
    TO,
    DisbursementAdapter,
    postgresql_disbursement_adapter,
)
from tests.contract.payment_adapters import MERCHANT
from tests.worlds.sql_bank import SqlBank

ROUNDS: Final = 8
End = Callable[[DisbursementId], Accepted[Disbursement]]


@pytest.fixture
def disbursements(bank: SqlBank, tmp_path: Path) -> DisbursementAdapter:
    return postgresql_disbursement_adapter(bank, tmp_path)


def approve_as_bina(world: DisbursementAdapter) -> End:
    return partial(world.decide.approve, origin=BINA)


def reject_as_bina(world: DisbursementAdapter) -> End:
    return partial(world.decide.reject, reason="not known to us", origin=BINA)


def withdraw_as_the_shop(world: DisbursementAdapter) -> End:
    return partial(world.decide.withdraw, origin=MERCHANT)


@pytest.mark.parametrize("other", [approve_as_bina, reject_as_bina, withdraw_as_the_shop])
def test_of_two_who_decide_at_once_one_does_and_the_money_leaves_as_that_one_says(
    disbursements: DisbursementAdapter, other: Callable[[DisbursementAdapter], End]
) -> None:
    ends: tuple[End, End] = (partial(disbursements.decide.approve, origin=ASHA), other(disbursements))
    waiting = [disbursements.requested("1.00").id for _ in range(ROUNDS)]

    refusals = [refusals_of(disbursement_id, ends) for disbursement_id in waiting]
    with ThreadPoolExecutor(3) as threads:
        sent = sum(threads.map(lambda _number: disbursements.follow_all(), range(3)))

    assert [[type(refusal) for refusal in refused] for refused in refusals] == [[InvalidStateError]] * ROUNDS
    ended = [disbursements.queries.get_disbursement(disbursement_id) for disbursement_id in waiting]
    paid = [each for each in ended if each.status is DisbursementStatus.PAID]
    assert len(paid) == sent == len(disbursements.provider.payout_orders)
    assert disbursements.money == (f"{1000 - len(paid)}.00",) * 2
    assert disbursements.clearing == f"{len(paid)}.00"


def refusals_of(disbursement_id: DisbursementId, ends: tuple[End, End]) -> list[BankcoreError]:
    """What those are refused with who decide at once."""
    start = Barrier(len(ends))

    def run(end: End) -> BankcoreError | None:
        start.wait()
        try:
            end(disbursement_id)
        except BankcoreError as refusal:
            return refusal
        return None

    with ThreadPoolExecutor(len(ends)) as pool:
        return [refusal for refusal in pool.map(run, ends) if refusal is not None]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE bankcore.disbursements SET status = 'approved', transaction_id = NULL, sent_at = NULL",
        "DELETE FROM bankcore.disbursements",
        "TRUNCATE bankcore.disbursements",
    ],
)
def test_what_was_paid_stays_so_for_the_superuser_too(
    disbursements: DisbursementAdapter, bank: SqlBank, change: str
) -> None:
    disbursements.followed()

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        bank.scratch.execute(change)


def test_the_database_keeps_the_two_people_apart(disbursements: DisbursementAdapter, bank: SqlBank) -> None:
    disbursements.requested()

    for person in ("requested_by", "owner_id"):
        with pytest.raises(psycopg.errors.CheckViolation, match="disbursements_second_person_check"):
            bank.scratch.execute(
                f"UPDATE bankcore.disbursements SET status = 'approved', decided_at = now(), decided_by = {person}"
            )


def test_nothing_that_is_stored_tells_where_it_goes(disbursements: DisbursementAdapter, bank: SqlBank) -> None:
    disbursements.followed()

    with bank.scratch.connection() as connection:
        tables = ("disbursements", "audit_log", "encrypted_secrets", "idempotency_keys")
        stored = [str(connection.execute(f"SELECT * FROM bankcore.{table}".encode()).fetchall()) for table in tables]
        bodies = connection.execute("SELECT convert_from(body, 'UTF8') FROM bankcore.audit_log").fetchall()
    text = " ".join([*stored, json.dumps(bodies)])
    assert "6789" in text
    assert TO.account_number not in text
    assert TO.payee not in text


def found(bank: SqlBank) -> list[str]:
    transactions = OwnTransactions(bank.database, bank.tenant_id)
    return transactions.rehearse(lambda connection: [each.problem for each in PROOF.verify(connection)])


def end_each_way(disbursements: DisbursementAdapter) -> None:
    """One of each status."""
    returned = disbursements.followed("1.00")
    disbursements.provider.settle_payout(returned.reference, PayoutStanding.RETURNED)
    disbursements.let_time_pass(ASKED_AFTER[0])
    disbursements.follow_all()
    disbursements.followed("2.00")
    disbursements.provider.answer_payout(Unknown("time-out"))
    disbursements.followed("3.00")
    rejected, withdrawn, _waiting = (disbursements.requested("4.00") for _ in range(3))
    disbursements.decide.reject(rejected.id, reason="not known", origin=ASHA)
    disbursements.decide.withdraw(withdrawn.id, origin=MERCHANT)


def test_changed_disbursements_are_found_and_those_of_the_bank_are_as_the_log_tells(
    disbursements: DisbursementAdapter, bank: SqlBank
) -> None:
    # What the log tells of stays as it is.
    sooner = "UPDATE bankcore.disbursements SET due_at = due_at - %s::interval"
    end_each_way(replace(disbursements, let_time_pass=lambda time: bank.scratch.execute(sooner, time)))
    assert found(bank) == []

    changes = {
        "SET decided_by = 'bina' WHERE status = 'paid'": "is not as the log tells of it: decidedBy",
        "SET amount_minor = 1 WHERE status = 'paid'": "is not as the log tells of it: amount",
        "SET requested_at = now() WHERE status = 'rejected'": "was requested at",
        "SET transaction_id = gen_random_uuid() WHERE status = 'paid'": (
            "was not booked by the transaction that it names"
        ),
        "SET return_id = gen_random_uuid() WHERE status = 'returned'": (
            "was not put back by the transaction that it names"
        ),
        "SET status = 'lost' WHERE status = 'withdrawn'": "holds what no disbursement has",
        "SET id = gen_random_uuid() WHERE status = 'rejected'": "the log has no record of it",
    }
    with bank.scratch.connection() as connection:
        connection.execute("ALTER TABLE bankcore.disbursements DISABLE TRIGGER USER")
        for check in ("status", "sent", "second_person"):
            dropped = f"ALTER TABLE bankcore.disbursements DROP CONSTRAINT disbursements_{check}_check"
            connection.execute(dropped.encode())
    for change, problem in changes.items():
        bank.scratch.execute("CREATE TABLE kept AS SELECT * FROM bankcore.disbursements")
        bank.scratch.execute(f"UPDATE bankcore.disbursements {change}")
        problems = found(bank)
        bank.scratch.execute("DELETE FROM bankcore.disbursements")
        bank.scratch.execute("INSERT INTO bankcore.disbursements SELECT * FROM kept")
        bank.scratch.execute("DROP TABLE kept")
        assert any(each.startswith(problem) for each in problems), (change, problems)
    bank.scratch.execute("DELETE FROM bankcore.disbursements WHERE status = 'paid'")
    assert set(found(bank)) == {"is gone", "booked a disbursement that does not name it"}
