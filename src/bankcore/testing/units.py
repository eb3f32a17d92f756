"""The unit of work of any capability in memory: its section, the keys, the events and the books, in one draft."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from bankcore.events.stamps import Event, Stamp
from bankcore.idempotency.keys import KEY_LIFETIME, Claim, IdempotencyKey, KeyRecord
from bankcore.idempotency.ports import UnitOfWork, Units
from bankcore.identifiers import EventId
from bankcore.ledger.enclosed_units import EnclosedUnits
from bankcore.ledger.service import LedgerService
from bankcore.origin import Origin
from bankcore.testing.bank import InMemoryBank
from bankcore.testing.unit_of_work import InMemoryLedgerUnit

T = TypeVar("T")
U = TypeVar("U", bound="InMemoryUnit")


class InMemoryUnit(UnitOfWork):
    """What every unit of work in memory has, on the draft of the ledger's one."""

    def __init__(self, ledger_unit: InMemoryLedgerUnit, bank: InMemoryBank) -> None:
        self._ledger_unit = ledger_unit
        self._bank = bank
        self._ledger = LedgerService(bank.tenant_id, EnclosedUnits(lambda: ledger_unit), bank.ids)

    @property
    def opened_at(self) -> datetime:
        return self._ledger_unit.opened_at

    @property
    def key_lifetime(self) -> timedelta:
        return KEY_LIFETIME

    @property
    def ledger(self) -> LedgerService:
        """The ledger on the same draft."""
        return self._ledger

    def claim_keys(self, keys: Sequence[IdempotencyKey]) -> Mapping[IdempotencyKey, Claim]:
        return self._ledger_unit.claim_keys(keys)

    def store_outcomes(self, records: Iterable[KeyRecord]) -> None:
        self._ledger_unit.store_outcomes(records)

    def new_stamp(self, origin: Origin) -> Stamp:
        return Stamp(EventId(self._bank.ids.new_id()), self._bank.tenant_id, self.opened_at, origin)

    def publish(self, events: Iterable[Event]) -> None:
        self._ledger_unit.draft.events.extend(events)


class InMemoryUnits(Units[U], Generic[U]):
    """Runs units of work of one capability on the books and the sections of a bank, one after another."""

    def __init__(self, bank: InMemoryBank, begin: Callable[[InMemoryLedgerUnit], U]) -> None:
        self._bank = bank
        self._begin = begin

    def run(self, work: Callable[[U], T], *, resubmittable: bool = False) -> T:
        """Run the work and commit; if it raises, nothing has happened.

        Raises:
            UnavailableError, OutcomeUnknownError: as asked for by `bank.units.disturb_next`.
        """
        return self._bank.units.run(lambda unit: work(self._begin(unit)), resubmittable=resubmittable)

    @contextmanager
    def holding_key(self, key: IdempotencyKey) -> Iterator[None]:
        """For as long as the context lasts, the key is held as if by another unit of work that is still running."""
        with self._bank.units.holding_key(key.value, scope=key.scope):
            yield
