"""The fraud processor on PostgreSQL, fed with what the audit log has."""

import json
from collections.abc import Iterator
from time import monotonic
from uuid import UUID

import pytest

from bankcore.fraud.cases import FraudCase
from bankcore.fraud.policy import FraudPolicy, VelocityLimits
from bankcore.fraud.ports import CaseFilter
from bankcore.ledger.accounts import Account
from bankcore_infra.audit.recording.record_bodies import effects_of
from bankcore_infra.consumers import ConsumedEvent
from bankcore_infra.db.exchange import Statement
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.fraud.policies import store_policy
from bankcore_infra.fraud.processor import FraudProcessor
from bankcore_infra.fraud.unit import SqlFraudQueries
from tests.worlds.database_faults import accident_at
from tests.worlds.sql_bank import SqlBank

STRICT = FraudPolicy(velocity=VelocityLimits(count_min=1), freeze_points=50)


class Fraud:
    """The processor, fed with what the audit log has."""

    def __init__(self, bank: SqlBank) -> None:
        self.bank = bank
        self.transactions = OwnTransactions(bank.database, bank.tenant_id)
        self.processor = FraudProcessor(bank.unit)
        self.queries = SqlFraudQueries(self.transactions)

    def set_policy(self, policy: FraudPolicy) -> None:
        self.transactions.run(lambda connection: store_policy(connection, policy))

    def last_event(self, account: Account) -> ConsumedEvent:
        """The last transaction of the account, as the relay would hand it over."""
        entry = self.bank.queries.list_entries(account.id, limit=1)[0]
        row = self.bank.scratch.row(
            "SELECT id, action, at, body FROM bankcore.audit_log WHERE subject_id = %s", entry.transaction_id
        )
        body = json.loads(row[3])  # type: ignore[arg-type] # a bytea
        return ConsumedEvent(
            id=UUID(str(row[0])),
            tenant_id=self.bank.tenant_id,
            action=str(row[1]),
            account_id=account.id,
            sequence=entry.sequence,
            occurred_at=row[2],  # type: ignore[arg-type] # a timestamptz
            body=body,
            effects=effects_of(body),
        )

    def consume(self, *consumed: ConsumedEvent) -> None:
        self.transactions.run(lambda connection: self.processor.consume(connection, consumed))

    def activity(self, account: Account) -> bytes:
        """What is remembered of the account, as it is stored."""
        stored = self.bank.scratch.scalar(
            "SELECT activity FROM bankcore.fraud_activities WHERE account_id = %s", account.id
        )
        assert isinstance(stored, bytes)
        return stored

    def explain(self, statement: Statement, arguments: str, *, mode: str) -> str:
        """The plan of the first execution or of all those that follow, as the server keeps prepared statements."""

        def run(connection: TenantConnection) -> str:
            connection.sql.exec_driver_sql(f"SET LOCAL plan_cache_mode = {mode}")
            connection.sql.exec_driver_sql(f"PREPARE explained AS {statement.text.decode()}")
            rows = connection.sql.exec_driver_sql(f"EXPLAIN (ANALYZE) EXECUTE explained ({arguments})")
            plan = "\n".join(line for (line,) in rows)
            connection.sql.exec_driver_sql("DEALLOCATE explained")
            return plan

        return self.transactions.rehearse(run)

    def wait_for_somebody_who_waits(self) -> None:
        """Until some transaction waits for the row of another one."""
        deadline = monotonic() + 10
        while not self.bank.scratch.scalar("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            assert monotonic() < deadline

    def cases(self) -> list[FraudCase]:
        return list(self.queries.list_cases(CaseFilter(), limit=100))


@pytest.fixture
def fraud(bank: SqlBank) -> Fraud:
    made = Fraud(bank)
    made.set_policy(STRICT)
    return made


@pytest.fixture
def alice(bank: SqlBank) -> Account:
    return bank.open_account("alice", balance="1000.00")


@pytest.fixture
def statements(bank: SqlBank) -> Iterator[list[str]]:
    """Every statement that is sent from now on."""
    with accident_at(bank.database.engine_for(bank.tenant_id), -1, lambda _connection: None) as fuse:
        yield fuse.statements
