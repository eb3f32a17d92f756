"""A batch gives, row for row, what its commands give one after another."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bankcore.idempotency.answers import Rejected
from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import AccountStatus
from bankcore.ledger.command import Command
from bankcore.ledger.commands import OpenAccount
from bankcore.ledger.outcomes import Changed, Held, Opened, Outcome, Posted
from bankcore.testing import strategies
from bankcore_infra.db.engine import Database
from tests.integration.ledger.books import require_sound
from tests.sizes import sized
from tests.worlds.sql_bank import ScratchCluster, SqlBank, sql_bank
from tests.worlds.values import NPR, npr

pytestmark = pytest.mark.usefixtures("unmeasured")

ACCOUNTS: Final = 4
EXAMPLES: Final = sized(30, nightly=600)
# Ids, instants and hashes differ from run to run; everything else is compared, by the names the accounts have here.
ROWS: Final = {
    "entries": """
        SELECT a.owner_id, e.sequence, e.amount_minor, e.balance_before_minor, e.balance_after_minor, e.currency,
               t.place
        FROM bankcore.entries e JOIN bankcore.accounts a ON (a.tenant_id, a.id) = (e.tenant_id, e.account_id)
        JOIN (SELECT tenant_id, id, row_number() OVER (PARTITION BY tenant_id ORDER BY posted_at, id) AS place
              FROM bankcore.transactions) t ON (t.tenant_id, t.id) = (e.tenant_id, e.transaction_id)
        WHERE e.tenant_id = %s ORDER BY 1, 2""",
    "accounts": """
        SELECT owner_id, balance_minor, version, floor_minor, currency, kind, status FROM bankcore.accounts
        WHERE tenant_id = %s ORDER BY 1, 6""",
    "transactions": """
        SELECT kind, amount_minor, currency, reference, source_type, source_id FROM bankcore.transactions
        WHERE tenant_id = %s ORDER BY posted_at, id""",
    "idempotency_keys": """
        SELECT scope, key, fingerprint FROM bankcore.idempotency_keys WHERE tenant_id = %s ORDER BY 1, 2""",
    "audit_log": """
        SELECT action, outcome, cardinality(account_ids) FROM bankcore.audit_log
        WHERE tenant_id = %s ORDER BY at, id""",
}


class Twin(NamedTuple):
    """Two tenants that are asked the same."""

    together: SqlBank
    one_by_one: SqlBank


@pytest.fixture(scope="module")
def open_database(cluster: ScratchCluster) -> Iterator[SqlBank]:
    """A database for all examples; each makes tenants of its own."""
    with cluster.database() as scratch:
        database = Database(scratch.url())
        yield sql_bank(scratch, database)
        database.close()


def twin_of(bank: SqlBank) -> Twin:
    """Two new tenants with the same accounts under the same ids, of which the last is frozen."""
    number = bank.scratch.scalar("SELECT count(*) FROM bankcore.tenants")
    twin = Twin(*(sql_bank(bank.scratch, bank.database, f"t{number}-{name}") for name in ("a", "b")))
    ids = [AccountId(bank.ids.new_id()) for _ in range(ACCOUNTS)]
    for one in twin:
        for place, account_id in enumerate(ids):
            one.ledger.open_account(
                OpenAccount(f"owner-{place}", NPR, floor_minor=[0, -5_000, None, 0][place], account_id=account_id)
            )
        one.ledger.deposit(ids[0], npr("50.00"))
    bank.scratch.execute(
        "UPDATE bankcore.accounts SET status = %s WHERE id = %s", AccountStatus.FROZEN.value, ids[ACCOUNTS - 1]
    )
    return twin


def account_ids(bank: SqlBank) -> list[AccountId]:
    return [
        account.id
        for place in range(ACCOUNTS)
        for account in bank.queries.list_accounts(owner_id=f"owner-{place}", limit=1)
    ]


def facts(outcome: Outcome) -> object:
    """What the outcome says, without ids, instants and hashes."""
    match outcome:
        case Posted(transaction, replayed):
            # A settlement account's id comes from the tenant's, so accounts are told apart by their numbers only.
            lines = {entry[1:2] + entry[3:7] for entry in transaction.entries}
            return ("posted", replayed, transaction.kind, transaction.amount, lines)
        case Opened(account, replayed):
            return ("opened", replayed, account.owner_id, account.currency)
        case Changed(account_id, status, replayed):
            return ("changed", replayed, account_id, status)
        case Held(hold, replayed):
            return ("held", replayed, hold.amount_minor, hold.captured_minor, hold.status)
        case Rejected(reason, replayed):
            return ("rejected", replayed, reason)


@settings(
    max_examples=EXAMPLES, deadline=timedelta(seconds=20), suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
@pytest.mark.security
@pytest.mark.timeout(180)
def test_a_batch_gives_what_its_commands_give_one_by_one(open_database: SqlBank, data: st.DataObject) -> None:
    twin = twin_of(open_database)
    batch: list[Command] = data.draw(strategies.batches(account_ids(twin.together), NPR, size_max=12))

    together = twin.together.ledger.execute(batch)
    one_by_one = [outcome for command in batch for outcome in twin.one_by_one.ledger.execute([command])]

    assert [facts(outcome) for outcome in together] == [facts(outcome) for outcome in one_by_one]
    for table, statement in ROWS.items():
        rows = [one.scratch.rows(statement, one.tenant_id) for one in twin]
        assert rows[0] == rows[1], table


def test_what_the_examples_left_is_sound(open_database: SqlBank) -> None:
    require_sound(open_database)
