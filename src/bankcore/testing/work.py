"""Dead letters and reconciliations in memory: the real use cases, on what a test puts there."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bankcore.errors import NotFoundError
from bankcore.idempotency.answers import Accepted
from bankcore.ledger.verification import Finding
from bankcore.origin import Origin
from bankcore.reconciliation.reconciliations import (
    DRIFTS_SHOWN_MAX,
    ReconciliationId,
    ReconciliationRun,
    Reconciliations,
)
from bankcore.reconciliation.request import ReconciliationUnit, request_once
from bankcore.testing.bank import InMemoryBank
from bankcore.testing.sections import Section
from bankcore.testing.unit_of_work import InMemoryLedgerUnit
from bankcore.testing.units import InMemoryUnit, InMemoryUnits
from bankcore.work.dead_letters import DeadLetter, DeadLetters, DeliveryId
from bankcore.work.redrive import DeadLetterUnit, Redriven, redrive_once


@dataclass(slots=True)
class InMemoryLetters(Section):
    """The dead letters by their ids, and the ids of those that are tried again."""

    dead: dict[DeliveryId, DeadLetter] = field(default_factory=dict)
    redriven: list[DeliveryId] = field(default_factory=list)


class InMemoryDeadLetterUnit(InMemoryUnit, DeadLetterUnit):
    """Dead letters inside one unit of work, on a draft."""

    def __init__(self, ledger_unit: InMemoryLedgerUnit, bank: InMemoryBank, letters: InMemoryLetters) -> None:
        super().__init__(ledger_unit, bank)
        self._draft = ledger_unit.draft.section(letters)

    def redrive(self, delivery_id: DeliveryId) -> Redriven | None:
        letter = self._draft.dead.pop(delivery_id, None)
        if letter is None:
            return None
        self._draft.redriven.append(delivery_id)
        return Redriven(letter.consumer, letter.event_id)


class InMemoryDeadLetters(DeadLetters):
    """The dead letters that a test has put into `letters`."""

    def __init__(self, bank: InMemoryBank) -> None:
        self.letters = InMemoryLetters()
        bank.books.add_section(self.letters)
        self._units = InMemoryUnits(bank, lambda unit: InMemoryDeadLetterUnit(unit, bank, self.letters))

    def list_dead(
        self, *, consumer: str | None = None, after: DeliveryId | None = None, limit: int
    ) -> Sequence[DeadLetter]:
        found = [
            letter
            for letter in self.letters.dead.values()
            if consumer in {None, letter.consumer} and (after is None or letter.id > after)
        ]
        return sorted(found, key=lambda letter: letter.id)[:limit]

    def redrive(
        self, delivery_id: DeliveryId, *, origin: Origin, idempotency_key: str | None = None
    ) -> Accepted[DeliveryId]:
        return redrive_once(self._units, delivery_id, origin=origin, idempotency_key=idempotency_key)


@dataclass(slots=True)
class InMemoryRuns(Section):
    """The finished runs by their ids, each with its drifts, and when others were asked for."""

    finished: dict[ReconciliationId, tuple[ReconciliationRun, Sequence[Finding]]] = field(default_factory=dict)
    requested_at: list[datetime] = field(default_factory=list)


class InMemoryReconciliationUnit(InMemoryUnit, ReconciliationUnit):
    """Requests of runs inside one unit of work, on a draft."""

    def __init__(self, ledger_unit: InMemoryLedgerUnit, bank: InMemoryBank, runs: InMemoryRuns) -> None:
        super().__init__(ledger_unit, bank)
        self._draft = ledger_unit.draft.section(runs)

    def request_run(self) -> None:
        self._draft.requested_at.append(self.opened_at)


class InMemoryReconciliations(Reconciliations):
    """The runs that a test has put into `runs`."""

    def __init__(self, bank: InMemoryBank) -> None:
        self.runs = InMemoryRuns()
        bank.books.add_section(self.runs)
        self._units = InMemoryUnits(bank, lambda unit: InMemoryReconciliationUnit(unit, bank, self.runs))

    def list_runs(self, *, before: ReconciliationId | None = None, limit: int) -> Sequence[ReconciliationRun]:
        found = [run for run, _drifts in self.runs.finished.values() if before is None or run.id < before]
        return sorted(found, key=lambda run: run.id, reverse=True)[:limit]

    def get_run(self, run_id: ReconciliationId) -> tuple[ReconciliationRun, Sequence[Finding]]:
        found = self.runs.finished.get(run_id)
        if found is None:
            raise NotFoundError(resource="reconciliation_run", identifier=str(run_id))
        run, drifts = found
        return run, drifts[:DRIFTS_SHOWN_MAX]

    def request_run(self, *, origin: Origin, idempotency_key: str | None = None) -> Accepted[datetime]:
        return request_once(self._units, origin=origin, idempotency_key=idempotency_key)
