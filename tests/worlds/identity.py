"""Identity of one tenant on a real database, put together as in production but with hashes that cost nothing."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Self

from bankcore.idempotency.answers import Accepted
from bankcore.identity.login import LoginRequest
from bankcore.identity.principals import TenantName
from bankcore.identity.register import Registered, Registration
from bankcore.identity.services import IdentityServices
from bankcore.identity.tokens import TokenPair
from bankcore.origin import Origin
from bankcore_infra.clock import SystemClock
from bankcore_infra.encryption.local_keys import LocalKeys
from bankcore_infra.identity.argon2_hasher import Argon2Parameters, Argon2PasswordHasher
from bankcore_infra.identity.attempt_limiter import attempt_limiter
from bankcore_infra.identity.wiring import IdentityParts, identity_of
from bankcore_infra.keys.key_ring import KeyRing
from tests.worlds.sql_bank import SqlBank

CHEAP: Final = Argon2Parameters(memory_kib=8, time_cost=1, parallelism=1)
PASSWORD: Final = "correct horse battery staple"
PHONE: Final = Origin(actor_type="anonymous", actor_id="anonymous", ip_address="203.0.113.7", user_agent="phone")
LAPTOP: Final = Origin(actor_type="anonymous", actor_id="anonymous", ip_address="203.0.113.8", user_agent="laptop")


class CountingHasher(Argon2PasswordHasher):
    """Argon2 that tells how many guesses reached it."""

    def __init__(self) -> None:
        super().__init__(CHEAP, concurrent_max=64)
        self.verified = 0

    def verify(self, password: str, password_hash: str | None) -> bool:
        self.verified += 1
        return super().verify(password, password_hash)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityWorld:
    """One tenant's identity, and the bank it belongs to."""

    bank: SqlBank
    parts: IdentityParts
    tenant: TenantName
    services: IdentityServices
    hasher: CountingHasher
    keys_folder: Path

    @classmethod
    def of(cls, bank: SqlBank, keys_folder: Path, *, slug: str = "main") -> Self:
        """Identity for that bank, with keys in that folder."""
        hasher = CountingHasher()
        parts = IdentityParts(
            database=bank.database,
            unit=bank.unit,
            keys=KeyRing.open(keys_folder),
            hasher=hasher,
            limiter=attempt_limiter(None),
            clock=SystemClock(),
            encryption=LocalKeys(keys_folder),
        )
        tenant = TenantName(bank.tenant_id, slug)
        return cls(
            bank=bank,
            parts=parts,
            tenant=tenant,
            services=identity_of(parts, tenant),
            hasher=hasher,
            keys_folder=keys_folder,
        )

    def with_parts(self, **changes: object) -> Self:
        """The same tenant, put together with other parts."""
        parts = replace(self.parts, **changes)  # type: ignore[arg-type] # the names are those of the parts
        return replace(self, parts=parts, services=identity_of(parts, self.tenant))

    def register(
        self, email: str = "sita@example.com", *, key: str | None = None, password: str = PASSWORD
    ) -> Registered:
        """A new user."""
        return self.ask_to_register(email, key=key, password=password).value

    def ask_to_register(
        self, email: str = "sita@example.com", *, key: str | None = None, password: str = PASSWORD
    ) -> Accepted[Registered]:
        """The whole answer to who wants to be a new user."""
        return self.services.register(
            Registration(email=email, password=password, full_name="Sita", idempotency_key=key), origin=PHONE
        )

    def login(self, email: str = "sita@example.com", password: str = PASSWORD, *, origin: Origin = PHONE) -> TokenPair:
        """A new session."""
        return self.services.login(LoginRequest(email=email, password=password), origin=origin)

    def count(self, table: str) -> int:
        """How many rows a table has, of all tenants."""
        (count,) = self.bank.scratch.row(f"SELECT count(*)::int FROM bankcore.{table}")
        assert isinstance(count, int)
        return count

    def audited(self) -> list[tuple[str, str]]:
        """Action and outcome of every audit record, in the order of their ids."""
        rows = self.bank.scratch.rows("SELECT action, outcome FROM bankcore.audit_log ORDER BY id")
        return [(str(action), str(outcome)) for action, outcome in rows]
