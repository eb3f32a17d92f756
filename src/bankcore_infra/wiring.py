"""The composition root: puts rules and adapters together, for the library, the API and the command line alike."""

from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from argon2.exceptions import HashingError
from loguru import logger

from bankcore.arguments import require_words
from bankcore.audit.attempts import AttemptLog
from bankcore.audit.ports import SealedLog
from bankcore.audit.queries import AuditQueries
from bankcore.audit.receipts import AuditReceipts
from bankcore.errors import NotFoundError
from bankcore.events.feed import EventFeed
from bankcore.fraud.change_policy import ChangePolicy
from bankcore.fraud.review import Review
from bankcore.fraud.services import FraudServices
from bankcore.identifiers import TenantId
from bankcore.identity.principals import TenantName
from bankcore.identity.services import IdentityDirectory
from bankcore.ledger.account_service import AccountService
from bankcore.ledger.queries import LedgerQueries
from bankcore.notifications.service import NotificationService
from bankcore.tenancy.tenants import Tenant
from bankcore.work.dead_letters import DeadLetters
from bankcore.work.reconciliations import Reconciliations
from bankcore_infra.audit.attempt_log import SqlAttemptLog
from bankcore_infra.audit.listener import AuditListener
from bankcore_infra.audit.queries import SqlAuditQueries
from bankcore_infra.audit.receipt_keys import open_receipt_keys
from bankcore_infra.audit.receipts import SqlAuditReceipts
from bankcore_infra.audit.sealed_queries import SqlSealedLog
from bankcore_infra.clock import SystemClock
from bankcore_infra.consumers import Consumer
from bankcore_infra.db.engine import Database
from bankcore_infra.db.preflight import check_database
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.events.feed import SqlEventFeed
from bankcore_infra.fraud.processor import FraudProcessor
from bankcore_infra.fraud.unit import SqlFraudQueries, SqlFraudUnits
from bankcore_infra.identifiers import RandomIdentifiers
from bankcore_infra.identity.argon2_hasher import Argon2Parameters, Argon2PasswordHasher, WeakParametersError
from bankcore_infra.identity.attempt_limiter import attempt_limiter
from bankcore_infra.identity.key_ring import KeyRing
from bankcore_infra.identity.tenant_names import SqlTenantNames
from bankcore_infra.identity.wiring import IdentityParts, identity_directory
from bankcore_infra.installation import Installation, open_installation
from bankcore_infra.key_files import ExposedKeyError
from bankcore_infra.ledger.queries import SqlLedgerQueries
from bankcore_infra.ledger.signals import LedgerSignals
from bankcore_infra.ledger.sql_ledger import BankParts, SqlLedger
from bankcore_infra.notifications.wiring import notification_processor, notification_service
from bankcore_infra.settings import Settings, SettingsError, load_settings
from bankcore_infra.signing_keys import SigningKeys, UnusableKeyError
from bankcore_infra.tenancy.directory import SqlTenantDirectory
from bankcore_infra.work.daily import daily_jobs
from bankcore_infra.work.dead_letters import SqlDeadLetters
from bankcore_infra.work.doorbell import RedisDoorbell
from bankcore_infra.work.queue_listener import QueueListener
from bankcore_infra.work.reconciliations import SqlReconciliations
from bankcore_infra.work.roles import WorkParts

_LAST_RECORDS_S: Final = 5.0


class TenantBank:
    """What one tenant of a bank offers."""

    def __init__(self, tenant_id: TenantId, parts: BankParts) -> None:
        """For that tenant."""
        transactions = OwnTransactions(parts.database, tenant_id)
        self.id = tenant_id
        self.ledger = SqlLedger(tenant_id, parts)
        self.queries: LedgerQueries = SqlLedgerQueries(transactions)
        self.accounts = AccountService(self.ledger, self.queries)
        self.audit: AuditQueries = SqlAuditQueries(transactions, RandomIdentifiers())
        self.sealed: SealedLog = SqlSealedLog(transactions)
        self.feed: EventFeed = SqlEventFeed(transactions)
        ids, lifetime = RandomIdentifiers(), parts.settings.key_lifetime
        self.dead_letters: DeadLetters = SqlDeadLetters(transactions, ids, key_lifetime=lifetime)
        self.reconciliations: Reconciliations = SqlReconciliations(transactions, ids, key_lifetime=lifetime)
        fraud_units = SqlFraudUnits(transactions, parts.signals, ids, key_lifetime=lifetime)
        review = Review(tenant_id, fraud_units, ids, lifetime)
        change_policy = ChangePolicy(tenant_id, fraud_units, ids)
        self.fraud = FraudServices(review, SqlFraudQueries(transactions), change_policy)


class Bank:
    """A bank on one database; close it, or use it in a `with` block."""

    def __init__(self, installation: Installation, settings: Settings) -> None:
        """On those servers.

        Raises:
            SettingsError: the database cannot keep the promises, or is not ready for this version.
        """
        self.installation = installation
        self.settings = settings
        self.signals = LedgerSignals()
        AuditListener().attach(self.signals)
        self._doorbell: RedisDoorbell | None = None
        if installation.redis_url is not None:
            self._doorbell = RedisDoorbell(installation.redis_url)
            QueueListener(self._doorbell).attach(self.signals)
        self.database = Database(installation.app_url, pool_size=settings.pool_size)
        try:
            check_database(self.database)
        except BaseException:
            self.database.close()
            raise
        self.tenants = SqlTenantDirectory(self.database)
        self._attempt_log = SqlAttemptLog(self.database, SqlTenantNames(self.database), RandomIdentifiers())
        self.attempts: AttemptLog = self._attempt_log
        self._parts = BankParts(database=self.database, signals=self.signals, attempts=self.attempts, settings=settings)
        self._by_id: dict[TenantId, TenantBank] = {}

    def tenant(self, slug: str) -> TenantBank:
        """The tenant of that slug.

        Raises:
            NotFoundError: there is none; `bankcore tenant create` makes one.
        """
        return self.tenant_by_id(self.find_tenant(slug).id)

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
            bank = self._by_id[tenant_id] = TenantBank(tenant_id, self._parts)
        return bank

    def notifications_of(self, tenant_id: TenantId) -> NotificationService:
        """Preferences and deliveries of the users of the tenant with that id, which is known to exist."""
        return notification_service(self.database, tenant_id, key_lifetime=self.settings.key_lifetime)

    def receipts_of(self, tenant: TenantName) -> AuditReceipts:
        """Audit receipts for transactions of that tenant, which is known to exist. Raises: SettingsError."""
        return SqlAuditReceipts(self.database, tenant, self.receipt_keys, SystemClock())

    @cached_property
    def receipt_keys(self) -> SigningKeys:
        """The keys that sign audit receipts, made at the first use. Raises: SettingsError."""
        try:
            return open_receipt_keys(self.installation.keys_dir)
        except (ExposedKeyError, UnusableKeyError) as error:
            raise SettingsError("BANKCORE_DATA_DIR", str(error)) from None

    @cached_property
    def identity(self) -> IdentityDirectory:
        """Users and their tokens, in every tenant; the keys are made at the first use.

        Raises:
            SettingsError: the keys or the cost of a password hash will not do.
        """
        settings = self.settings
        hasher = _hasher(argon2_parameters(settings))
        try:
            keys = KeyRing.open(self.installation.keys_dir)
        except (ExposedKeyError, UnusableKeyError) as error:
            raise SettingsError("BANKCORE_DATA_DIR", str(error)) from None
        return identity_directory(
            IdentityParts(
                database=self.database,
                signals=self.signals,
                keys=keys,
                hasher=hasher,
                limiter=attempt_limiter(self.installation.redis_url),
                ids=RandomIdentifiers(),
                clock=SystemClock(),
                key_lifetime=settings.key_lifetime,
            )
        )

    @cached_property
    def work_parts(self) -> WorkParts:
        """What a worker and a scheduler of this bank are made of.

        Raises:
            SettingsError: there is no broker.
        """
        if self.installation.redis_url is None:
            raise SettingsError("BANKCORE_REDIS_URL", "not set; workers and schedulers meet there")
        return WorkParts(
            database=self.database,
            redis_url=self.installation.redis_url,
            consumers=self.consumers,
            jobs=daily_jobs(self.database),
        )

    @cached_property
    def consumers(self) -> tuple[Consumer, ...]:
        """Everything that follows a committed event. Raises: SettingsError."""
        fraud = FraudProcessor(self.signals, RandomIdentifiers(), key_lifetime=self.settings.key_lifetime)
        return (fraud, notification_processor(self.settings))

    def disconnect(self) -> None:
        """Close connections, after what is still to be recorded, for a bounded time."""
        if not self._attempt_log.wait_until_written(_LAST_RECORDS_S):
            logger.warning("attempts that were not recorded yet are lost")
        if self._doorbell is not None:
            self._doorbell.close()
        self.database.close()

    def close(self) -> None:
        """Disconnect, and stop the embedded servers if this bank started them."""
        self.disconnect()
        self.installation.close()

    def __enter__(self) -> Self:
        """This bank."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()


def argon2_parameters(settings: Settings) -> Argon2Parameters:
    """What one hash of a password costs by the settings. Raises: SettingsError: too little for real passwords."""
    parameters = Argon2Parameters(
        memory_kib=settings.argon2_memory_kib,
        time_cost=settings.argon2_time_cost,
        parallelism=settings.argon2_parallelism,
    )
    try:
        return parameters.require_strong()
    except WeakParametersError as error:
        raise SettingsError("BANKCORE_ARGON2_MEMORY_KIB and _TIME_COST", str(error)) from None


def _hasher(parameters: Argon2Parameters) -> Argon2PasswordHasher:
    try:
        return Argon2PasswordHasher(parameters)
    except HashingError:
        raise SettingsError("BANKCORE_ARGON2_MEMORY_KIB", "this machine does not give that much memory") from None


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
