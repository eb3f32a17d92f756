"""Identity in memory: the real use cases, with passwords and tokens that protect nothing and cost nothing."""

from dataclasses import dataclass
from hashlib import sha256
from itertools import count

from bankcore.clock import Clock
from bankcore.errors import UnauthenticatedError
from bankcore.identifiers import TenantId
from bankcore.identity.attempts import AttemptKind, AttemptLimiter, BackOff
from bankcore.identity.emails import DomainNames
from bankcore.identity.password_proof import PasswordProof
from bankcore.identity.passwords import PasswordHasher
from bankcore.identity.ports import RefreshSecrets, TenantNames, TokenIssuer, TokenVerifier
from bankcore.identity.principals import AccessClaims, TenantName
from bankcore.identity.refusals import TokenExpiredError
from bankcore.identity.resets import SECRET_LENGTH, ResetId, ResetSecrets
from bankcore.identity.second_factors import CodeProof
from bankcore.identity.services import IdentityDirectory, IdentitySecrets, IdentityServices, identity_services
from bankcore.identity.sessions import RefreshToken, SessionPolicy
from bankcore.identity.tokens import TokenMint
from bankcore.testing.bank import InMemoryBank
from bankcore.testing.identity_store import InMemoryIdentityUnits, InMemoryUsers
from bankcore.testing.second_factor import CountedOneTimeCodes, CountedRecoveryCodes


class TransparentHasher(PasswordHasher):
    """Hashes nothing: the stored text is the password behind a mark, which `generation` makes outdated."""

    def __init__(self) -> None:
        self.generation = 1

    def hash(self, password: str) -> str:
        return f"{self.generation}${password}"

    def verify(self, password: str, password_hash: str | None) -> bool:
        return password_hash is not None and password_hash.partition("$")[2] == password

    def is_outdated(self, password_hash: str) -> bool:
        return password_hash.partition("$")[0] != str(self.generation)


class RememberedTokens(TokenIssuer, TokenVerifier):
    """Access tokens that say nothing; what each claims is remembered here."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._claims: dict[str, AccessClaims] = {}

    def issue(self, claims: AccessClaims) -> str:
        token = f"access-{claims.token_id}"
        self._claims[token] = claims
        return token

    def verify(self, token: str) -> AccessClaims:
        """What the token stands for; TokenExpiredError, UnauthenticatedError."""
        claims = self._claims.get(token)
        if claims is None:
            raise UnauthenticatedError
        if claims.expires_at <= self._clock.now():
            raise TokenExpiredError
        return claims


class CountedSecrets(RefreshSecrets):
    """Secrets that are the same in every run."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def new_secret(self) -> bytes:
        return sha256(str(next(self._numbers)).encode()).digest()

    def successor_of(self, token: RefreshToken) -> bytes:
        return token.digest


class HashedResetSecrets(ResetSecrets):
    """Secrets of resets that anybody can make."""

    def secret_of(self, tenant_id: TenantId, reset_id: ResetId) -> bytes:
        return sha256(tenant_id.bytes + reset_id.bytes).digest()[:SECRET_LENGTH]


class NoLimit(AttemptLimiter):
    """Lets every client try as often as it wants, and counts."""

    def __init__(self) -> None:
        self.counted: list[tuple[AttemptKind, str | None]] = []

    def require_allowed(self, kind: AttemptKind, client: str | None) -> None:
        """Nothing."""

    def count(self, kind: AttemptKind, client: str | None) -> None:
        self.counted.append((kind, client))


class AsciiDomainNames(DomainNames):
    """Domain names that are ASCII already."""

    def to_ascii(self, domain: str) -> str:
        return domain.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class InMemoryIdentity(TenantNames):
    """One tenant's identity, with the stored users, the hasher and the limiter for a test."""

    tenant: TenantName
    services: IdentityServices
    units: InMemoryIdentityUnits
    tokens: RememberedTokens
    users: InMemoryUsers
    hasher: TransparentHasher
    limiter: NoLimit

    def find_by_slug(self, slug: str) -> TenantName | None:
        return self.tenant if slug == self.tenant.slug else None

    def find_by_id(self, tenant_id: TenantId) -> TenantName | None:
        return self.tenant if tenant_id == self.tenant.id else None

    def is_suspended(self, tenant_id: TenantId) -> bool:
        return tenant_id == self.tenant.id and self.users.is_tenant_suspended

    def directory(self) -> IdentityDirectory:
        """A directory that knows this tenant only, as HTTP takes it."""
        return IdentityDirectory(self, self.tokens, lambda _tenant: self.services)


def in_memory_identity(bank: InMemoryBank, *, slug: str = "main") -> InMemoryIdentity:
    """Identity without users for the tenant of that bank; `bank.clock` moves its time."""
    tenant = TenantName(bank.tenant_id, slug)
    users, hasher, limiter = InMemoryUsers(), TransparentHasher(), NoLimit()
    tokens = RememberedTokens(bank.clock)
    units = InMemoryIdentityUnits(users, bank)
    proof = PasswordProof(
        tenant_id=tenant.id, units=units, hasher=hasher, limiter=limiter, ids=bank.ids, back_off=BackOff()
    )
    mint = TokenMint(tenant=tenant, issuer=tokens, ids=bank.ids, clock=bank.clock)
    codes = CodeProof(CountedOneTimeCodes(), CountedRecoveryCodes())
    secrets = IdentitySecrets(CountedSecrets(), HashedResetSecrets())
    services = identity_services(proof, codes, AsciiDomainNames(), mint, secrets, SessionPolicy())
    return InMemoryIdentity(
        tenant=tenant, services=services, units=units, tokens=tokens, users=users, hasher=hasher, limiter=limiter
    )
