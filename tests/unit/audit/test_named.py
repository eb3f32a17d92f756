"""The columns of every kind of record say what its body says: else a verification of clean books gives alarm."""

import json
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import pytest

from bankcore.actions import Subject
from bankcore.audit.attempts import Attempt, Denial, DeniedRequest, FailedBatch
from bankcore.errors import NotFoundError
from bankcore.events.stamps import CommandRefused, Stamp
from bankcore.fraud.actions import CASE_DECIDED
from bankcore.fraud.cases import CaseStatus, Decision, FraudCase, FraudCaseId, Verdict
from bankcore.fraud.events import FraudCaseDecided, FraudCaseOpened, FraudEvent
from bankcore.fraud.signals import Rule, Score, Signal
from bankcore.identifiers import AccountId, EventId, TenantId, TransactionId
from bankcore.ledger.accounts import AccountStatus
from bankcore.ledger.commands import FreezeAccount, OpenAccount, Transfer
from bankcore.ledger.effects import Effect
from bankcore.ledger.events import AccountStatusChanged, CommandRejected, LedgerEvent
from bankcore.money import CURRENCIES
from bankcore.origin import Origin
from bankcore.testing import SequentialIdentifiers
from bankcore_infra.audit.laws.frames import accounts_of, frame_of, subject_of
from bankcore_infra.audit.recording.attempt_records import AttemptRecords
from bankcore_infra.audit.recording.context import AuditContexts
from bankcore_infra.audit.recording.ledger_records import ledger_record
from bankcore_infra.audit.recording.records import AuditRecord
from bankcore_infra.fraud.records import RECORDS
from tests.worlds.values import npr

NOON: Final = datetime(2026, 1, 31, 12, tzinfo=UTC)
MAIN: Final = TenantId(UUID(int=1))
SITA, RAM = AccountId(UUID(int=2)), AccountId(UUID(int=3))
CASE_ID: Final = FraudCaseId(UUID(int=4))
ORIGIN: Final = Origin(actor_type="user", actor_id="sita", request_id="req_1")
STAMP: Final = Stamp(EventId(UUID(int=5)), MAIN, NOON, ORIGIN)
NOT_FOUND: Final = NotFoundError(resource="account", identifier=str(SITA))
CASE: Final = FraudCase(
    tenant_id=MAIN,
    id=CASE_ID,
    account_id=SITA,
    transaction_id=TransactionId(UUID(int=6)),
    score=Score.of([Signal(Rule.VELOCITY, 50, "many", {"count": 10})]),
    froze_account=True,
    status=CaseStatus.OPEN,
    opened_at=NOON,
    decision=None,
)
FROZEN: Final = Effect(SITA, CURRENCIES["NPR"], 3, bytes(32), 100, 5, AccountStatus.FROZEN, was=AccountStatus.ACTIVE)
TRANSFER: Final = Transfer(SITA, RAM, npr("1.00"))
FREEZE: Final = FreezeAccount(SITA)
OPEN: Final = OpenAccount("sita", CURRENCIES["NPR"])


def require_same(record: AuditRecord) -> None:
    """The columns are what the body says."""
    subject_id = None if record.subject_id is None else str(record.subject_id)

    frame = frame_of(json.loads(record.body))
    assert (subject_of(frame), accounts_of(frame)) == (subject_id, [str(each) for each in record.account_ids])


@pytest.mark.parametrize(
    "event",
    [
        AccountStatusChanged(STAMP, FROZEN, "suspicion"),
        CommandRejected(STAMP, TRANSFER.kind, TRANSFER.plan(MAIN), NOT_FOUND),
        CommandRejected(STAMP, FREEZE.kind, FREEZE.plan(MAIN), NOT_FOUND),
        CommandRejected(STAMP, OPEN.kind, OPEN.plan(MAIN), NOT_FOUND),
    ],
    ids=["status changed", "transfer", "freeze", "open"],
)
def test_of_the_ledger(event: LedgerEvent) -> None:
    require_same(ledger_record(event, AuditContexts()))


@pytest.mark.parametrize(
    "event",
    [
        FraudCaseOpened(STAMP, CASE),
        FraudCaseDecided(STAMP, CASE.decided(Verdict.CLEARED, Decision(by="op", at=NOON, note="known"))),
        CommandRefused(STAMP, CASE_DECIDED[Verdict.CONFIRMED], Subject("fraud_case", CASE_ID), NOT_FOUND),
    ],
    ids=lambda event: type(event).__name__,
)
def test_of_fraud(event: FraudEvent | CommandRefused) -> None:
    require_same(RECORDS[type(event)](event, AuditContexts()))


@pytest.mark.parametrize(
    "commands",
    [[TRANSFER], [FREEZE], [OPEN], [TRANSFER, FREEZE, OPEN, TRANSFER]],
    ids=["transfer", "freeze", "open", "all"],
)
def test_of_a_batch_that_came_to_nothing(commands: list[Transfer | FreezeAccount | OpenAccount]) -> None:
    require_same(_recorded(FailedBatch(tenant=MAIN, commands=commands, code="unavailable", origin=ORIGIN)))


@pytest.mark.parametrize("resource", ["account", "transaction", None])
@pytest.mark.parametrize("resource_id", [SITA, None])
def test_of_a_request_that_was_turned_away(resource: str | None, resource_id: UUID | None) -> None:
    denied = DeniedRequest(
        tenant=MAIN,
        denial=Denial.HIDDEN,
        code="not_found",
        route="/v1/accounts/<uuid:account_id>",
        resource=resource,
        resource_id=resource_id,
        origin=ORIGIN,
    )

    require_same(_recorded(denied))


def _recorded(attempt: Attempt) -> AuditRecord:
    return AttemptRecords(MAIN, NOON, SequentialIdentifiers()).record(attempt)
