"""What monitoring is told of the bank, whichever of its roles is dead."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from bankcore.identifiers import TenantId
from bankcore.origin import LIBRARY
from bankcore.payments.configurations import ProviderConfigId
from bankcore.payments.configure import WantedConfig
from bankcore.payments.health import CircuitState
from bankcore.payments.payments import ASKED_AFTER
from bankcore.providers.answers import RefundAccepted, Unknown
from bankcore.providers.states import RefundStatus
from bankcore.tenancy.tenants import Tenant, TenantKind
from bankcore.webhooks.service import WantedEndpoint
from bankcore_infra.db.engine import Database
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.metrics.bank import BankMetrics
from bankcore_infra.metrics.followed import FOLLOWED, NOTICES_GIVEN_UP, WAITING
from bankcore_infra.metrics.readings import (
    CONFIGS,
    CONSUMERS,
    OPEN_CASES,
    RECONCILED,
    UNSEALED,
    WEBHOOKS,
)
from bankcore_infra.reconciliation.comparison import Reconciliation
from bankcore_infra.tenancy.directory import SqlTenantDirectory, insert_tenant
from tests.contract.disbursement_adapters import postgresql_disbursement_adapter
from tests.contract.payment_adapters import postgresql_payment_adapter
from tests.contract.refund_adapters import refund_adapter
from tests.worlds.sql_bank import SqlBank
from tests.worlds.sql_webhooks import HookWorld
from tests.worlds.webhook_receiver import webhook_receiver
from tests.worlds.workers import Workers, failing, pay

NUMBER: Final = re.compile(r'^(bankcore_\w+)(?:\{(?:consumer|state)="(\w+)"\})? (\S+)$', re.MULTILINE)


def figures(database: Database, *, budget_s: float = 3.0) -> dict[str, float]:
    """The figures by name; those of a consumer have its name behind a colon."""
    told = BankMetrics(database, SqlTenantDirectory(database), budget_s=budget_s).exposition().decode()
    return {f"{name}:{consumer}" if consumer else name: float(value) for name, consumer, value in NUMBER.findall(told)}


def make_older(workers: Workers, table: str, column: str) -> None:
    """Let an hour go by for the rows of that table."""
    workers.bank.scratch.execute(f"ALTER TABLE bankcore.{table} DISABLE TRIGGER ALL")
    workers.bank.scratch.execute(f"UPDATE bankcore.{table} SET {column} = {column} - interval '1 hour'")


def test_a_new_bank_has_nothing_to_tell(bank: SqlBank) -> None:
    assert figures(bank.database) == {
        "bankcore_database_up": 1,
        "bankcore_tenants_unread": 0,
        "bankcore_logs_stopped": 0,
        "bankcore_sealing_lag_seconds": 0,
        "bankcore_fraud_cases_open": 0,
        **{
            f"bankcore_{name}": 0
            for each in FOLLOWED
            for name in (
                f"{each.table}_open",
                f"{each.table}_unknown",
                f"{each.table}_in_review",
                f"{each.one}_oldest_review_seconds",
                f"{each.one}_oldest_late_seconds",
            )
        },
        "bankcore_disbursements_waiting:approval": 0,
        "bankcore_disbursements_waiting:provider": 0,
        "bankcore_provider_notices_given_up": 0,
        "bankcore_reconciliation_drifts": 0,
    }


def test_what_is_owed_is_counted_and_its_age_told(workers: Workers) -> None:
    alice, _bob = pay(workers, 3)
    workers.sweep()
    make_older(workers, "audit_log", "at")
    told = figures(workers.bank.database)

    # Two openings and three transfers.
    assert told["bankcore_deliveries_pending:recorder"] == 5
    assert told["bankcore_delivery_oldest_age_seconds:recorder"] == pytest.approx(3600, abs=60)
    workers.consumers[0].before = failing(ValueError("no"), when=lambda event: event.account_id == alice)
    workers.run()
    make_older(workers, "parked_events", "created_at")
    told = figures(workers.bank.database)
    assert told["bankcore_deliveries_pending:recorder"] == 3
    assert told["bankcore_delivery_oldest_age_seconds:recorder"] == pytest.approx(3600, abs=60)
    workers.consumers[0].before = lambda _event: None
    workers.make_due()
    workers.run()
    told = figures(workers.bank.database)
    assert told["bankcore_deliveries_pending:recorder"] == 0
    assert told["bankcore_delivery_oldest_age_seconds:recorder"] == 0


def test_what_no_relay_has_seen_is_late_too(workers: Workers) -> None:
    workers.sweep()
    pay(workers)
    make_older(workers, "audit_log", "at")

    told = figures(workers.bank.database)

    assert told["bankcore_delivery_oldest_age_seconds:recorder"] == pytest.approx(3600, abs=60)
    assert told["bankcore_sealing_lag_seconds"] == pytest.approx(3600, abs=60)


def test_dead_letters_and_open_cases_are_counted(workers: Workers) -> None:
    (consumer,) = workers.consumers
    consumer.before = failing(ValueError("no"), when=lambda _event: True)
    alice, _bob = pay(workers)
    for _ in range(workers.policy.tries_max):
        workers.run()
        workers.make_due()
    workers.bank.scratch.execute(
        """
        INSERT INTO bankcore.fraud_cases
            (tenant_id, id, account_id, transaction_id, opened_at, score, froze_account, signals)
        VALUES (%s, gen_random_uuid(), %s, gen_random_uuid(), now(), 50, false, '[]')""",
        workers.bank.tenant_id,
        alice,
    )

    told = figures(workers.bank.database)

    assert told["bankcore_dead_letters:recorder"] == 2
    assert told["bankcore_fraud_cases_open"] == 1


def test_webhooks_that_wait_are_told_by_how_their_servers_do(bank: SqlBank, tmp_path: Path) -> None:
    with webhook_receiver() as receiver:
        hooks = HookWorld(bank=bank, keys=tmp_path, receiver=receiver)
        hooks.create("/ok")
        hooks.create("/failing")
        off = hooks.create("/off")
        hooks.owe(3)
        hooks.service.change(off.id, WantedEndpoint(is_enabled=False))
        bank.scratch.execute("UPDATE bankcore.webhook_endpoints SET failing_since = now() WHERE url LIKE '%%/failing'")
        hooks.age(timedelta(seconds=90))

        told = figures(bank.database)

    assert {state: told[f"bankcore_webhook_endpoints:{state}"] for state in ("ok", "failing", "off")} == {
        "ok": 1,
        "failing": 1,
        "off": 1,
    }
    assert [told[f"bankcore_webhooks_pending:{state}"] for state in ("ok", "failing", "off")] == [3, 3, 0]
    assert told["bankcore_webhook_oldest_late_seconds"] == pytest.approx(90, abs=30)


def test_payments_that_are_open_are_counted_and_how_long_they_could_have_been_asked_for(
    bank: SqlBank, tmp_path: Path
) -> None:
    payments = postgresql_payment_adapter(bank, tmp_path)
    for _ in range(2):
        payments.provider.answer_next(Unknown("time-out"), happened=False)
        payments.paid()
    payments.paid()
    told = figures(bank.database)
    assert [told["bankcore_payments_open"], told["bankcore_payment_oldest_late_seconds"]] == [2, 0]

    payments.let_time_pass(ASKED_AFTER[0] + timedelta(seconds=90))

    told = figures(bank.database)
    assert [told["bankcore_payments_open"], told["bankcore_payments_unknown"]] == [2, 2]
    assert told["bankcore_payment_oldest_late_seconds"] == pytest.approx(90, abs=30)
    assert told["bankcore_payments_in_review"] == 0

    bank.scratch.execute("UPDATE bankcore.payments SET review_since = now() - interval '1 hour' WHERE ended_at IS NULL")
    told = figures(bank.database)
    assert told["bankcore_payments_in_review"] == 2
    assert told["bankcore_payment_oldest_review_seconds"] == pytest.approx(3600, abs=60)


def test_disbursements_are_told_by_what_they_wait_for_and_by_what_nobody_knows(bank: SqlBank, tmp_path: Path) -> None:
    disbursements = postgresql_disbursement_adapter(bank, tmp_path)
    disbursements.requested("1.00")
    disbursements.approved("2.00")
    told = figures(bank.database)
    assert [told[f"bankcore_disbursements_waiting:{what}"] for what in ("approval", "provider")] == [1, 1]
    assert [told[f"bankcore_disbursements_{what}"] for what in ("open", "unknown")] == [1, 0]

    disbursements.provider.answer_payout(Unknown("time-out"), happened=True)
    assert disbursements.follow_all() == 1
    disbursements.followed("3.00")
    told = figures(bank.database)
    assert [told[f"bankcore_disbursements_{what}"] for what in ("open", "unknown", "in_review")] == [1, 1, 0]

    for pause in ASKED_AFTER:
        disbursements.provider.silence = Unknown("time-out")
        disbursements.let_time_pass(pause)
        disbursements.follow_all()
    assert figures(bank.database)["bankcore_disbursements_in_review"] == 1


def test_refunds_of_which_nobody_knows_are_told(bank: SqlBank, tmp_path: Path) -> None:
    refunds = refund_adapter(postgresql_payment_adapter(bank, tmp_path))
    payment = refunds.payments.paid()
    refunds.give(payment, "1.00", said=Unknown("time-out"), happened=True)
    refunds.give(payment, "2.00", said=RefundAccepted(provider_id="re_7", status=RefundStatus.PENDING))
    refunds.give(payment, "3.00")

    told = figures(bank.database)

    assert [told[f"bankcore_refunds_{what}"] for what in ("open", "unknown", "in_review")] == [2, 1, 0]


def test_circuits_are_told_by_provider_and_state(bank: SqlBank, tmp_path: Path) -> None:
    payments = postgresql_payment_adapter(bank, tmp_path)
    payments.add_provider("second")
    payments.add_provider("off")
    (*_others, off) = payments.configs.list_configs()
    payments.configure.change(off.id, WantedConfig(is_enabled=False))

    def state(config_id: ProviderConfigId) -> CircuitState:
        return CircuitState.OPEN if config_id == payments.config.id else CircuitState.CLOSED

    page = BankMetrics(bank.database, SqlTenantDirectory(bank.database), circuit_state=state).exposition().decode()

    assert 'bankcore_provider_circuits{provider="memory",state="open"} 1.0' in page
    assert 'bankcore_provider_circuits{provider="memory",state="closed"} 1.0' in page


def test_the_last_reconciliation_is_told(bank: SqlBank) -> None:
    bank.open_account(balance="5.00")
    bank.scratch.execute("ALTER TABLE bankcore.accounts DISABLE TRIGGER ALL")
    bank.scratch.execute("UPDATE bankcore.accounts SET balance_minor = balance_minor + 1 WHERE kind = 'customer'")
    Reconciliation(bank.database, bank.tenant_id, bank.ids).run(origin=LIBRARY)

    told = figures(bank.database)

    assert told["bankcore_reconciliation_drifts"] == 2
    now = bank.scratch.scalar("SELECT extract(epoch FROM now())::float8")
    assert told["bankcore_reconciliation_last_run_timestamp_seconds"] == pytest.approx(now, abs=60)


def test_tenants_are_summed_and_those_without_time_are_counted(workers: Workers, other_bank: SqlBank) -> None:
    pay(workers)
    workers.run()
    pay(workers)
    other_bank.open_account()
    workers.relay.sweep(workers.bank.tenant_id)
    workers.relay.sweep(other_bank.tenant_id)
    third = Tenant(TenantId(other_bank.ids.new_id()), "third", "Third", TenantKind.TEST)
    with workers.bank.database.begin() as connection:
        insert_tenant(connection, third)

    # Two openings and a transfer here, and an opening there.
    assert figures(workers.bank.database)["bankcore_deliveries_pending:recorder"] == 4
    assert figures(workers.bank.database, budget_s=-1.0)["bankcore_tenants_unread"] == 3


def test_a_dead_database_is_told_and_nothing_else() -> None:
    database = Database("postgresql://bankcore_app@127.0.0.1:1/nowhere", pool_size=1)

    assert figures(database) == {"bankcore_database_up": 0, "bankcore_tenants_unread": 0}


@pytest.mark.parametrize(
    "statement",
    [
        *(CONSUMERS, UNSEALED, RECONCILED, OPEN_CASES, WEBHOOKS, CONFIGS, WAITING, NOTICES_GIVEN_UP),
        *(statement for each in FOLLOWED for statement in (each.due, each.reviews)),
    ],
)
def test_every_reading_goes_by_an_index(workers: Workers, statement: str) -> None:
    parameters = {"tenant": workers.bank.tenant_id, "most": 10_000}

    def explain(connection: TenantConnection) -> str:
        return "\n".join(connection.sql.exec_driver_sql(f"EXPLAIN {statement}", parameters).scalars())

    plan = OwnTransactions(workers.bank.database, workers.bank.tenant_id).rehearse(explain)

    assert "Index" in plan
    assert "Seq Scan" not in plan
    assert "Sort" not in plan
