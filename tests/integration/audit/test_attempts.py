"""Attempts reach the audit log in transactions of their own: once, in the right tenant, at nobody's cost."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Final
from uuid import UUID

import psycopg
import pytest
from typing_extensions import override

from bankcore.audit.attempts import Denial, DeniedRequest
from bankcore.errors import OutcomeUnknownError, UnavailableError
from bankcore.identifiers import TenantId
from bankcore.identity.ports import TenantNames
from bankcore.ledger.commands import Deposit, Transfer
from bankcore.origin import Origin
from bankcore_infra.audit.recording.attempt_log import WAITING_MAX, SqlAttemptLog
from bankcore_infra.audit.recording.attempt_quota import AttemptQuota
from bankcore_infra.db.engine import Database
from bankcore_infra.identity.tenant_names import SqlTenantNames
from bankcore_infra.ledger.audited_ledger import AuditedLedger
from bankcore_infra.log_messages import LogMessage
from tests.worlds.sql_bank import SqlBank
from tests.worlds.values import npr

SITA: Final = Origin(actor_type="user", actor_id="sita", request_id="req_12345678", ip_address="203.0.113.7")
ACCOUNT: Final = UUID(int=0xA)


@pytest.fixture
def attempts(bank: SqlBank) -> Iterator[SqlAttemptLog]:
    log = SqlAttemptLog(bank.database, SqlTenantNames(bank.database), bank.ids)
    yield log
    log.wait_until_written()


def hidden(bank: SqlBank, origin: Origin = SITA) -> DeniedRequest:
    """Somebody asked for an account that is not theirs."""
    return DeniedRequest(
        tenant=bank.tenant_id,
        denial=Denial.HIDDEN,
        code="not_found",
        route="GET /v1/accounts/<uuid:account_id>",
        resource="account",
        resource_id=ACCOUNT,
        origin=origin,
    )


def recorded(bank: SqlBank) -> list[tuple[object, ...]]:
    """What the audit log of every tenant has, in the order of the ids."""
    return list(
        bank.scratch.rows(
            "SELECT t.slug, action, outcome, actor_id, subject_id FROM bankcore.audit_log AS l"
            " JOIN bankcore.tenants AS t ON t.id = l.tenant_id ORDER BY l.id"
        )
    )


def test_a_denied_request_is_recorded_once_and_in_its_tenant_only(
    bank: SqlBank, other_bank: SqlBank, attempts: SqlAttemptLog
) -> None:
    attempts.record(hidden(bank))
    attempts.wait_until_written()

    assert recorded(bank) == [("main", "access.hidden", "denied", "sita", ACCOUNT)]
    (text, accounts) = bank.scratch.row("SELECT convert_from(body, 'UTF8'), account_ids FROM bankcore.audit_log")
    body = json.loads(str(text))
    assert body["route"] == "GET /v1/accounts/<uuid:account_id>"
    assert (body["code"], body["resource"], body["request"]) == ("not_found", "account", "req_12345678")
    assert accounts == [ACCOUNT]


def test_a_strangers_attempt_goes_to_the_tenant_that_was_addressed(
    bank: SqlBank, other_bank: SqlBank, attempts: SqlAttemptLog
) -> None:
    anonymous = Origin(actor_type="anonymous", actor_id="anonymous")
    for tenant in ("other", "nobody", "\x00", "x" * 300):
        attempts.record(
            DeniedRequest(
                tenant=tenant,
                denial=Denial.UNAUTHENTICATED,
                code="unauthenticated",
                route="GET /v1/accounts",
                origin=anonymous,
            )
        )
    attempts.wait_until_written()

    assert recorded(bank) == [("other", "access.unauthenticated", "denied", "anonymous", None)]


def test_more_than_an_actors_quota_is_only_counted(bank: SqlBank) -> None:
    quota = AttemptQuota(burst=3, per_second=0)
    attempts = SqlAttemptLog(bank.database, SqlTenantNames(bank.database), bank.ids, quota=quota)
    ram = Origin(actor_type="user", actor_id="ram")

    for _ in range(5):
        attempts.record(hidden(bank))
    attempts.record(hidden(bank, ram))
    attempts.wait_until_written()

    assert [row[3] for row in recorded(bank)] == ["sita"] * 3 + ["ram"]


def test_a_database_that_is_away_costs_the_caller_nothing(bank: SqlBank, caplog: pytest.LogCaptureFixture) -> None:
    away = Database("postgresql://bankcore_app@127.0.0.1:1/nowhere")
    quota = AttemptQuota(burst=10, per_second=0)
    attempts = SqlAttemptLog(away, SqlTenantNames(away), bank.ids, quota=quota)

    started = time.perf_counter()
    for _ in range(2 * WAITING_MAX):
        attempts.record(hidden(bank))

    assert time.perf_counter() - started < 2
    attempts.wait_until_written()
    away.close()
    assert recorded(bank) == []
    said = [record.msg for record in caplog.records if isinstance(record.msg, LogMessage)]
    lines = [each.fields["reason"] for each in said if each.sentence == "attempt not recorded"]
    assert len(lines) == 2 * WAITING_MAX
    assert set(lines) == {"unavailable", "too many are waiting", "too many of this actor"}


def test_a_batch_that_was_undone_is_recorded_with_what_it_wanted(bank: SqlBank, attempts: SqlAttemptLog) -> None:
    ledger = AuditedLedger(bank.tenant_id, bank.units, bank.ids, attempts)
    account = bank.open_account(balance="10.00")
    before = len(recorded(bank))

    with psycopg.connect(bank.scratch.url("postgres")) as blocker:
        blocker.execute("SELECT 1 FROM bankcore.accounts WHERE id = %s FOR UPDATE", [account.id])
        with pytest.raises(UnavailableError):
            ledger.execute([Deposit(account.id, npr("1.00"))], origin=SITA)
    attempts.wait_until_written()

    assert recorded(bank)[before:] == [("main", "deposit.failed", "failed", "sita", None)]
    (text,) = bank.scratch.row("SELECT convert_from(body, 'UTF8') FROM bankcore.audit_log WHERE outcome = 'failed'")
    body = json.loads(str(text))
    assert (body["code"], body["count"], body["commands"][0]["kind"]) == ("unavailable", 1, "deposit")
    assert bank.balance(account) == "10.00"


@pytest.mark.parametrize("error", [UnavailableError(), OutcomeUnknownError()], ids=lambda error: error.code)
def test_a_failed_batch_of_many_commands_tells_their_number(
    bank: SqlBank, attempts: SqlAttemptLog, error: UnavailableError | OutcomeUnknownError
) -> None:
    class Broken(type(bank.units)):  # type: ignore[misc] # a class of the fixture's
        def run(self, work: object, *, resubmittable: bool) -> object:
            raise error

    ledger = AuditedLedger(bank.tenant_id, Broken.__new__(Broken), bank.ids, attempts)
    ids = [bank.ids.new_id() for _ in range(200)]

    with pytest.raises(type(error)):
        ledger.execute([Transfer(one, ids[0], npr("1.00")) for one in ids[1:]], origin=SITA)  # type: ignore[arg-type] # ids
    attempts.wait_until_written()

    (text,) = bank.scratch.row("SELECT convert_from(body, 'UTF8') FROM bankcore.audit_log WHERE outcome = 'failed'")
    body = json.loads(str(text))
    assert (body["action"], body["code"], body["count"], len(body["commands"])) == (
        "batch.failed",
        error.code,
        199,
        100,
    )


class SlowTenants(TenantNames):
    """A directory that answers when it is told to."""

    def __init__(self) -> None:
        self.answer = threading.Event()

    @override
    def find_by_slug(self, slug: str) -> None:
        self.answer.wait(30)

    @override
    def find_by_id(self, tenant_id: TenantId) -> None:
        raise NotImplementedError

    @override
    def is_suspended(self, tenant_id: TenantId) -> bool:
        raise NotImplementedError


def test_the_end_of_a_program_waits_for_attempts_but_not_for_ever(bank: SqlBank) -> None:
    tenants = SlowTenants()
    log = SqlAttemptLog(bank.database, tenants, bank.ids)
    log.record(replace(hidden(bank), tenant="main"))

    assert not log.wait_until_written(0.05)
    tenants.answer.set()

    assert log.wait_until_written(30)
