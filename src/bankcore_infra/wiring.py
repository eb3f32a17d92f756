"""The composition root: puts the capabilities together, for the library, the API and the command line alike."""

import asyncio
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar

from typing_extensions import override

from bankcore.arguments import require_words
from bankcore.errors import NotFoundError
from bankcore.identifiers import TenantId
from bankcore.ledger.account_service import AccountService
from bankcore.ledger.enclosed_books import EnclosedBooks
from bankcore.ledger.queries import LedgerQueries
from bankcore.services import Services
from bankcore.tenancy.tenants import Tenant, TenantSuspendedError
from bankcore_infra.audit.recording.attempt_log import SqlAttemptLog
from bankcore_infra.audit.recording.listener import AuditListener
from bankcore_infra.capabilities import CAPABILITIES
from bankcore_infra.capability import BankParts, Catalog, Made, TenantParts
from bankcore_infra.db.engine import Database
from bankcore_infra.db.lent import CallersConnection
from bankcore_infra.db.preflight import WITHOUT_CHECKSUMS, check_database, has_checksums
from bankcore_infra.environment import load_settings
from bankcore_infra.extras import naming_the_extra
from bankcore_infra.identifiers import RandomIdentifiers
from bankcore_infra.identity.tenant_names import SqlTenantNames
from bankcore_infra.installation import Installation
from bankcore_infra.ledger.aio import SqlAioBooks
from bankcore_infra.ledger.enclosed_books import enclosed_books
from bankcore_infra.ledger.sql_ledger import SqlLedger
from bankcore_infra.log_messages import logger_of
from bankcore_infra.servers import open_installation
from bankcore_infra.settings import Checksums, Settings, SettingsError
from bankcore_infra.signals import LedgerSignals
from bankcore_infra.tenancy.directory import SqlTenantDirectory
from bankcore_infra.work.parts import WorkParts
from bankcore_infra.work.queue_listener import Doorbell, QueueListener

_LOG: Final = logger_of("bank")

T = TypeVar("T")

_LAST_RECORDS_S: Final = 5.0
_SHARED: Final = {kind: make for each in CAPABILITIES for kind, make in each.shared.items()}
_OF_TENANTS: Final = Catalog(
    {kind: make for each in CAPABILITIES for kind, make in each.services.items()},
    [each.late_services for each in CAPABILITIES],
)


class TenantBank:
    """What one tenant of a bank offers: its ledger and accounts, and by `get` whatever else a capability adds."""

    def __init__(self, parts: TenantParts) -> None:
        self._parts = parts
        self._ledger = parts.get(SqlLedger)
        self._queries = parts.get(LedgerQueries)
        self._accounts = parts.get(AccountService)

    @property
    def id(self) -> TenantId:
        """The tenant's id."""
        return self._parts.tenant_id

    @property
    def ledger(self) -> SqlLedger:
        """What moves money: `deposit`, `transfer`, `execute`, `using` a transaction of yours, and `aio` for asyncio."""
        return self._ledger

    @property
    def accounts(self) -> AccountService:
        """What opens accounts, and tells what is on them."""
        return self._accounts

    @property
    def queries(self) -> LedgerQueries:
        """What reads the books: histories, entries, balances at any instant, the trial balance."""
        return self._queries

    @cached_property
    def aio(self) -> SqlAioBooks:
        """The same for asyncio, `using` a transaction of yours too; `call` awaits whatever `get` gives."""
        return SqlAioBooks(self, self.using, self)

    def using(self, connection: CallersConnection) -> EnclosedBooks:
        """Ledger, accounts and queries inside the caller's transaction on this connection, which only he commits.

        It is one of SQLAlchemy, a session of it, one of psycopg 3, or Django's.

        Raises:
            InvalidRequestError: none of these; or, once it is used, money and rows could not be kept together on it.
        """
        return enclosed_books(self._ledger.using(connection), connection, self.id)

    def get(self, kind: type[T]) -> T:
        """The tenant's service of that type. Raises: KeyError: no capability offers it."""
        return self._parts.get(kind)

    def __repr__(self) -> str:
        """The tenant's id."""
        return f"<TenantBank {self.id}>"


class Bank(Services):
    """A bank on one database; close it, or use it in a `with` or `async with` block."""

    def __init__(self, installation: Installation, settings: Settings) -> None:
        """Open the bank on these servers.

        Raises:
            SettingsError: the database cannot keep the promises, or is not ready for this version.
            MissingExtraError: a Redis is named, and its client is not installed.
        """
        self._installation = installation
        self._settings = settings
        self._signals = LedgerSignals()
        AuditListener().attach(self._signals)
        self._doorbell: Doorbell | None = None
        if installation.redis_url is not None:
            self._doorbell = _doorbell(installation.redis_url)
            QueueListener(self._doorbell).attach(self._signals)
        self._database = Database(installation.app_url, pool_size=settings.pool_size)
        try:
            check_database(self._database, settings.data_checksums)
        except BaseException:
            self._database.close()
            raise
        self._tenants = SqlTenantDirectory(self._database)
        names = SqlTenantNames(self._database)
        self._attempt_log = SqlAttemptLog(self._database, names, RandomIdentifiers())
        self.parts = BankParts(
            database=self._database,
            signals=self._signals,
            attempts=self._attempt_log,
            tenant_names=names,
            settings=settings,
            keys_dir=installation.keys_dir,
            redis_url=installation.redis_url,
        )
        self._shared = Made(_SHARED, self.parts)
        self._by_id: dict[TenantId, TenantBank] = {}

    @property
    def installation(self) -> Installation:
        """Where the servers of this bank are."""
        return self._installation

    @property
    def settings(self) -> Settings:
        """What this bank was opened with."""
        return self._settings

    @property
    def database(self) -> Database:
        """The database; `begin()` gives a transaction on it, for `ledger.using(connection)`."""
        return self._database

    @property
    def signals(self) -> LedgerSignals:
        """What is told of each unit of work, before it is committed and after."""
        return self._signals

    @property
    def tenants(self) -> SqlTenantDirectory:
        """The directory of the tenants."""
        return self._tenants

    def __repr__(self) -> str:
        """Where its database is."""
        return f"<Bank on {self.database}>"

    def tenant(self, slug: str) -> TenantBank:
        """The tenant of that slug.

        Raises:
            NotFoundError: there is none; `bankcore tenant create` makes one.
            TenantSuspendedError: it is suspended; `bankcore tenant resume` lets it go on.
        """
        tenant = self.find_tenant(slug)
        if tenant.is_suspended:
            raise TenantSuspendedError
        return self.tenant_by_id(tenant.id)

    def find_tenant(self, slug: str) -> Tenant:
        """The directory's entry for that slug. Raises: NotFoundError."""
        require_words(slug, "/tenant")
        self.database.require_open()
        tenant = self.tenants.find_tenant(slug)
        if tenant is None:
            raise NotFoundError(resource="tenant", identifier=slug)
        return tenant

    def tenant_by_id(self, tenant_id: TenantId) -> TenantBank:
        """The tenant with that id, which is known to exist."""
        bank = self._by_id.get(tenant_id)
        if bank is None:
            parts = TenantParts(tenant_id, self.parts, shared=self._shared, makers=_OF_TENANTS)
            bank = self._by_id[tenant_id] = TenantBank(parts)
        return bank

    @override
    def get(self, kind: type[T]) -> T:
        return self._shared.get(kind)

    @override
    def of(self, tenant_id: TenantId, kind: type[T]) -> T:
        return self.tenant_by_id(tenant_id).get(kind)

    def require_fit(self) -> None:
        """Make what all tenants share, such as keys, before anybody needs it. Raises: SettingsError."""
        self._shared.make_all()
        if self._settings.data_checksums is Checksums.WARNED and not has_checksums(self._database):
            _LOG.warning(WITHOUT_CHECKSUMS)

    @cached_property
    def work_parts(self) -> WorkParts:
        """What a worker and a scheduler of this bank are made of.

        Raises:
            SettingsError: there is no broker, or a setting of a capability is wrong.
        """
        if self.installation.redis_url is None:
            raise SettingsError("BANKCORE_REDIS_URL", "not set; workers and schedulers meet there")
        return WorkParts(
            database=self.database,
            redis_url=self.installation.redis_url,
            consumers=[consumer for each in CAPABILITIES for consumer in each.consumers(self.parts)],
            jobs=[job for each in CAPABILITIES for job in each.jobs(self.parts)],
            loops=[loop for each in CAPABILITIES for loop in each.loops(self.parts)],
        )

    def disconnect(self) -> None:
        """Close connections, after what is still to be recorded, for a bounded time."""
        if not self._attempt_log.wait_until_written(_LAST_RECORDS_S):
            _LOG.warning("attempts that were not recorded yet are lost")
        if self._doorbell is not None:
            self._doorbell.close()
        self.database.close()

    def close(self) -> None:
        """Disconnect, and stop the embedded servers if this bank started them."""
        self.disconnect()
        self.installation.close()

    async def __aenter__(self) -> Self:
        """This bank."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it, in a thread, because that waits for what is still to be recorded."""
        await asyncio.to_thread(self.close)

    def __enter__(self) -> Self:
        """This bank."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()


def _doorbell(redis_url: str) -> Doorbell:
    with naming_the_extra("worker"):
        from bankcore_infra.work.doorbell import RedisDoorbell

    return RedisDoorbell(redis_url)


def open_bank(url: str | None = None, *, data_dir: str | Path | None = None) -> Bank:
    """Open the bank at that PostgreSQL address, by default the one of the settings, else an embedded one.

    The address names the application role. The embedded servers keep their data in `data_dir`; if they are running
    already, they are shared.

    Raises:
        SettingsError: a setting is wrong, or the database is not fit for money.
    """
    settings = load_settings(database_url=url, data_dir=data_dir)
    installation = open_installation(settings)
    try:
        return Bank(installation, settings)
    except BaseException:
        installation.close()
        raise
