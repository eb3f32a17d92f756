"""What the application's role can change without a record is found: in the database, and in an export of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg
import pytest

from bankcore.identifiers import AccountId
from bankcore.identity.users import UserStatus
from bankcore.ledger.commands import FreezeAccount, UnfreezeAccount
from bankcore_infra.audit.laws.program import verify
from bankcore_infra.audit.verifying.log_verification import verify_log
from bankcore_infra.db.engine import Database
from tests.integration.audit.history import live
from tests.worlds.identity import PHONE, IdentityWorld
from tests.worlds.sealing import AUDITOR, SealingRole, export_of, tenant_of
from tests.worlds.sql_bank import APP, ScratchDatabase, SqlBank
from tests.worlds.values import npr

pytestmark = [pytest.mark.timeout(180), pytest.mark.usefixtures("unmeasured")]

_TABLES: Final = ("accounts", "users", "sessions", "fraud_cases", "fraud_policies", "audit_context")
_ACCOUNT: Final = "WHERE owner_id = 'bob' AND currency = 'NPR'"
_SITA: Final = "WHERE roles = '{holder}'"
# What is done, and what at least one finding says.
SILENT: Final = {
    "an amount is held": (f"UPDATE accounts SET held_minor = 5 {_ACCOUNT}", "its held_minor is 5, and 0"),
    "an account is frozen": (f"UPDATE accounts SET status = 'frozen' {_ACCOUNT}", "its status is frozen, and active"),
    "an account is thawed": (
        "UPDATE accounts SET status = 'active' WHERE status = 'frozen'",
        "its status is active, and frozen",
    ),
    "a role is given": (f"UPDATE users SET roles = '{{admin}}' {_SITA}", "its roles is ['admin'], and ['holder']"),
    "a user is disabled": (f"UPDATE users SET status = 'disabled' {_SITA}", "its status is disabled, and active"),
    "a disabled user is let in": (
        "UPDATE users SET status = 'active' WHERE status = 'disabled'",
        "its status is active, and disabled",
    ),
    "a user is made": (
        (
            "INSERT INTO users (tenant_id, id, created_at, email, password_hash, roles, status) SELECT tenant_id,"
            " gen_random_uuid(), now(), 'g@example.com', password_hash, '{admin}', 'active' FROM users LIMIT 1"
        ),
        "the log has no record of it",
    ),
    "a session goes on after its end": (
        "UPDATE sessions SET revoked_at = NULL, revoke_reason = NULL",
        "its revoked_at is None",
    ),
    "a session is made": (
        (
            "INSERT INTO sessions (tenant_id, id, user_id, created_at, expires_at, last_used_at)"
            " SELECT tenant_id, gen_random_uuid(), user_id, now(), now(), now() FROM sessions LIMIT 1"
        ),
        "the log has no record of it",
    ),
    "a fraud case is made up": (
        (
            "INSERT INTO fraud_cases (tenant_id, id, account_id, transaction_id, opened_at, score, froze_account,"
            " signals)"
            " SELECT tenant_id, gen_random_uuid(), account_id, gen_random_uuid(), now(), 99, false, '[]'"
            " FROM fraud_cases"
        ),
        "the log has no record of it",
    ),
    "a fraud case is cleared": (
        "UPDATE fraud_cases SET status = 'cleared', decided_at = now(), decided_by = 'operator', note = 'ok'",
        "its status is cleared, and open",
    ),
    "a fraud policy is loosened": (
        "UPDATE fraud_policies SET policy = jsonb_set(policy, '{case_points}', '100000')",
        "its policy is ",
    ),
    "a fraud policy is dated back": (
        "UPDATE fraud_policies SET changed_at = changed_at - interval '1 day'",
        "its changed_at is ",
    ),
    "an address is erased": ("DELETE FROM audit_context", "no record says that they were erased"),
}
# What needs the owner's hand.
FORCED: Final = {
    "an owner": (f"UPDATE accounts SET owner_id = 'eve' {_ACCOUNT}", "its owner_id is eve, and bob"),
    "a number": (f"UPDATE accounts SET number = number || '1' {_ACCOUNT}", "its number is "),
    "a floor": (f"UPDATE accounts SET floor_minor = -999999 {_ACCOUNT}", "its floor_minor is -999999, and -750"),
    "a currency": (f"UPDATE accounts SET currency = 'EUR' {_ACCOUNT}", "its currency is EUR, and NPR"),
    "a kind": (f"UPDATE accounts SET kind = 'fees' {_ACCOUNT}", "its kind is fees, and customer"),
    "a birthday": (f"UPDATE accounts SET created_at = created_at - interval '1 day' {_ACCOUNT}", "its created_at is"),
    "a last posting": (f"UPDATE accounts SET last_posted_at = now() {_ACCOUNT}", "its last_posted_at is"),
    "a user's birthday": ("UPDATE users SET created_at = now()", "its created_at is"),
    "a session's user": ("UPDATE sessions SET user_id = gen_random_uuid()", "its user_id is"),
    "a score": ("UPDATE fraud_cases SET score = 1", "its score is 1, and 57"),
    "signals": ("UPDATE fraud_cases SET signals = '[]'", "its signals is [], and [['large', 50], ['dormant', 7]]"),
    "an address": ("UPDATE audit_context SET ip_address = '203.0.113.66'", "or the context that it names is not what"),
    "a user who is gone": ("DELETE FROM users", "is gone"),
    "a session that is gone": ("DELETE FROM sessions", "is gone"),
    "a policy that is gone": ("DELETE FROM fraud_policies", "is gone"),
    "a case that is gone": ("DELETE FROM fraud_cases", "is gone"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """A sealed bank that is looked at from within and from without."""

    bank: SqlBank
    scratch: ScratchDatabase
    role: SealingRole
    file: Path

    def findings(self) -> tuple[list[str], list[str]]:
        """What the bank's own verification finds, and what an auditor finds in an export."""
        note = self.role.seal(self.scratch, self.bank).note
        assert note is not None
        with (
            Database(self.scratch.url(AUDITOR), pool_size=1) as database,
            database.engine_for(self.bank.tenant_id).connect() as connection,
        ):
            inside = verify_log(connection, tenant_of(self.bank), self.role.keys.public).findings
        export = export_of(self.scratch, self.bank, self.file)
        outside = verify(export, [note.text()], self.role.keys.public.pem()).findings
        return [f"{each.place}: {each.problem}" for each in inside], list(map(str, outside))

    @contextmanager
    def app(self) -> Iterator[psycopg.Connection]:
        """The application's role, in this tenant."""
        with self.scratch.connection(APP) as connection:
            connection.execute("SET search_path = bankcore")
            connection.execute("SELECT set_config('bankcore.tenant_id', %s, false)", (str(self.bank.tenant_id),))
            yield connection


@pytest.fixture
def audit(bank: SqlBank, scratch: ScratchDatabase, role: SealingRole, tmp_path: Path) -> Audit:
    """A bank with accounts, people who came and went, and a fraud case."""
    live(bank)
    people = IdentityWorld.of(bank, tmp_path / "keys")
    people.register()
    people.services.logout(people.login().refresh_token, origin=PHONE)
    people.login()
    gone, back = people.register("gita@example.com"), people.register("ram@example.com")
    for user, status in ((gone, "disabled"), (back, "disabled"), (back, "active")):
        people.services.change_status(user.user.id, UserStatus(status), origin=PHONE)
    return Audit(bank=bank, scratch=scratch, role=role, file=tmp_path / "log.ndjson")


def test_each_change_without_a_record_is_found_by_both(audit: Audit) -> None:
    missed = []
    assert audit.findings() == ([], [])
    with audit.scratch.connection() as superuser:
        for table in _TABLES:
            superuser.execute(f"CREATE TABLE public.kept_{table} AS TABLE bankcore.{table}".encode())
            superuser.execute(f"ALTER TABLE bankcore.{table} DISABLE TRIGGER ALL".encode())
        for what, (statement, told) in SILENT.items():
            with audit.app() as connection:
                assert connection.execute(statement.encode()).rowcount, what
            missed += [what for found in audit.findings() if not any(told in each for each in found)]
            put_back(superuser)
        drop_checks(superuser)
        for what, (statement, told) in FORCED.items():
            assert superuser.execute(f"SET search_path = bankcore; {statement}".encode()).rowcount is not None
            missed += [what for found in audit.findings() if not any(told in each for each in found)]
            put_back(superuser)

    assert missed == []
    assert audit.findings() == ([], [])


def drop_checks(superuser: psycopg.Connection) -> None:
    rows = superuser.execute(
        "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype IN ('c', 'f')"
        " AND conrelid::regclass::text = ANY(%s)",
        ([f"bankcore.{table}" for table in _TABLES],),
    ).fetchall()
    for table, name in rows:
        superuser.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}".encode())


def put_back(superuser: psycopg.Connection) -> None:
    script = "".join(
        f"DELETE FROM bankcore.{table}; INSERT INTO bankcore.{table} SELECT * FROM public.kept_{table};"
        for table in _TABLES
    )
    superuser.execute(f"SET session_replication_role = replica; {script}".encode())


@pytest.fixture
def frozen(audit: Audit) -> AccountId:
    """An account that was frozen with 50.00 on it."""
    account = audit.bank.open_account("carol", balance="50.00").id
    audit.bank.ledger.execute([FreezeAccount(account, reason="court order")])
    return account


def thaw(audit: Audit, account: AccountId, status: str = "active") -> None:
    with audit.app() as connection:
        connection.execute("UPDATE accounts SET status = %s WHERE id = %s", (status, account))


def test_a_frozen_account_that_was_emptied_behind_the_logs_back_is_found_by_both(
    audit: Audit, frozen: AccountId
) -> None:
    thaw(audit, frozen)
    audit.bank.ledger.withdraw(frozen, npr("40.00"))
    thaw(audit, frozen, "frozen")

    for found in audit.findings():
        assert any("entry 2 was posted while the account was not active" in each for each in found), found


def test_what_is_recorded_afterwards_does_not_hide_it(audit: Audit, frozen: AccountId) -> None:
    thaw(audit, frozen)
    audit.bank.ledger.withdraw(frozen, npr("40.00"))
    thaw(audit, frozen, "frozen")
    audit.bank.ledger.execute([UnfreezeAccount(frozen)])
    audit.bank.ledger.deposit(frozen, npr("40.00"))
    audit.bank.ledger.execute([FreezeAccount(frozen)])

    for found in audit.findings():
        assert [each for each in found if "was not active" in each] == [
            each for each in found if "entry 2 was posted" in each
        ]
        assert any("entry 2 was posted while the account was not active" in each for each in found), found


def test_a_freeze_that_finds_its_account_thawed_is_a_contradiction(audit: Audit, frozen: AccountId) -> None:
    thaw(audit, frozen)
    audit.bank.ledger.execute([FreezeAccount(frozen)])

    for found in audit.findings():
        assert any("became frozen from active, which it was not" in each for each in found), found


def test_freezing_and_thawing_with_records_is_no_finding(audit: Audit, frozen: AccountId) -> None:
    for _ in range(3):
        audit.bank.ledger.execute([UnfreezeAccount(frozen)])
        audit.bank.ledger.withdraw(frozen, npr("1.00"))
        audit.bank.ledger.execute([FreezeAccount(frozen), UnfreezeAccount(frozen), FreezeAccount(frozen)])

    assert audit.findings() == ([], [])
