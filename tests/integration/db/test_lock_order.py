"""What a transaction locks, it locks in the one order of `lock_order`."""

from collections.abc import Iterable, Iterator

from bankcore.fraud.policy import FraudPolicy, VelocityLimits
from bankcore.ledger.accounts import AccountStatus
from bankcore_infra.db.lock_order import KEYS, LOCK_ORDER
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.fraud.policies import store_policy
from bankcore_infra.fraud.processor import FraudProcessor
from bankcore_infra.work.follower import Follower
from bankcore_infra.work.policy import ConsumerPolicy
from bankcore_infra.work.relay import Relay
from tests.lock_texts import locked_tables
from tests.worlds.database_faults import COMMIT, accident_at
from tests.worlds.sql_bank import SqlBank
from tests.worlds.values import npr
from tests.worlds.workers import ListSender


def locks(statements: Iterable[str]) -> Iterator[list[str]]:
    """What each transaction that locks anything locked, in its order."""
    locked: list[str] = []
    for statement in statements:
        if statement == COMMIT:
            if locked:
                yield locked
            locked = []
        elif "advisory_xact_lock(hash)" in statement:
            locked.append(KEYS)
        else:
            locked.extend(locked_tables(statement))


def in_order(locked: list[str]) -> bool:
    return [LOCK_ORDER.index(name) for name in locked] == sorted(LOCK_ORDER.index(name) for name in locked)


def test_a_transfer_with_a_key_locks_the_key_and_then_the_accounts(bank: SqlBank) -> None:
    alice, bob = bank.open_account("alice", balance="1000.00"), bank.open_account("bob")

    with accident_at(bank.database.engine_for(bank.tenant_id), -1, lambda _connection: None) as fuse:
        bank.ledger.transfer(alice.id, bob.id, npr("1"), idempotency_key="rent")

    assert list(locks(fuse.statements)) == [[KEYS, "accounts"]]


def test_a_page_that_freezes_an_account_locks_cursor_memory_and_account(bank: SqlBank) -> None:
    alice = bank.open_account("alice", balance="1000.00")
    strict = FraudPolicy(velocity=VelocityLimits(count_min=1), freeze_points=50)
    OwnTransactions(bank.database, bank.tenant_id).run(lambda connection: store_policy(connection, strict))
    bank.ledger.withdraw(alice.id, npr("7"))
    fraud = FraudProcessor(bank.unit)
    Relay(bank.database, [fraud], ListSender()).sweep(bank.tenant_id)

    with accident_at(bank.database.engine_for(bank.tenant_id), -1, lambda _connection: None) as fuse:
        Follower(bank.database, [fraud], ConsumerPolicy(), bank.ids).follow(bank.tenant_id, fraud.name)

    assert bank.queries.get_account(alice.id).status is AccountStatus.FROZEN
    # The transaction is opened by the statement that takes keys, and there are none.
    found = [[name for name in locked if name != KEYS] for locked in locks(fuse.statements)]
    assert ["cursors", "fraud_activities", "accounts"] in found
    assert all(in_order(locked) for locked in found)
