"""Identity of a tenant without users, on each adapter."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bankcore.idempotency.answers import Accepted
from bankcore.identity.change_password import PasswordChange
from bankcore.identity.demands import FactorDemands
from bankcore.identity.login import LoginRequest
from bankcore.identity.ports import TokenVerifier
from bankcore.identity.principals import Principal
from bankcore.identity.register import Registered, Registration
from bankcore.identity.services import IdentityServices
from bankcore.identity.tokens import TokenPair
from bankcore.ledger.queries import LedgerQueries
from bankcore.origin import LIBRARY
from bankcore.tenancy.change_setting import ChangeTenantSetting
from bankcore.tenancy.settings import SECOND_FACTOR_ROLES, STEP_UP_MINOR
from bankcore.tenancy.tenants import TenantKind
from bankcore.testing import in_memory_bank
from bankcore.testing.identity import in_memory_identity
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.identity.access_tokens import JwtVerifier
from bankcore_infra.tenancy.store import tenant_settings_units
from tests.worlds.identity import PASSWORD, PHONE, IdentityWorld
from tests.worlds.sql_bank import SqlBank


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityAdapter:
    """A tenant without users on one adapter."""

    services: IdentityServices
    queries: LedgerQueries
    verifier: TokenVerifier
    let_attempts_age: Callable[[timedelta], None]
    let_proofs_age: Callable[[timedelta], None]
    demand: Callable[[str, str], None]
    """What the tenant sets: roles that need a second factor, and amounts that need it anew."""
    suspend: Callable[[], None]
    let_tenant_be: Callable[[TenantKind], None]
    close_registration: Callable[[], None]

    def register(
        self, *, key: str | None = None, email: str = "sita@example.com", password: str = PASSWORD
    ) -> Registered:
        """A new user, or the one that this key has made."""
        return self.ask_to_register(key=key, email=email, password=password).value

    def ask_to_register(
        self, *, key: str | None = None, email: str = "sita@example.com", password: str = PASSWORD
    ) -> Accepted[Registered]:
        """The whole answer."""
        registration = Registration(email=email, password=password, full_name="Sita", idempotency_key=key)
        return self.services.register(registration, origin=PHONE)

    def login(self, password: str = PASSWORD) -> TokenPair:
        """A new session of Sita's."""
        return self.services.login(LoginRequest(email="sita@example.com", password=password), origin=PHONE)

    def change(self, pair: TokenPair, *, current: str = PASSWORD, to: str = "walnut kettle harbour") -> PasswordChange:
        """Another password for the user, asked for in that session."""
        asking = self.authenticate(pair)
        return PasswordChange(user_id=asking.user_id, session_id=asking.session_id, current=current, password=to)

    def authenticate(self, pair: TokenPair) -> Principal:
        """Who acts with the pair's access token."""
        return self.services.authenticate(self.verifier.verify(pair.access_token))


def in_memory_identity_adapter() -> IdentityAdapter:
    bank = in_memory_bank()
    identity = in_memory_identity(bank)

    def let_attempts_age(duration: timedelta) -> None:
        bank.clock.advance(duration)

    def suspend() -> None:
        identity.users.is_tenant_suspended = True

    def let_tenant_be(kind: TenantKind) -> None:
        identity.users.is_tenant_test = kind is TenantKind.TEST

    def close_registration() -> None:
        identity.users.is_registration_open = False

    def demand(roles: str, amounts: str) -> None:
        identity.users.demands = FactorDemands(SECOND_FACTOR_ROLES.read(roles), STEP_UP_MINOR.read(amounts))

    return IdentityAdapter(
        services=identity.services,
        queries=bank.queries,
        verifier=identity.tokens,
        let_attempts_age=let_attempts_age,
        let_proofs_age=let_attempts_age,
        demand=demand,
        suspend=suspend,
        let_tenant_be=let_tenant_be,
        close_registration=close_registration,
    )


def postgresql_identity_adapter(bank: SqlBank, keys_folder: Path) -> IdentityAdapter:
    identity = IdentityWorld.of(bank, keys_folder)

    def let_attempts_age(duration: timedelta) -> None:
        bank.scratch.execute(
            "UPDATE bankcore.login_attempts SET (last_at, not_before) = (last_at - a, not_before - a)"
            " FROM (SELECT %s::interval AS a) AS aging",
            duration,
        )

    def suspend() -> None:
        bank.scratch.execute("UPDATE bankcore.tenants SET status = 'suspended'")

    def let_tenant_be(kind: TenantKind) -> None:
        bank.scratch.execute("UPDATE bankcore.tenants SET kind = %s", kind)

    def close_registration() -> None:
        units = tenant_settings_units(OwnTransactions(bank.database, bank.tenant_id), bank.unit)
        ChangeTenantSetting(units)("registration", "closed", origin=LIBRARY)

    def let_proofs_age(duration: timedelta) -> None:
        bank.scratch.execute("UPDATE bankcore.sessions SET mfa_at = mfa_at - %s::interval", duration)

    def demand(roles: str, amounts: str) -> None:
        units = tenant_settings_units(OwnTransactions(bank.database, bank.tenant_id), bank.unit)
        for setting, value in ((SECOND_FACTOR_ROLES, roles), (STEP_UP_MINOR, amounts)):
            ChangeTenantSetting(units)(setting.name, value, origin=LIBRARY)

    return IdentityAdapter(
        services=identity.services,
        queries=bank.queries,
        verifier=JwtVerifier(identity.parts.keys.signing, identity.parts.clock),
        let_attempts_age=let_attempts_age,
        let_proofs_age=let_proofs_age,
        demand=demand,
        suspend=suspend,
        let_tenant_be=let_tenant_be,
        close_registration=close_registration,
    )
