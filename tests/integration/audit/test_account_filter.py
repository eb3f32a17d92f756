"""What names an account is found by account: by the indexes of accounts, or by way of the entries, and each once."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from bankcore.audit.queries import AuditedEvent, AuditFilter, AuditOutcome, AuditPosition
from bankcore.identifiers import AccountId
from bankcore.ledger.commands import Deposit, FreezeAccount, PostTransaction, Transfer, UnfreezeAccount, Withdraw
from bankcore.ledger.transactions import Posting
from bankcore.origin import LIBRARY, Origin
from bankcore_infra.audit.reading.queries import SqlAuditQueries
from bankcore_infra.db.transactions import OwnTransactions
from tests.integration.audit.older_bank import older_bank
from tests.worlds.sql_bank import SqlBank
from tests.worlds.values import npr

TELLER = Origin(actor_type="user", actor_id="teller", request_id="req_12345678")


@pytest.fixture
def busy(bank: SqlBank) -> SqlBank:
    """A bank with records of before, and then all that can happen to accounts, some of it within one transaction."""
    busy = older_bank(bank)
    row = "SELECT id FROM bankcore.accounts WHERE tenant_id = %s AND owner_id = 'alice'"
    alice = AccountId(busy.scratch.scalar(row, busy.tenant_id))  # type: ignore[arg-type] # a UUID
    others = [busy.open_account(f"owner {number}", floor=None).id for number in range(6)]
    spread = (Posting(alice, npr("-5.00")), *(Posting(each, npr("1.00")) for each in others[1:]))
    twice = (Posting(alice, npr("-2.00")), Posting(others[0], npr("1.00")), Posting(alice, npr("1.00")))
    for origin in (LIBRARY, TELLER):
        busy.ledger.execute(
            [
                Deposit(alice, npr("9.00")),
                PostTransaction(spread),
                PostTransaction(twice),
                Transfer(alice, alice, npr("1.00")),
                Withdraw(alice, npr("9999.00")),
                FreezeAccount(alice),
                Deposit(alice, npr("1.00")),
                UnfreezeAccount(alice),
                Transfer(others[0], alice, npr("1.00")),
            ],
            origin=origin,
        )
    return busy


def expected(bank: SqlBank, account_id: AccountId) -> list[Any]:
    """The records that name the account, latest first, found without any index."""
    rows = bank.scratch.rows(
        "SELECT id, at, action, outcome, actor_id FROM bankcore.audit_log"
        " WHERE tenant_id = %s AND %s = ANY(account_ids) ORDER BY at DESC, id DESC",
        bank.tenant_id,
        account_id,
    )
    return list(rows)


def pages(bank: SqlBank, wanted: AuditFilter, limit: int) -> list[AuditedEvent]:
    """All pages of that size, put together."""
    audit = SqlAuditQueries(OwnTransactions(bank.database, bank.tenant_id), bank.ids)
    found: list[AuditedEvent] = []
    before = None
    while page := audit.list_events(wanted, before=before, limit=limit, origin=LIBRARY):
        found += page
        before = AuditPosition(page[-1].at, page[-1].id)
    return found


def accounts(bank: SqlBank) -> list[AccountId]:
    rows = bank.scratch.rows("SELECT id FROM bankcore.accounts WHERE tenant_id = %s", bank.tenant_id)
    return [AccountId(account_id) for (account_id,) in rows]  # type: ignore[arg-type] # UUIDs


@pytest.mark.parametrize("limit", [1, 3, 100])
def test_every_record_of_an_account_is_found_once_whatever_its_frame(busy: SqlBank, limit: int) -> None:
    for account_id in accounts(busy):
        found = pages(busy, AuditFilter(account_id=account_id), limit)
        assert [event.id for event in found] == [row[0] for row in expected(busy, account_id)]


def test_with_other_facts_and_in_any_period_it_is_found_too(busy: SqlBank) -> None:
    account_id = max(accounts(busy), key=lambda each: len(expected(busy, each)))
    rows = expected(busy, account_id)
    moments: list[datetime] = sorted({row[1] for row in rows})
    for start, end in zip(moments[::3], moments[2::3], strict=False):
        found = pages(busy, AuditFilter(account_id=account_id, from_instant=start, to_instant=end), 2)
        assert [event.id for event in found] == [row[0] for row in rows if start <= row[1] < end]
    for wanted, is_wanted in (
        ({"actor_id": "teller"}, lambda row: row[4] == "teller"),
        ({"outcome": AuditOutcome.SUCCESS}, lambda row: row[3] == "success"),
        ({"outcome": AuditOutcome.REJECTED}, lambda row: row[3] == "rejected"),
        ({"action": "transaction.posted"}, lambda row: row[2] == "transaction.posted"),
        ({"action": "account.status_changed"}, lambda row: row[2] == "account.status_changed"),
    ):
        found = pages(busy, AuditFilter(account_id=account_id, **wanted), 3)
        assert [event.id for event in found] == [row[0] for row in rows if is_wanted(row)], wanted  # type: ignore[no-untyped-call]


def test_where_time_began_anew_nothing_is_left_out(bank: SqlBank) -> None:
    account = bank.open_account(floor=None)
    for _ in range(4):
        bank.ledger.deposit(account.id, npr("1.00"))
    for table, column in (("entries", "posted_at"), ("accounts", "last_posted_at"), ("audit_log", "at")):
        bank.scratch.execute(f"ALTER TABLE bankcore.{table} DISABLE TRIGGER ALL")
        bank.scratch.execute(f"UPDATE bankcore.{table} SET {column} = {column} + interval '4 hours'")
        bank.scratch.execute(f"ALTER TABLE bankcore.{table} ENABLE TRIGGER ALL")
    for _ in range(3):
        bank.ledger.deposit(account.id, npr("1.00"))
    assert bank.scratch.scalar("SELECT count(*) FROM bankcore.time_breaks WHERE account_id = %s", account.id) == 1
    rows = expected(bank, account.id)
    now = rows[-1][1] + timedelta(hours=1)

    for limit in (1, 2, 50):
        assert [event.id for event in pages(bank, AuditFilter(account_id=account.id), limit)] == [
            row[0] for row in rows
        ]
        late = pages(bank, AuditFilter(account_id=account.id, from_instant=now), limit)
        assert [event.id for event in late] == [row[0] for row in rows if row[1] >= now]
        early = pages(bank, AuditFilter(account_id=account.id, to_instant=now), limit)
        assert [event.id for event in early] == [row[0] for row in rows if row[1] < now]
