"""What identity needs from outside: a unit of work over users and sessions, tokens, secrets, and tenants by name."""

from abc import abstractmethod
from datetime import datetime
from typing import NamedTuple, Protocol

from bankcore.idempotency.ports import UnitOfWork, Units
from bankcore.identifiers import SessionId, TenantId, UserId
from bankcore.identity.attempts import BackOff
from bankcore.identity.emails import Email
from bankcore.identity.principals import AccessClaims, TenantName
from bankcore.identity.sessions import IssuedToken, RefreshToken, RevokeReason, Session
from bankcore.identity.users import Credentials, User
from bankcore.ledger.service import LedgerService


class SessionOwner(NamedTuple):
    """A session as it was at that instant, by the database's clock, and whose it is."""

    session: Session
    user: User
    as_of: datetime


class IdentityUnit(UnitOfWork, Protocol):
    """Users and sessions of one tenant inside one unit of work, and the ledger in the same one."""

    @property
    @abstractmethod
    def ledger(self) -> LedgerService:
        """The tenant's ledger in this same unit of work: what it records is committed with the rest."""

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
    def replace_password_hash(self, user_id: UserId, *, old: str, new: str) -> None:
        """Store another hash of the same password, unless the stored one is no longer `old`."""

    @abstractmethod
    def count_attempt(self, email: Email, back_off: BackOff, *, client: str | None) -> datetime | None:
        """Count one attempt to prove to be that user, known or not; the instant to wait for if it comes too soon.

        A client address from which the user has proven to be who he is has a count of its own; all others share one,
        which never makes those wait. What comes too soon is not counted. Atomic: of any number at once, each is counted
        or comes too soon. A clock that went back makes nobody wait.
        """

    @abstractmethod
    def clear_attempts(self, email: Email, *, client: str | None) -> None:
        """Start the count again that an attempt from there has, and know the address from now on for a month."""

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
        """The claims as a signed token."""


class TokenVerifier(Protocol):
    """Reads access tokens; whether the session still lives is another question."""

    @abstractmethod
    def verify(self, token: str) -> AccessClaims:
        """What a token says that one of our keys has signed and that is in force.

        Raises:
            TokenExpiredError: ours, but its time is over.
            UnauthenticatedError: anything else.
        """


class RefreshSecrets(Protocol):
    """Makes the secrets of refresh tokens."""

    @abstractmethod
    def new_secret(self) -> bytes:
        """256 random bits."""

    @abstractmethod
    def successor_of(self, token: RefreshToken) -> bytes:
        """The secret of the token that follows: always the same one, and nobody else can compute it."""


class TenantNames(Protocol):
    """Knows the tenants by both their names."""

    @abstractmethod
    def find_by_slug(self, slug: str) -> TenantName | None:
        """The tenant with that slug."""

    @abstractmethod
    def find_by_id(self, tenant_id: TenantId) -> TenantName | None:
        """The tenant with that id."""
