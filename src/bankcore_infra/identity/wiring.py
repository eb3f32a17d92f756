"""Puts identity together: `identity_of` for one tenant, `identity_directory` for all of them."""

from dataclasses import dataclass, field

from bankcore.clock import Clock
from bankcore.encryption.key_encryption import KeyEncryption
from bankcore.identity.attempts import AttemptLimiter, BackOff
from bankcore.identity.password_proof import PasswordProof
from bankcore.identity.passwords import PasswordHasher
from bankcore.identity.principals import TenantName
from bankcore.identity.second_factors import CodeProof
from bankcore.identity.services import IdentityDirectory, IdentitySecrets, IdentityServices, identity_services
from bankcore.identity.sessions import SessionPolicy
from bankcore.identity.tokens import TokenMint
from bankcore_infra.db.engine import Database
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.encryption.secret_store import SecretStore
from bankcore_infra.identity.access_tokens import JwtIssuer, JwtVerifier
from bankcore_infra.identity.domain_names import IdnaDomainNames
from bankcore_infra.identity.records import identity_records
from bankcore_infra.identity.refresh_secrets import ChainedRefreshSecrets
from bankcore_infra.identity.resets import RESET_PURPOSE, KeyedResetSecrets
from bankcore_infra.identity.tenant_names import SqlTenantNames
from bankcore_infra.identity.unit import IdentityStores, SqlIdentityUnits
from bankcore_infra.keys.key_ring import KeyRing
from bankcore_infra.second_factor.recovery_codes import RandomRecoveryCodes
from bankcore_infra.second_factor.totp import TotpCodes
from bankcore_infra.units import UnitParts


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityParts:
    """What the tenants of one process share. They must share hasher and limiter, or the bounds would multiply."""

    database: Database
    unit: UnitParts
    keys: KeyRing
    hasher: PasswordHasher
    limiter: AttemptLimiter
    clock: Clock
    encryption: KeyEncryption
    session_policy: SessionPolicy = field(default_factory=SessionPolicy)
    back_off: BackOff = field(default_factory=BackOff)


def identity_of(parts: IdentityParts, tenant: TenantName) -> IdentityServices:
    """The use cases of one tenant's users; cheap to make, and safe to share between threads."""
    units = SqlIdentityUnits(
        OwnTransactions(parts.database, tenant.id),
        parts.unit,
        identity_records(parts.keys.keyed_hash("audit-email")),
        stores=IdentityStores(parts.keys.keyed_hash("login-subject"), SecretStore(parts.encryption)),
    )
    secrets = IdentitySecrets(
        ChainedRefreshSecrets(parts.keys.keyed_hash("refresh-successor")),
        KeyedResetSecrets(parts.keys.keyed_hash(RESET_PURPOSE)),
    )
    proof = PasswordProof(
        tenant_id=tenant.id,
        units=units,
        hasher=parts.hasher,
        limiter=parts.limiter,
        ids=parts.unit.ids,
        back_off=parts.back_off,
    )
    mint = TokenMint(tenant=tenant, issuer=JwtIssuer(parts.keys.live), ids=parts.unit.ids, clock=parts.clock)
    codes = CodeProof(TotpCodes(), RandomRecoveryCodes(parts.keys.keyed_hash("recovery-code")))
    return identity_services(proof, codes, IdnaDomainNames(), mint, secrets, parts.session_policy)


def identity_directory(parts: IdentityParts) -> IdentityDirectory:
    """Identity for every tenant of the database, as HTTP takes it."""
    made: dict[TenantName, IdentityServices] = {}

    def services_of(tenant: TenantName) -> IdentityServices:
        services = made.get(tenant)
        if services is None:
            services = made[tenant] = identity_of(parts, tenant)
        return services

    return IdentityDirectory(SqlTenantNames(parts.database), JwtVerifier(parts.keys.live, parts.clock), services_of)
