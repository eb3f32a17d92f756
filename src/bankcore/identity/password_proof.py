"""Proves a user by password. It is the one place where passwords are compared, so that every guess is counted."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bankcore.errors import ThrottledError, UnauthenticatedError
from bankcore.identifiers import IdentifierSource, TenantId
from bankcore.identity.attempts import AttemptKind, AttemptLimiter, BackOff
from bankcore.identity.emails import Email
from bankcore.identity.events import LoginFailed, LoginFailure
from bankcore.identity.passwords import PasswordHasher
from bankcore.identity.ports import IdentityUnit, IdentityUnits
from bankcore.identity.users import Credentials
from bankcore.origin import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordProof:
    """Compares passwords of one tenant's users, at a bounded rate.

    An unknown user, a disabled one and a wrong password look the same from outside: same answer, time and counting.
    """

    tenant_id: TenantId
    units: IdentityUnits
    hasher: PasswordHasher
    limiter: AttemptLimiter
    ids: IdentifierSource
    back_off: BackOff

    def require(self, email: Email, password: str, *, origin: Origin) -> Credentials:
        """The user of this address and password; the caller clears the count of attempts.

        Raises:
            UnauthenticatedError: no such active user, or not this password.
            ThrottledError: too many attempts on this account from addresses it is not known at, or from this client.
            UnavailableError: too many passwords are being hashed at this moment.
        """
        # Counted before the password is compared, so that of many guesses at once none stays uncounted.
        credentials = self.admit(email, origin=origin)
        is_proven = self.hasher.verify(password, None if credentials is None else credentials.password_hash)
        if credentials is None or not is_proven:
            raise self.refuse(email, credentials, LoginFailure.WRONG_CREDENTIALS, origin)
        if not credentials.user.is_active:
            raise self.refuse(email, credentials, LoginFailure.USER_DISABLED, origin)
        return credentials

    def admit(self, email: Email, *, origin: Origin) -> Credentials | None:
        """Count one attempt to prove to be that user, and give what is known of the user.

        Raises:
            ThrottledError: too many attempts.
        """
        throttled = self._throttled(origin.ip_address)

        def work(unit: IdentityUnit) -> Credentials | timedelta | None:
            back_off = self.back_off
            if throttled is not None:
                # Others at that address have guessed; whoever has proved to be this user there is let try.
                if not unit.is_known_at(email, client=origin.ip_address):
                    raise throttled
                back_off = back_off.among_guesses()
            credentials = unit.find_credentials(email)
            too_soon_until = unit.count_attempt(email, back_off, client=origin.ip_address)
            if too_soon_until is None:
                return credentials
            publish_failure(unit, email, credentials, LoginFailure.THROTTLED, origin)
            return _wait_from(unit.opened_at, too_soon_until)

        admitted = self.units.run(work)
        if isinstance(admitted, timedelta):
            self.limiter.count(AttemptKind.FAILURE, origin.ip_address)
            raise ThrottledError(retry_after_s=admitted.days * 86_400 + admitted.seconds + 1)
        return admitted

    def _throttled(self, client: str | None) -> ThrottledError | None:
        try:
            self.limiter.require_allowed(AttemptKind.FAILURE, client)
        except ThrottledError as throttled:
            return throttled
        return None

    def refuse(
        self, email: Email, credentials: Credentials | None, reason: LoginFailure, origin: Origin
    ) -> UnauthenticatedError:
        """Record that this attempt failed. Returns the error to raise."""
        self.limiter.count(AttemptKind.FAILURE, origin.ip_address)
        self.units.run(lambda unit: publish_failure(unit, email, credentials, reason, origin))
        return UnauthenticatedError()


def publish_failure(
    unit: IdentityUnit, email: Email, credentials: Credentials | None, reason: LoginFailure, origin: Origin
) -> None:
    """Record in this unit of work that an attempt to prove to be that user failed."""
    user_id = None if credentials is None else credentials.user.id
    unit.publish([LoginFailed(unit.new_stamp(origin), user_id, email, reason)])


def _wait_from(now: datetime, until: datetime) -> timedelta:
    return max(until - now, timedelta(0))
