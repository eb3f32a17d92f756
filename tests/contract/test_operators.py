"""One suite for both adapters of what operators have: dead letters, and reconciliations."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import pytest

from bankcore.errors import NotFoundError
from bankcore.events.stamps import CommandRefused
from bankcore.idempotency.answers import Accepted
from bankcore.idempotency.keys import IdempotencyKeyReusedError
from bankcore.identifiers import EventId
from bankcore.ledger.verification import Finding
from bankcore.origin import Origin
from bankcore.reconciliation.reconciliations import ReconciliationId, ReconciliationRun, Reconciliations
from bankcore.testing import in_memory_bank
from bankcore.testing.work import InMemoryDeadLetters, InMemoryReconciliations
from bankcore.work.dead_letters import DeadLetter, DeadLetters, DeliveryId
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.reconciliation.reconciliations import SqlReconciliations
from bankcore_infra.work.dead_letters import SqlDeadLetters
from tests.worlds.sql_bank import SqlBank

OLGA: Final = Origin(actor_type="operator", actor_id="olga", key_scope="olga")
NOON: Final = datetime(2026, 1, 31, 12, tzinfo=UTC)
DRIFT: Final = Finding("account 7", "has a balance of 100, its entries end at 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorsAdapter:
    """Dead letters and reconciliations on one adapter; `recorded` are the actions in the audit log, with outcomes."""

    dead_letters: DeadLetters
    reconciliations: Reconciliations
    bury: Callable[[int, str], None]
    finish: Callable[[int], None]
    recorded: Callable[[], list[tuple[str, str]]]


def letter_of(number: int, consumer: str) -> DeadLetter:
    return DeadLetter(
        id=DeliveryId(UUID(int=number)),
        consumer=consumer,
        event_id=EventId(UUID(int=number << 64)),
        account_id=None,
        sequence=None,
        tries=3,
        last_error="ValueError",
        created_at=NOON,
        last_tried_at=NOON,
    )


def run_of(number: int) -> ReconciliationRun:
    return ReconciliationRun(
        id=ReconciliationId(UUID(int=number)), started_at=NOON, finished_at=NOON, accounts=2, entries=5, drifts=1
    )


@pytest.fixture(params=["in_memory_operators", "postgresql_operators"], ids=["in-memory", "PostgreSQL"])
def adapter(request: pytest.FixtureRequest) -> OperatorsAdapter:
    made = request.getfixturevalue(request.param)
    assert isinstance(made, OperatorsAdapter)
    return made


@pytest.fixture
def in_memory_operators() -> OperatorsAdapter:
    bank = in_memory_bank()
    letters, reconciliations = InMemoryDeadLetters(bank), InMemoryReconciliations(bank)

    def bury(number: int, consumer: str) -> None:
        letter = letter_of(number, consumer)
        letters.letters.dead[letter.id] = letter

    def finish(number: int) -> None:
        run = run_of(number)
        reconciliations.runs.finished[run.id] = (run, [DRIFT])

    def recorded() -> list[tuple[str, str]]:
        named = {"DeliveryRedriven": "delivery.redriven", "ReconciliationRequested": "reconciliation.requested"}
        return [
            (event.action.name, "denied" if isinstance(event.reason, NotFoundError) else "rejected")
            if isinstance(event, CommandRefused)
            else (named[type(event).__name__], "success")
            for event in bank.events
        ]

    return OperatorsAdapter(
        dead_letters=letters, reconciliations=reconciliations, bury=bury, finish=finish, recorded=recorded
    )


@pytest.fixture
def postgresql_operators(bank: SqlBank) -> OperatorsAdapter:
    transactions, scratch = OwnTransactions(bank.database, bank.tenant_id), bank.scratch

    def bury(number: int, consumer: str) -> None:
        letter = letter_of(number, consumer)
        scratch.execute(
            "INSERT INTO bankcore.cursors (tenant_id, consumer) VALUES (%s, %s) ON CONFLICT DO NOTHING",
            bank.tenant_id,
            consumer,
        )
        scratch.execute(
            "INSERT INTO bankcore.parked_events "
            "(tenant_id, id, consumer, event_id, status, starts, due_at, last_error, created_at) "
            "VALUES (%s, %s, %s, %s, 'dead', %s, %s, %s, %s)",
            *(bank.tenant_id, letter.id, consumer, letter.event_id, letter.tries, NOON, letter.last_error, NOON),
        )

    def finish(number: int) -> None:
        run = run_of(number)
        scratch.execute(
            "INSERT INTO bankcore.reconciliation_runs "
            "(tenant_id, id, started_at, finished_at, accounts, entries, drifts) VALUES (%s, %s, %s, %s, %s, %s, %s)",
            *(bank.tenant_id, run.id, NOON, NOON, run.accounts, run.entries, run.drifts),
        )
        scratch.execute(
            "INSERT INTO bankcore.reconciliation_drifts (tenant_id, run_id, position, place, problem) "
            "VALUES (%s, %s, 1, %s, %s)",
            *(bank.tenant_id, run.id, DRIFT.place, DRIFT.problem),
        )

    def recorded() -> list[tuple[str, str]]:
        rows = scratch.rows(
            "SELECT action, outcome FROM bankcore.audit_log WHERE tenant_id = %s ORDER BY id", bank.tenant_id
        )
        return [(str(action), str(outcome)) for action, outcome in rows]

    return OperatorsAdapter(
        dead_letters=SqlDeadLetters(transactions, bank.unit),
        reconciliations=SqlReconciliations(transactions, bank.unit),
        bury=bury,
        finish=finish,
        recorded=recorded,
    )


def test_dead_letters_are_listed_oldest_first_in_pages_and_by_consumer(adapter: OperatorsAdapter) -> None:
    for number, consumer in ((2, "fraud"), (1, "fraud"), (3, "notifications")):
        adapter.bury(number, consumer)

    first = adapter.dead_letters.list_dead(limit=2)
    rest = adapter.dead_letters.list_dead(after=first[-1].id, limit=2)

    assert [*first, *rest] == [letter_of(1, "fraud"), letter_of(2, "fraud"), letter_of(3, "notifications")]
    assert adapter.dead_letters.list_dead(consumer="notifications", limit=2) == rest


def test_a_dead_letter_is_redriven_once_and_answered_again_by_its_key(adapter: OperatorsAdapter) -> None:
    adapter.bury(1, "fraud")
    letter_id = DeliveryId(UUID(int=1))

    answers = [adapter.dead_letters.redrive(letter_id, origin=OLGA, idempotency_key="k") for _ in range(2)]

    assert answers == [Accepted(letter_id), Accepted(letter_id, replayed=True)]
    assert adapter.dead_letters.list_dead(limit=1) == []
    assert adapter.recorded() == [("delivery.redriven", "success")]


def test_a_refused_redrive_is_recorded_once_and_remembered_with_its_key(adapter: OperatorsAdapter) -> None:
    missing = DeliveryId(UUID(int=9))
    caught = []
    for _ in range(2):
        with pytest.raises(NotFoundError) as refusal:
            adapter.dead_letters.redrive(missing, origin=OLGA, idempotency_key="k")
        caught.append(refusal.value.replayed)
    adapter.bury(9, "fraud")
    with pytest.raises(NotFoundError):
        adapter.dead_letters.redrive(missing, origin=OLGA, idempotency_key="k")

    assert caught == [False, True]
    assert adapter.recorded() == [("delivery.redriven", "denied")]
    assert adapter.dead_letters.redrive(missing, origin=OLGA) == Accepted(missing)


def test_a_run_is_requested_once_for_each_key(adapter: OperatorsAdapter) -> None:
    first, again = (adapter.reconciliations.request_run(origin=OLGA, idempotency_key="k") for _ in range(2))

    assert (first.replayed, again) == (False, Accepted(first.value, replayed=True))
    assert adapter.recorded() == [("reconciliation.requested", "success")]


def test_a_key_that_was_used_for_something_else_is_refused_and_that_recorded(adapter: OperatorsAdapter) -> None:
    adapter.bury(1, "fraud")
    letter_id = DeliveryId(UUID(int=1))
    adapter.dead_letters.redrive(letter_id, origin=OLGA, idempotency_key="letter")
    adapter.reconciliations.request_run(origin=OLGA, idempotency_key="run")

    with pytest.raises(IdempotencyKeyReusedError):
        adapter.dead_letters.redrive(letter_id, origin=OLGA, idempotency_key="run")
    with pytest.raises(IdempotencyKeyReusedError):
        adapter.reconciliations.request_run(origin=OLGA, idempotency_key="letter")

    assert adapter.recorded()[2:] == [("delivery.redriven", "rejected"), ("reconciliation.requested", "rejected")]


def test_runs_are_listed_newest_first_in_pages_and_shown_with_their_drifts(adapter: OperatorsAdapter) -> None:
    for number in (2, 1, 3):
        adapter.finish(number)

    first = adapter.reconciliations.list_runs(limit=2)
    rest = adapter.reconciliations.list_runs(before=first[-1].id, limit=2)

    assert [*first, *rest] == [run_of(3), run_of(2), run_of(1)]
    run, drifts = adapter.reconciliations.get_run(run_of(2).id)
    assert (run, list(drifts)) == (run_of(2), [DRIFT])
    with pytest.raises(NotFoundError):
        adapter.reconciliations.get_run(ReconciliationId(UUID(int=9)))
