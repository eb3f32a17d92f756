"""What fraud remembers on PostgreSQL, at a cost that does not grow."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from bankcore.fraud.activity import ENTRIES_MAX, PAYEES_MAX
from bankcore.fraud.policy import FraudPolicy, VelocityLimits
from bankcore.ledger.accounts import Account
from bankcore.ledger.commands import Withdraw
from bankcore.ledger.outcomes import Outcome, Posted
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.fraud.activity_codec import decode_activity
from bankcore_infra.fraud.cases import COVERS
from bankcore_infra.fraud.histories import ENTRIES
from bankcore_infra.fraud.locks import locking_activities
from tests.integration.fraud.conftest import STRICT, Fraud
from tests.worlds.values import npr

# The tenant is bound; policy, customers and activities are read, and the activities written; then cases are looked for,
# the account is locked, changed and recorded, the case added and recorded. COMMIT is among them.
INNOCENT_STATEMENTS, GUILTY_STATEMENTS = 6, 12
PAGE = 50
# Of a row with its header, under the policy that every tenant begins with.
ROW_BYTES_MAX = 400


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
