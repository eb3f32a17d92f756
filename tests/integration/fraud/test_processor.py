"""FraudProcessor on PostgreSQL: one case for each movement, at a cost that does not grow."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Barrier, BrokenBarrierError, Event
from time import monotonic
from uuid import UUID

import pytest

from bankcore.fraud.activity import ENTRIES_MAX, PAYEES_MAX
from bankcore.fraud.cases import CaseStatus, FraudCase
from bankcore.fraud.policy import FraudPolicy, VelocityLimits
from bankcore.fraud.ports import CaseFilter
from bankcore.fraud.review import KEY_LIFETIME
from bankcore.ledger.accounts import Account, AccountStatus
from bankcore.ledger.commands import Deposit, Withdraw
from bankcore.ledger.outcomes import Outcome, Posted
from bankcore.origin import Origin
from bankcore_infra.db.exchange import Statement
from bankcore_infra.db.locking import locking_activities
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.fraud.activity_codec import decode_activity
from bankcore_infra.fraud.cases import COVERS
from bankcore_infra.fraud.histories import ENTRIES
from bankcore_infra.fraud.policies import write_policy
from bankcore_infra.fraud.processor import FraudProcessor
from bankcore_infra.fraud.unit import SqlFraudQueries, SqlFraudUnits
from bankcore_infra.work.consumers import ConsumedEvent
from tests.examples import npr
from tests.integration.ledger.books import require_sound
from tests.integration.ledger.faults import accident_at
from tests.sql_bank import SqlBank

STRICT = FraudPolicy(velocity=VelocityLimits(count_min=1), freeze_points=50)
# The tenant is bound; policy, customers and activities are read, and the activities written; then cases are looked for,
# the account is locked, changed and recorded, the case added and recorded. COMMIT is among them.
INNOCENT_STATEMENTS, GUILTY_STATEMENTS = 6, 12
PAGE = 50
# Of a row with its header, under the policy that every tenant begins with.
ROW_BYTES_MAX = 400


class Fraud:
    """The processor, fed with what the audit log has."""

    def __init__(self, bank: SqlBank) -> None:
        self.bank = bank
        self.transactions = OwnTransactions(bank.database, bank.tenant_id)
        self.processor = FraudProcessor(bank.signals, bank.ids, key_lifetime=KEY_LIFETIME)
        self.queries = SqlFraudQueries(self.transactions)

    def set_policy(self, policy: FraudPolicy) -> None:
        self.transactions.run(lambda connection: write_policy(connection, policy))

    def last_event(self, account: Account) -> ConsumedEvent:
        """The last transaction of the account, as the relay would hand it over."""
        entry = self.bank.queries.list_entries(account.id, limit=1)[0]
        row = self.bank.scratch.row(
            "SELECT id, action, at, body FROM bankcore.audit_log WHERE subject_id = %s", entry.transaction_id
        )
        return ConsumedEvent(
            id=UUID(str(row[0])),
            tenant_id=self.bank.tenant_id,
            action=str(row[1]),
            account_id=account.id,
            sequence=entry.sequence,
            occurred_at=row[2],  # type: ignore[arg-type] # a timestamptz
            body=json.loads(row[3]),  # type: ignore[arg-type] # a bytea
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
        )
    )

    assert (fraud.cases(), fraud.processor.actions) == ([], frozenset({"transaction.posted"}))


@pytest.mark.parametrize("entries", [1, 2 * ENTRIES_MAX], ids=["one entry", "many entries"])
def test_an_event_takes_so_many_statements_however_long_the_history_is(
    fraud: Fraud, alice: Account, statements: list[str], entries: int
) -> None:
    outcomes: list[Outcome] = fraud.bank.ledger.execute([Withdraw(alice.id, npr("0.01"))] * entries)
    assert {type(outcome) for outcome in outcomes} == {Posted}
    fraud.set_policy(FraudPolicy(velocity=VelocityLimits(points=0)))
    fraud.consume(fraud.last_event(alice))

    fraud.bank.ledger.withdraw(alice.id, npr("0.01"))
    consumed = fraud.last_event(alice)
    statements.clear()
    fraud.consume(consumed)
    innocent = len(statements)
    fraud.set_policy(STRICT)
    fraud.bank.ledger.withdraw(alice.id, npr("0.01"))
    consumed = fraud.last_event(alice)
    statements.clear()
    fraud.consume(consumed)

    assert (innocent, len(statements)) == (INNOCENT_STATEMENTS, GUILTY_STATEMENTS)
    assert len(fraud.cases()) == 1


@pytest.mark.parametrize("accounts", [1, PAGE], ids=["one busy account", "many quiet accounts"])
def test_a_page_takes_as_many_statements_as_one_event(fraud: Fraud, statements: list[str], accounts: int) -> None:
    owned = [fraud.bank.open_account(f"owner {number}", balance="10.00") for number in range(accounts)]
    fraud.set_policy(FraudPolicy())
    fraud.consume(*(fraud.last_event(account) for account in owned))
    page = []
    for number in range(PAGE):
        account = owned[number % accounts]
        fraud.bank.ledger.withdraw(account.id, npr("0.01"))
        page.append(fraud.last_event(account))
    covered = fraud.cases()

    statements.clear()
    fraud.consume(*sorted(page, key=lambda consumed: (consumed.account_id, consumed.sequence)))

    # The burst on the busy account is looked up once, and one case of it is added and recorded.
    assert covered == []
    assert (len(statements), len(fraud.cases())) == ((INNOCENT_STATEMENTS, 0) if accounts > 1 else (9, 1))


def test_what_is_remembered_stays_small_and_beside_what_it_replaces(fraud: Fraud, alice: Account) -> None:
    fraud.set_policy(FraudPolicy())
    others = [fraud.bank.open_account(f"owner {number}") for number in range(PAYEES_MAX + 5)]
    for number in range(3 * len(others)):
        fraud.bank.ledger.transfer(alice.id, others[number % len(others)].id, npr("1.00"))
        fraud.consume(fraud.last_event(alice))

    ((size, place),) = fraud.bank.scratch.rows(
        "SELECT pg_column_size(a.*), a.ctid::text FROM bankcore.fraud_activities AS a WHERE account_id = %s", alice.id
    )

    assert int(str(size)) <= ROW_BYTES_MAX
    assert str(place).startswith("(0,")


def test_what_cannot_be_read_is_made_anew_out_of_the_entries(fraud: Fraud, alice: Account) -> None:
    fraud.bank.ledger.withdraw(alice.id, npr("7"))
    fraud.consume(fraud.last_event(alice))
    right = fraud.activity(alice)

    for unreadable in (b"", b"\x01", b"\x02" + right[1:], right + b"\0"):
        fraud.bank.scratch.execute("UPDATE bankcore.fraud_activities SET activity = %s, sequence = 1", unreadable)
        fraud.consume(fraud.last_event(alice))

        assert fraud.activity(alice) == right


def test_who_comes_while_another_one_is_at_the_account_goes_on_from_there(fraud: Fraud, alice: Account) -> None:
    fraud.set_policy(FraudPolicy())
    fraud.consume(fraud.last_event(alice))
    events = []
    for _ in range(2):
        fraud.bank.ledger.withdraw(alice.id, npr("7"))
        events.append(fraud.last_event(alice))
    has_consumed = Event()

    def consume_first(connection: TenantConnection) -> None:
        fraud.processor.consume(connection, events[:1])
        connection.flush()
        has_consumed.set()
        fraud.wait_for_somebody_who_waits()

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(fraud.transactions.run, consume_first)
        assert has_consumed.wait(timeout=10)
        second = pool.submit(fraud.consume, events[1])
        first.result()
        second.result()

    remembered = decode_activity(fraud.activity(alice))
    assert remembered is not None
    assert remembered.payments.number == 2


def test_events_of_one_batch_are_judged_as_one_after_another(fraud: Fraud, alice: Account) -> None:
    fraud.set_policy(FraudPolicy(velocity=VelocityLimits(count_min=2)))
    consumed = []
    for _ in range(4):
        fraud.bank.ledger.withdraw(alice.id, npr("7"))
        consumed.append(fraud.last_event(alice))

    fraud.transactions.run(lambda connection: fraud.processor.consume(connection, consumed))

    (case,) = fraud.cases()
    assert str(case.transaction_id) == consumed[1].body["transaction"]["id"]


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
def test_the_history_is_read_once_from_its_end_by_keys_and_never_scanned(
    fraud: Fraud, alice: Account, statements: list[str], mode: str
) -> None:
    fraud.set_policy(FraudPolicy())
    fraud.bank.ledger.execute([Withdraw(alice.id, npr("0.01"))] * 3 * ENTRIES_MAX)
    fraud.bank.scratch.execute("ANALYZE")
    consumed = fraud.last_event(alice)
    assert consumed.sequence is not None
    arguments = f"'{fraud.bank.tenant_id}', '{{{alice.id}}}', '{{{consumed.sequence - ENTRIES_MAX}}}'"

    plan = fraud.explain(ENTRIES, f"{arguments}, '{{{consumed.sequence - 1}}}'", mode=mode)
    statements.clear()
    fraud.consume(consumed)
    first = [statement for statement in statements if "bankcore.entries" in statement]
    fraud.bank.ledger.withdraw(alice.id, npr("0.01"))
    consumed = fraud.last_event(alice)
    statements.clear()
    fraud.consume(consumed)

    assert first == [ENTRIES.text.decode()]
    assert [statement for statement in statements if "bankcore.entries" in statement] == []
    assert "Seq Scan" not in plan
    assert "Index Scan Backward using entries_pkey" in plan
    assert f"rows={ENTRIES_MAX}" in plan


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
def test_cases_and_activities_are_found_by_their_keys(fraud: Fraud, alice: Account, mode: str) -> None:
    fraud.bank.ledger.withdraw(alice.id, npr("7"))
    fraud.consume(fraud.last_event(alice))
    fraud.bank.scratch.execute("ANALYZE")
    of_alice = f"'{fraud.bank.tenant_id}', '{{{alice.id}}}'"

    locked, _parameters = locking_activities(fraud.bank.tenant_id, [alice.id])
    covers = fraud.explain(COVERS, f"{of_alice}, '{{{alice.id}}}'", mode=mode)
    activities = fraud.explain(locked, of_alice, mode=mode)

    assert "Seq Scan" not in covers + activities
    assert "fraud_cases_movement_key" in covers
    assert "fraud_cases_open_idx" in covers
    assert "fraud_activities_pkey" in activities


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
    units = SqlFraudUnits(
        OwnTransactions(bank.database, bank.tenant_id), bank.signals, bank.ids, key_lifetime=timedelta(hours=72)
    )
    command = Deposit(alice.id, npr("5"), idempotency_key="k-1")

    units.run(lambda unit: unit.ledger.execute([command], origin=Origin()))

    ((lives,),) = bank.scratch.rows("SELECT expires_at - now() > interval '71 hours' FROM bankcore.idempotency_keys")
    assert lives
