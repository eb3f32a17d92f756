"""Addresses and user agents lie beside the log; erasing them leaves every record as it was."""

import json
from contextlib import suppress
from dataclasses import replace
from itertools import count
from typing import Final

import psycopg
import pytest

from bankcore.audit.queries import AuditFilter
from bankcore.errors import BankcoreError
from bankcore.ledger.commands import Deposit, Withdraw
from bankcore.origin import Origin
from bankcore_infra.audit.reading.queries import SqlAuditQueries
from bankcore_infra.audit.recording import erasure
from bankcore_infra.audit.recording.context import AuditContext
from bankcore_infra.audit.recording.erasure import erase_contexts
from bankcore_infra.db.transactions import OwnTransactions
from tests.worlds.database_faults import accident_at, failure
from tests.worlds.sql_bank import SqlBank
from tests.worlds.values import npr

SITA: Final = Origin(actor_type="user", actor_id="sita", ip_address="203.0.113.7", user_agent="phone")
RAM: Final = Origin(actor_type="user", actor_id="ram", ip_address="203.0.113.8", user_agent="laptop")
OFFICER: Final = Origin(actor_type="user", actor_id="officer")
_WITH_CONTEXT: Final = """
    SELECT c.id, c.salt, c.ip_address, c.user_agent, convert_from(l.body, 'UTF8') FROM bankcore.audit_log AS l
    JOIN bankcore.audit_context AS c ON c.tenant_id = l.tenant_id AND c.id = l.context_id ORDER BY l.id
"""


def test_all_records_of_a_unit_of_work_share_one_context(bank: SqlBank) -> None:
    account = bank.open_account()
    bank.ledger.execute([Deposit(account.id, npr("1.00")), Withdraw(account.id, npr("9.00"))], origin=SITA)
    bank.ledger.execute([Deposit(account.id, npr("1.00"))], origin=SITA)

    assert bank.scratch.scalar("SELECT count(*) FROM bankcore.audit_context") == 2
    assert len(bank.scratch.rows(_WITH_CONTEXT)) == 3


def test_the_body_holds_the_hash_of_the_context_and_nothing_of_it(bank: SqlBank) -> None:
    account = bank.open_account()
    bank.ledger.execute([Deposit(account.id, npr("1.00"))], origin=SITA)

    (id_, salt, ip_address, user_agent, text) = bank.scratch.row(_WITH_CONTEXT)

    context = AuditContext(id=id_, salt=salt, ip_address=ip_address, user_agent=user_agent)  # type: ignore[arg-type] # a row
    assert json.loads(str(text))["context"] == context.hash().hex()
    assert replace(context, ip_address="203.0.113.9").hash() != context.hash()
    assert replace(context, salt=bytes(16)).hash() != context.hash()
    assert "203.0.113" not in str(text)
    assert "phone" not in str(text)


def test_who_asks_for_nothing_that_could_be_erased_has_no_context(bank: SqlBank) -> None:
    bank.open_account(balance="1.00")

    assert bank.scratch.scalar("SELECT count(*) FROM bankcore.audit_context") == 0
    (text,) = bank.scratch.rows("SELECT convert_from(body, 'UTF8') FROM bankcore.audit_log")[0]
    assert "context" not in json.loads(str(text))


def test_erasure_takes_the_context_of_one_actor_and_keeps_every_record(bank: SqlBank, other_bank: SqlBank) -> None:
    account, elsewhere = bank.open_account(), other_bank.open_account()
    for origin in (SITA, RAM, SITA):
        bank.ledger.execute([Deposit(account.id, npr("1.00"))], origin=origin)
    other_bank.ledger.execute([Deposit(elsewhere.id, npr("1.00"))], origin=SITA)
    bodies = bank.scratch.rows("SELECT id, body FROM bankcore.audit_log ORDER BY id")
    transactions = OwnTransactions(bank.database, bank.tenant_id)

    erased = erase_contexts(transactions, bank.ids, actor_id="sita", origin=OFFICER)

    assert erased == 2
    left = bank.scratch.rows("SELECT ip_address FROM bankcore.audit_context ORDER BY ip_address")
    assert left == [("203.0.113.7",), ("203.0.113.8",)]
    assert bank.scratch.rows("SELECT id, body FROM bankcore.audit_log ORDER BY id")[: len(bodies)] == bodies
    audit = SqlAuditQueries(transactions, bank.ids)
    of_sita = audit.list_events(AuditFilter(actor_id="sita"), limit=9, origin=OFFICER)
    assert [(event.ip_address, event.user_agent) for event in of_sita] == [(None, None)] * 2
    (told,) = audit.list_events(AuditFilter(action="audit.context_erased"), limit=9, origin=OFFICER)
    assert (json.loads(told.body)["erasedActor"], json.loads(told.body)["contexts"]) == ("sita", 2)


def test_an_erasure_that_is_broken_off_has_a_record_of_what_it_erased(
    bank: SqlBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure, "_AT_ONCE", 1)
    account = bank.open_account()
    for _ in range(3):
        bank.ledger.execute([Deposit(account.id, npr("1.00"))], origin=SITA)
    transactions, engine = OwnTransactions(bank.database, bank.tenant_id), bank.database.engine_for(bank.tenant_id)
    counts = "SELECT (SELECT count(*) FROM bankcore.audit_context), count(*) FROM bankcore.audit_log WHERE action = %s"
    seen: list[tuple[object, ...]] = []

    for index in count(1):
        with suppress(BankcoreError), accident_at(engine, index, failure("53100")):
            erase_contexts(transactions, bank.ids, actor_id="sita", origin=OFFICER)
        seen.append(bank.scratch.row(counts, "audit.context_erased"))
        if seen[-1][0] == 0:
            break

    assert len(seen) > 1
    assert set(seen) <= {(3, 0), (2, 1), (1, 2), (0, 3)}


@pytest.mark.parametrize(
    "statement", ["UPDATE bankcore.audit_context SET salt = ''", "TRUNCATE bankcore.audit_context"]
)
@pytest.mark.parametrize("role", ["bankcore_app", "postgres"])
def test_a_context_can_go_but_not_change(bank: SqlBank, role: str, statement: str) -> None:
    with bank.scratch.connection(role) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement.encode())
