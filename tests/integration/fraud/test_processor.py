"""FraudProcessor on PostgreSQL: one case for each movement, however it comes."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from threading import Barrier, BrokenBarrierError

import pytest

from bankcore.errors import BankcoreError
from bankcore.fraud.cases import CaseStatus
from bankcore.fraud.change_policy import ChangePolicy
from bankcore.fraud.policy import FraudPolicy, VelocityLimits
from bankcore.ledger.accounts import Account, AccountStatus
from bankcore.ledger.commands import Deposit
from bankcore.origin import Origin
from bankcore_infra.consumers import ConsumedEvent
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.fraud.unit import SqlFraudUnits
from tests.integration.fraud.conftest import STRICT, Fraud
from tests.integration.ledger.books import require_sound
from tests.worlds.database_faults import accident_at, failure
from tests.worlds.sql_bank import SqlBank
from tests.worlds.values import npr


def test_an_event_that_comes_again_and_again_is_one_case_and_one_freeze(fraud: Fraud, alice: Account) -> None:
    withdrawal = fraud.bank.ledger.withdraw(alice.id, npr("7"), origin=Origin(request_id="req_12345678"))
    consumed = fraud.last_event(alice)

    for _ in range(3):
        fraud.consume(consumed)

    (case,) = fraud.cases()
    assert (case.transaction_id, case.account_id, case.status) == (withdrawal.id, alice.id, CaseStatus.OPEN)
    assert case.froze_account
    assert fraud.bank.queries.get_account(alice.id).status is AccountStatus.FROZEN
    recorded = fraud.bank.scratch.rows(
        "SELECT action, actor_id, request_id, account_ids FROM bankcore.audit_log WHERE actor_id = 'fraud' ORDER BY id"
    )
    assert recorded == [
        ("account.status_changed", "fraud", "req_12345678", [alice.id]),
        ("fraud_case.opened", "fraud", "req_12345678", [alice.id]),
    ]
    require_sound(fraud.bank)


def test_a_case_its_freeze_and_their_records_are_undone_with_the_transaction_they_are_in(
    fraud: Fraud, alice: Account
) -> None:
    fraud.bank.ledger.withdraw(alice.id, npr("7"))
    consumed = fraud.last_event(alice)
    logged = fraud.bank.scratch.scalar("SELECT count(*) FROM bankcore.audit_log")

    fraud.transactions.rehearse(lambda connection: fraud.processor.consume(connection, [consumed]))

    assert fraud.cases() == []
    assert fraud.bank.queries.get_account(alice.id).status is AccountStatus.ACTIVE
    assert fraud.bank.scratch.scalar("SELECT count(*) FROM bankcore.audit_log") == logged


def test_a_policy_is_changed_together_with_a_record_that_has_all_of_it(fraud: Fraud) -> None:
    bank = fraud.bank
    change = ChangePolicy(SqlFraudUnits(fraud.transactions, bank.unit))
    engine, olga = bank.database.engine_for(bank.tenant_id), Origin(actor_type="operator", actor_id="Olga")

    change(replace(STRICT, case_points=7, threshold_minor={"NPR": 70}), origin=olga)
    for index in range(3):
        with accident_at(engine, index, failure("53100")), pytest.raises(BankcoreError):
            change(STRICT, origin=olga)

    assert fraud.queries.get_policy().case_points == 7
    ((actor_id, subject_id, body),) = bank.scratch.rows(
        "SELECT actor_id, subject_id, body FROM bankcore.audit_log WHERE action = 'fraud_policy.changed'"
    )
    assert (actor_id, subject_id) == ("Olga", bank.tenant_id)
    policy = json.loads(body)["fraud"]  # type: ignore[arg-type] # a bytea
    assert policy["case_points"] == 7
    assert policy["threshold_minor"] == {"NPR": 70}
    assert policy == bank.scratch.scalar("SELECT policy FROM bankcore.fraud_policies")


def test_two_workers_with_one_event_make_one_case(fraud: Fraud, alice: Account) -> None:
    fraud.set_policy(FraudPolicy(velocity=VelocityLimits(count_min=1)))
    fraud.bank.ledger.withdraw(alice.id, npr("7"))
    consumed = fraud.last_event(alice)
    together = Barrier(2)

    def consume_together(connection: TenantConnection) -> None:
        fraud.processor.consume(connection, [consumed])
        # Whoever waits for the other one's row never comes here; then the other one commits after the time is over.
        with suppress(BrokenBarrierError):
            together.wait(timeout=0.5)

    with ThreadPoolExecutor(2) as pool:
        for run in [pool.submit(fraud.transactions.run, consume_together) for _ in range(2)]:
            run.result()

    assert len(fraud.cases()) == 1


def test_a_second_case_for_a_movement_is_refused_by_the_database(fraud: Fraud, alice: Account) -> None:
    fraud.bank.ledger.withdraw(alice.id, npr("7"))
    fraud.consume(fraud.last_event(alice))
    columns = "tenant_id, account_id, transaction_id, opened_at, score, froze_account, signals"

    with pytest.raises(Exception, match="fraud_cases_movement_key"):
        fraud.bank.scratch.execute(
            f"INSERT INTO bankcore.fraud_cases (id, {columns})"
            f" SELECT gen_random_uuid(), {columns} FROM bankcore.fraud_cases"
        )


def test_what_is_no_movement_of_an_account_is_left_alone(fraud: Fraud, alice: Account, statements: list[str]) -> None:
    consumed = fraud.last_event(alice)
    statements.clear()

    fraud.consume(
        ConsumedEvent(
            id=consumed.id,
            tenant_id=consumed.tenant_id,
            action=consumed.action,
            account_id=None,
            sequence=None,
            occurred_at=consumed.occurred_at,
            body=consumed.body,
            effects=consumed.effects,
        )
    )

    assert (fraud.cases(), fraud.processor.actions) == ([], frozenset({"transaction.posted"}))


def test_events_of_one_batch_are_judged_as_one_after_another(fraud: Fraud, alice: Account) -> None:
    fraud.set_policy(FraudPolicy(velocity=VelocityLimits(count_min=2)))
    consumed = []
    for _ in range(4):
        fraud.bank.ledger.withdraw(alice.id, npr("7"))
        consumed.append(fraud.last_event(alice))

    fraud.transactions.run(lambda connection: fraud.processor.consume(connection, consumed))

    (case,) = fraud.cases()
    assert case.transaction_id == consumed[1].id


def test_a_tenant_sees_its_own_cases_and_policy_only(fraud: Fraud, other_bank: SqlBank, alice: Account) -> None:
    fraud.bank.ledger.withdraw(alice.id, npr("7"))
    fraud.consume(fraud.last_event(alice))
    other = Fraud(other_bank)
    account = other_bank.open_account(balance="10.00")
    other_bank.ledger.withdraw(account.id, npr("7"))

    other.consume(other.last_event(account))

    assert (len(fraud.cases()), other.cases()) == (1, [])


def test_the_application_deletes_no_case_and_changes_no_score(fraud: Fraud, alice: Account) -> None:
    fraud.bank.ledger.withdraw(alice.id, npr("7"))
    fraud.consume(fraud.last_event(alice))

    for statement in (
        "DELETE FROM bankcore.fraud_cases",
        "UPDATE bankcore.fraud_cases SET score = 1",
        "UPDATE bankcore.fraud_cases SET signals = '[]'",
        "DELETE FROM bankcore.fraud_policies",
        "DELETE FROM bankcore.fraud_activities",
        "UPDATE bankcore.fraud_activities SET account_id = gen_random_uuid()",
    ):
        with fraud.bank.scratch.connection("bankcore_app") as connection, pytest.raises(Exception, match="permission"):
            connection.execute(statement.encode())


def test_keys_of_the_ledger_within_fraud_live_as_long_as_the_setting_says(bank: SqlBank, alice: Account) -> None:
    parts = replace(bank.unit, key_lifetime=timedelta(hours=72))
    units = SqlFraudUnits(OwnTransactions(bank.database, bank.tenant_id), parts)
    command = Deposit(alice.id, npr("5"), idempotency_key="k-1")

    units.run(lambda unit: unit.ledger.execute([command], origin=Origin()))

    ((lives,),) = bank.scratch.rows("SELECT expires_at - now() > interval '71 hours' FROM bankcore.idempotency_keys")
    assert lives
