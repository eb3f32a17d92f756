"""ResetPassword: a user who forgot the password chooses another, with a token that comes by mail."""

from dataclasses import dataclass, field, replace

from bankcore.errors import Unavailability, UnavailableError
from bankcore.identity.attempts import AttemptKind
from bankcore.identity.emails import DomainNames, Email, normalize_email
from bankcore.identity.end_sessions import end_sessions
from bankcore.identity.events import PasswordResetDone, PasswordResetRequested
from bankcore.identity.password_proof import PasswordProof
from bankcore.identity.passwords import require_strong_password
from bankcore.identity.ports import IdentityUnit
from bankcore.identity.resets import (
    RESET_LIFETIME,
    PasswordReset,
    ResetId,
    ResetSecrets,
    ResetToken,
    token_of,
    unusable_token,
)
from bankcore.identity.sessions import RevokeReason
from bankcore.identity.users import Credentials, User
from bankcore.origin import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetConfirmation:
    """The token of the mail, and the password that is to count."""

    token: str = field(repr=False)
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ResetPassword:
    """Lets users of one tenant who can read their mail choose another password."""

    proof: PasswordProof
    domain_names: DomainNames
    secrets: ResetSecrets

    def request(self, email: str, *, origin: Origin) -> None:
        """Let a mail go to that address if an active user has it. Nobody is told whether one has.

        The same is done and recorded for every address, so that answers take the same time. Each address gets a few
        mails in an hour, and the rest is let go by in silence.

        Raises:
            InvalidRequestError: this is no address.
            ThrottledError: too many requests from this client.
            UnavailableError: nothing was recorded.
        """
        limiter = self.proof.limiter
        limiter.require_allowed(AttemptKind.RESET, origin.ip_address)
        address = normalize_email(email, self.domain_names)
        limiter.count(AttemptKind.RESET, origin.ip_address)

        def work(unit: IdentityUnit) -> None:
            known = unit.find_credentials(address)
            self._send(unit, address, None if known is None else known.user, origin)

        self.proof.units.run(work, resubmittable=True)

    def offer(self, unit: IdentityUnit, user: User, *, origin: Origin) -> None:
        """Let such a mail go to a user whom somebody else has made, in this unit of work."""
        self._send(unit, user.email, user, origin)

    def _send(self, unit: IdentityUnit, address: Email, user: User | None, origin: Origin) -> None:
        reset_id = ResetId(self.proof.ids.new_id())
        user_id = None if user is None or not user.is_active else user.id
        reset = PasswordReset(
            id=reset_id,
            user_id=user_id,
            email=address,
            expires_at=unit.opened_at + RESET_LIFETIME,
            digest=token_of(self.secrets, self.proof.tenant_id, reset_id).digest,
        )
        if unit.resets.add_reset(reset):
            unit.publish([PasswordResetRequested(unit.new_stamp(origin), user_id, address, reset_id)])

    def confirm(self, confirmation: ResetConfirmation, *, origin: Origin) -> None:
        """Let that password count from now on. Every session of the user ends, and every other token.

        A second factor stays, and is asked for at the next login.

        Raises:
            InvalidRequestError: the token is not good any more, or the password is not strong enough.
            ThrottledError: too many failures of this client.
            UnavailableError: nothing was recorded.
            OutcomeUnknownError: log in with the new password, or ask for another mail.
        """
        limiter, units = self.proof.limiter, self.proof.units
        limiter.require_allowed(AttemptKind.FAILURE, origin.ip_address)
        token = ResetToken.read(confirmation.token)
        known = units.run(lambda unit: _find_known(unit, token), resubmittable=True)
        if known is None:
            limiter.count(AttemptKind.FAILURE, origin.ip_address)
            raise unusable_token()
        user = known.user
        password_hash = self.proof.hasher.hash(require_strong_password(confirmation.password, user.email))
        own_origin = replace(origin, actor_type="user", actor_id=str(user.id))

        def work(unit: IdentityUnit) -> None:
            # In the order in which a change of the password locks them, too.
            unit.clear_attempts(user.email, client=origin.ip_address)
            end_sessions(unit, user.id, RevokeReason.LOGOUT, own_origin)
            if not unit.replace_password_hash(user.id, old=known.password_hash, new=password_hash):
                raise UnavailableError(reason=Unavailability.CONTENTION)
            if not unit.resets.use_reset(token.reset_id, token.digest):
                raise unusable_token()
            unit.resets.end_resets(user.id)
            unit.publish([PasswordResetDone(unit.new_stamp(own_origin), user.id)])

        units.run(work)


def _find_known(unit: IdentityUnit, token: ResetToken) -> Credentials | None:
    """The user whose password the token may change."""
    user_id = unit.resets.find_resetting(token.reset_id, token.digest)
    user = None if user_id is None else unit.find_user(user_id)
    return None if user is None or not user.is_active else unit.find_credentials(user.email)
