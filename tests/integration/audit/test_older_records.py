"""Records of before the present frame are read for ever: in an export of them, and in a bank that goes on with them."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from bankcore.identifiers import AccountId, TransactionId
from bankcore.identity.principals import TenantName
from bankcore.ledger.commands import FreezeAccount, Transfer, UnfreezeAccount
from bankcore_http.events.shapes import present_feed_event
from bankcore_infra.audit.laws.program import verdict_of, verify
from bankcore_infra.audit.laws.writing import written
from bankcore_infra.audit.reading.receipts import SqlAuditReceipts
from bankcore_infra.audit.verifying.log_verification import verify_log
from bankcore_infra.clock import SystemClock
from bankcore_infra.db.engine import Database
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.events.feed import SqlEventFeed
from bankcore_infra.keys.receipt_keys import open_receipt_keys
from tests.integration.audit.export_edits import Lines, with_digest
from tests.integration.audit.older_bank import EXPORT, KEY, NOTE, older_bank
from tests.worlds.sealing import AUDITOR, SealingRole, export_of, tenant_of
from tests.worlds.sql_bank import SqlBank
from tests.worlds.values import npr
from tests.worlds.workers import RecordingConsumer, Workers, prepare_effects


@pytest.fixture
def older(bank: SqlBank) -> SqlBank:
    """A bank with the records of before, and none of today but of erasures."""
    return older_bank(bank)


@pytest.fixture
def alice(older: SqlBank) -> AccountId:
    """The account of before with the most entries."""
    row = "SELECT id FROM bankcore.accounts WHERE tenant_id = %s AND owner_id = 'alice'"
    return AccountId(older.scratch.scalar(row, older.tenant_id))  # type: ignore[arg-type] # a UUID


def exported() -> Lines:
    return EXPORT.read_bytes().splitlines(keepends=True)


def told(lines: Lines, file: Path) -> tuple[int, list[str]]:
    """The exit code for these lines, and what was found."""
    file.write_bytes(b"".join(lines))
    verdict = verdict_of(verify(file, [NOTE], KEY), log_only=False, part=False)
    return verdict.exit_code, verdict.lines


def findings(bank: SqlBank, role: SealingRole, file: Path) -> tuple[list[str], list[str]]:
    """What the bank's own verification finds once all is sealed, and what an auditor finds in an export."""
    while not (sealed := role.seal(bank.scratch, bank, batch=20)).is_done:
        pass
    assert sealed.note is not None
    with (
        Database(bank.scratch.url(AUDITOR), pool_size=1) as database,
        database.engine_for(bank.tenant_id).connect() as connection,
    ):
        inside = verify_log(connection, tenant_of(bank), role.keys.public).findings
    outside = verify(export_of(bank.scratch, bank, file), [sealed.note.text()], role.keys.public.pem()).findings
    return [f"{each.place}: {each.problem}" for each in inside], list(map(str, outside))


def test_an_export_of_records_of_before_is_clean(tmp_path: Path) -> None:
    lines = exported()

    assert told(lines, tmp_path / "log")[0] == 0
    assert {json.loads(json.loads(line)["body"])["v"] for line in lines if b'"body"' in line} == {1}


@pytest.mark.parametrize(
    ("kind", "column", "problem"),
    [("account", 8, "its held_minor is 5, and 0"), ("account", 12, "its status is"), ("account", 7, "its balance")],
)
def test_what_was_changed_beside_records_of_before_is_found(
    kind: str, column: int, problem: str, tmp_path: Path
) -> None:
    lines = exported()
    place = next(number for number, line in enumerate(lines) if f'"type":"{kind}"'.encode() in line)
    line = json.loads(lines[place])
    line["row"][column] = 5 if column != 12 else "closed"
    lines[place] = written(line)

    code, found = told(with_digest(lines), tmp_path / "log")

    assert code == 1
    assert any(problem in each for each in found), found


def test_both_kinds_of_records_lie_side_by_side(
    older: SqlBank, alice: AccountId, role: SealingRole, tmp_path: Path
) -> None:
    assert findings(older, role, tmp_path / "log") == ([], [])
    bob = older.open_account("bob", balance="5.00")

    older.ledger.execute([Transfer(alice, bob.id, npr("1.00")), FreezeAccount(alice), UnfreezeAccount(alice)])
    older.ledger.execute([Transfer(bob.id, alice, npr("2.00")), FreezeAccount(bob.id, reason="a question")])

    assert findings(older, role, tmp_path / "log") == ([], [])
    frames = older.scratch.rows(
        "SELECT DISTINCT convert_from(body, 'UTF8')::jsonb ->> 'v' FROM bankcore.audit_log WHERE tenant_id = %s"
        " ORDER BY 1",
        older.tenant_id,
    )
    assert frames == [("1",), ("2",)]


def test_what_is_held_on_an_account_of_before_without_a_record_is_found(
    older: SqlBank, alice: AccountId, role: SealingRole, tmp_path: Path
) -> None:
    older.scratch.execute("UPDATE bankcore.accounts SET held_minor = 7 WHERE id = %s", alice)
    older.ledger.deposit(alice, npr("1.00"))
    older.scratch.execute("UPDATE bankcore.accounts SET held_minor = 0 WHERE id = %s", alice)

    for found in findings(older, role, tmp_path / "log"):
        assert any("7 was held before it, and 0" in each for each in found), found


def test_the_feed_shows_a_transaction_of_before_as_one_of_today(older: SqlBank, alice: AccountId) -> None:
    older.ledger.deposit(alice, npr("1.00"))
    feed = SqlEventFeed(OwnTransactions(older.database, older.tenant_id))

    page = feed.read(owner_id="alice", limit=100)

    shown: list[Any] = [present_feed_event(event, cursor="") for event in page.events]
    posted = [each["data"]["transaction"] for each in shown if each["action"] == "transaction.posted"]
    assert {tuple(each) for each in posted} == {
        ("id", "kind", "status", "reference", "metadata", "postedAt", "effectiveAt", "entries")
    }
    own = [entry for each in posted for entry in each["entries"] if entry["accountId"] == str(alice)]
    assert [entry["sequence"] for entry in own] == list(range(1, len(own) + 1))
    assert all(before["balanceAfter"] == after["balanceBefore"] for before, after in pairwise(own))
    assert {each["action"] for each in shown} == {"account.opened", "transaction.posted"}


def test_consumers_get_records_of_before_and_of_today_in_the_order_of_each_account(
    older: SqlBank, alice: AccountId
) -> None:
    prepare_effects(older.scratch)
    wanted = frozenset({"account.opened", "transaction.posted", "account.status_changed"})
    workers = Workers(older, [RecordingConsumer(actions=wanted)])
    older.ledger.execute([FreezeAccount(alice), UnfreezeAccount(alice)])
    older.ledger.deposit(alice, npr("1.00"))

    workers.run()

    sequences: list[Any] = workers.sequences(alice)
    assert sequences == sorted(sequences)
    assert sequences[0] == 0
    assert sequences[-3:] == [sequences[-1] - 1] * 2 + [sequences[-1]]


def test_the_record_of_a_transaction_of_before_is_found_for_its_receipt(older: SqlBank, tmp_path: Path) -> None:
    keys = open_receipt_keys(tmp_path)
    receipts = SqlAuditReceipts(older.database, TenantName(older.tenant_id, "older"), keys, SystemClock())
    rows = older.scratch.rows("SELECT id FROM bankcore.transactions WHERE tenant_id = %s", older.tenant_id)

    for (transaction_id,) in rows:
        found = older.queries.get_transaction(TransactionId(transaction_id)).transaction  # type: ignore[arg-type] # a UUID
        assert receipts.get_receipt(found).event_id != transaction_id
