"""A capability is a value: what it adds to a bank stands in one `Capability`, and all of them in one tuple."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from typing_extensions import override

from bankcore.audit.attempts import AttemptLog
from bankcore.identifiers import TenantId
from bankcore.identity.ports import TenantNames
from bankcore.ledger.verification import Finding
from bankcore_infra.consumers import Consumer
from bankcore_infra.db.engine import Database
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.extras import naming_the_extra
from bankcore_infra.identifiers import RandomIdentifiers
from bankcore_infra.schedule import DailyJob, Loop
from bankcore_infra.settings import CapabilitySettings, Settings
from bankcore_infra.signals import LedgerSignals
from bankcore_infra.units import UnitParts

T = TypeVar("T")

# What a maker returns is of the type that it stands under; a mapping cannot say so to the type checker.
Makers = Mapping[type[Any], Callable[[Any], object]]


class Catalog(Mapping[type[Any], Callable[[Any], object]]):
    """All makers by what they make; those that come late are loaded when something is asked for that no other makes."""

    def __init__(self, makers: Makers, late: Sequence[Callable[[], Makers]]) -> None:
        self._makers = dict(makers)
        self._late = tuple(late)

    @override
    def __getitem__(self, kind: type[Any]) -> Callable[[Any], object]:
        missing: ModuleNotFoundError | None = None
        for load in self._late:
            if kind in self._makers:
                break
            try:
                self._makers.update(load())
            except ModuleNotFoundError as error:
                # A package that one capability lacks is no reason to be without another capability.
                missing = missing or error
        if missing is not None and kind not in self._makers:
            raise missing
        return self._makers[kind]

    @override
    def __iter__(self) -> Iterator[type[Any]]:
        self._load()
        return iter(dict(self._makers))

    @override
    def __len__(self) -> int:
        self._load()
        return len(self._makers)

    def _load(self) -> None:
        # Two threads may both load them: it is the same then, and neither goes on before all are there.
        for load in self._late:
            self._makers.update(load())
        self._late = ()


class Made:
    """Services by their type, each made of the same parts when it is asked for first."""

    def __init__(self, makers: Makers, parts: object) -> None:
        self._makers = makers
        self._parts = parts
        self._made: dict[type[Any], Any] = {}

    def get(self, kind: type[T]) -> T:
        """The service of that type.

        Raises:
            KeyError: no capability offers it.
            MissingExtraError: what it is made of is not installed; the message says what installs it.
            Exception: what its maker raises.
        """
        made: T | None = self._made.get(kind)
        if made is not None:
            return made
        with naming_the_extra():
            # Two threads may both make it; then everybody gets the same one of the two.
            new: T = self._made.setdefault(kind, self._makers[kind](self._parts))
        return new

    def make_all(self) -> None:
        """Make every service now, so that one that cannot be made is found out at once."""
        for kind in self._makers:
            self.get(kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class BankParts:
    """What the capabilities of one bank share."""

    database: Database
    signals: LedgerSignals
    attempts: AttemptLog
    tenant_names: TenantNames
    settings: Settings
    keys_dir: Path
    """The folder of the signing keys."""
    redis_url: str | None

    @property
    def unit(self) -> UnitParts:
        """What every unit of work of this bank needs."""
        return UnitParts(signals=self.signals, ids=RandomIdentifiers(), key_lifetime=self.settings.key_lifetime)


class TenantParts:
    """What the services of one tenant are made of: its transactions, what all tenants share, and each other."""

    def __init__(self, tenant_id: TenantId, bank: BankParts, *, shared: Made, makers: Makers) -> None:
        self.tenant_id = tenant_id
        self.bank = bank
        self.shared = shared
        self.transactions = OwnTransactions(bank.database, tenant_id)
        self.get = Made(makers, self).get


def _nothing(_parts: BankParts) -> Sequence[Any]:
    return ()


def _no_findings(_connection: TenantConnection) -> Iterable[Finding]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """What one capability adds to a bank; whatever it does not name, it does not add.

    What is made is imported by its maker: whoever wants the ledger alone loads, and installs, nothing else.
    """

    name: str
    settings: type[CapabilitySettings] | None = None
    """What can be set about it, read by `parts.settings.of(...)`."""
    shared: Makers = field(default_factory=dict)
    """Services of all tenants by type, made of `BankParts`."""
    services: Makers = field(default_factory=dict)
    """Services of one tenant by type, made of `TenantParts`."""
    late_services: Callable[[], Makers] = dict
    """More of them, in a module that is loaded when somebody asks for what nothing else makes."""
    consumers: Callable[[BankParts], Sequence[Consumer]] = _nothing
    """What follows committed events."""
    jobs: Callable[[BankParts], Sequence[DailyJob]] = _nothing
    """What is done once a day for each tenant."""
    loops: Callable[[BankParts], Sequence[Loop]] = _nothing
    """What every worker does beside consumers and jobs."""
    verify: Callable[[TenantConnection], Iterable[Finding]] = _no_findings
    """What is wrong with its rows by what the log tells of them, where no export has them."""
