"""What identity needs from outside: a unit of work over users and sessions, tokens, secrets, and tenants by name."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from bankcore.idempotency.ports import UnitOfWork, Units
from bankcore.identifiers import SessionId, TenantId, UserId
from bankcore.identity.attempts import BackOff
from bankcore.identity.demands import NO_DEMANDS, FactorDemands
from bankcore.identity.emails import Email
from bankcore.identity.principals import AccessClaims, TenantName
from bankcore.identity.resets import PasswordResets
from bankcore.identity.second_factors import SecondFactors
from bankcore.identity.sessions import IssuedToken, RefreshToken, RevokeReason, Session
from bankcore.identity.users import Credentials, Role, User, UserStatus
from bankcore.ledger.service import LedgerService


class SessionOwner(NamedTuple):
    """A session at that instant, by the database's clock, with its user."""

    session: Session
    user: User
    as_of: datetime
    tenant_is_suspended: bool = False
    tenant_is_test: bool = False
    has_second_factor: bool = False
    demands: FactorDemands = NO_DEMANDS


class IdentityUnit(UnitOfWork, Protocol):
    """Users and sessions of one tenant inside one unit of work, and the ledger in the same one."""

    @property
    @abstractmethod
    def ledger(self) -> LedgerService:
        """The tenant's ledger in this same unit of work: what it records is committed with the rest."""

    @property
    @abstractmethod
    def factors(self) -> SecondFactors:
        """The users' second factors in this same unit of work."""

    @property
    @abstractmethod
    def resets(self) -> PasswordResets:
        """Resets of forgotten passwords in this same unit of work."""

    @abstractmethod
    def is_tenant_suspended(self) -> bool:
        """Whether the tenant is suspended at this moment."""

    @abstractmethod
    def is_registration_open(self) -> bool:
        """Whether strangers may become users of this tenant."""

    @abstractmethod
    def add_user(self, credentials: Credentials) -> bool:
        """Add a user; False if the address is taken. Waits for another unit of work that is adding the same one."""

    @abstractmethod
    def find_user(self, user_id: UserId) -> User | None:
        """The user with that id."""

    @abstractmethod
    def find_credentials(self, email: Email) -> Credentials | None:
        """The user with that address."""

    @abstractmethod
    def change_user_status(self, user_id: UserId, status: UserStatus) -> bool:
        """Set the user's status; False if it was this one already."""

    @abstractmethod
    def change_user_roles(self, user_id: UserId, roles: frozenset[Role]) -> bool:
        """Give the user these roles and no others; False if it has them already."""

    @abstractmethod
    def list_users(self, *, before: UserId | None, limit: int) -> Sequence[User]:
        """At most `limit` users, the latest first, made before that one."""

    @abstractmethod
    def list_members(self, *, before: UserId | None, limit: int) -> Sequence[User]:
        """At most `limit` members of the team, the latest first, made before that one."""

    @abstractmethod
    def lock_team(self) -> Sequence[User]:
        """The owners of the team as they are now; until the unit of work ends, nobody else locks the team.

        Raises:
            UnavailableError: another unit of work held it for too long.
        """

    @abstractmethod
    def replace_password_hash(self, user_id: UserId, *, old: str, new: str) -> bool:
        """Store another hash; False if the stored one is no longer `old`."""

    @abstractmethod
    def count_attempt(self, email: Email, back_off: BackOff, *, client: str | None) -> datetime | None:
        """Count one attempt as that user, known or not. Returns the instant to wait for if it comes too soon.

        A client address from which the user has logged in has a count of its own. All others share one, which never
        makes a known address wait. An attempt that comes too soon is not counted. The count is atomic for any number of
        attempts at once. A clock that was set back makes nobody wait.
        """

    @abstractmethod
    def is_known_at(self, email: Email, *, client: str | None) -> bool:
        """Whether that user has logged in from that client address within a month."""

    @abstractmethod
    def clear_attempts(self, email: Email, *, client: str | None) -> None:
        """Reset the count for that client address, and know the address for a month."""

    @abstractmethod
    def add_session(self, session: Session, token: IssuedToken) -> None:
        """Begin a session with its first token."""

    @abstractmethod
    def lock_session(self, session_id: SessionId) -> Session | None:
        """The session as it is now, locked until the unit of work ends.

        Raises:
            UnavailableError: another unit of work held it for too long.
        """

    @abstractmethod
    def find_token(self, digest: bytes) -> IssuedToken | None:
        """The issued token with that digest."""

    @abstractmethod
    def rotate_token(self, used: IssuedToken, successor: IssuedToken) -> None:
        """Mark a token of a locked session as used, and add the one that follows."""

    @abstractmethod
    def list_sessions(self, user_id: UserId, *, before: SessionId | None, limit: int) -> Sequence[Session]:
        """At most `limit` sessions of the user that go on, the latest first, begun before that one."""

    @abstractmethod
    def revoke_sessions(
        self, user_id: UserId, reason: RevokeReason, *, but: SessionId | None = None
    ) -> Sequence[SessionId]:
        """End every session of the user that goes on, but that one. Returns those that ended.

        Raises:
            UnavailableError: another unit of work held one of them for too long.
        """

    @abstractmethod
    def prove_session(self, session_id: SessionId) -> None:
        """Remember that the second factor was proven now in the locked session."""

    @abstractmethod
    def revoke_session(self, session_id: SessionId, reason: RevokeReason) -> None:
        """End a session now; one that has ended already stays as it is."""


class IdentityUnits(Units[IdentityUnit], Protocol):
    """Runs a piece of identity's work in a unit of work of its own, and reads sessions without one."""

    @abstractmethod
    def find_session_owner(self, session_id: SessionId) -> SessionOwner | None:
        """The session and its user, in one round trip, since every request asks for it.

        Raises:
            UnavailableError: they cannot be read at this moment.
        """


class TokenIssuer(Protocol):
    """Signs access tokens."""

    @abstractmethod
    def issue(self, claims: AccessClaims) -> str:
        """Sign the claims as a token."""


class TokenVerifier(Protocol):
    """Reads access tokens, without looking at their sessions."""

    @abstractmethod
    def verify(self, token: str) -> AccessClaims:
        """The claims of a token that one of our keys signed and that is in force.

        Raises:
            TokenExpiredError: it is ours and has expired.
            UnauthenticatedError: it is no such token.
        """


class RefreshSecrets(Protocol):
    """Makes the secrets of refresh tokens."""

    @abstractmethod
    def new_secret(self) -> bytes:
        """256 random bits."""

    @abstractmethod
    def successor_of(self, token: RefreshToken) -> bytes:
        """The secret of the next token: always the same one, which only the server can compute."""


class TenantNames(Protocol):
    """Knows the tenants by both their names."""

    @abstractmethod
    def find_by_slug(self, slug: str) -> TenantName | None:
        """The tenant with that slug."""

    @abstractmethod
    def find_by_id(self, tenant_id: TenantId) -> TenantName | None:
        """The tenant with that id."""

    @abstractmethod
    def is_suspended(self, tenant_id: TenantId) -> bool:
        """Whether that tenant is suspended at this moment. Raises: UnavailableError."""
