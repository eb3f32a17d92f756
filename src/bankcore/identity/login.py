"""Login: begins a session for a password, and a code if the user has a second factor."""

from dataclasses import dataclass, field, replace
from typing import Final

from bankcore.errors import UnauthenticatedError
from bankcore.identifiers import SessionId
from bankcore.identity.actions import RECOVERY_CODE_USED
from bankcore.identity.attempts import AttemptKind
from bankcore.identity.emails import DomainNames, Email, normalize_email
from bankcore.identity.events import LoggedIn, LoginFailure, SecondFactorChanged
from bankcore.identity.password_proof import PasswordProof, publish_failure
from bankcore.identity.passwords import normalize_password
from bankcore.identity.ports import IdentityUnit, RefreshSecrets
from bankcore.identity.refusals import FactorStep, MfaRequiredError
from bankcore.identity.second_factors import CodeProof, CodeVerdict
from bankcore.identity.sessions import IssuedToken, RefreshToken, Session, SessionPolicy
from bankcore.identity.tokens import TokenMint, TokenPair
from bankcore.identity.users import Credentials
from bankcore.origin import Origin

_FAILURES: Final = {CodeVerdict.MISSING: LoginFailure.CODE_MISSING, CodeVerdict.WRONG: LoginFailure.WRONG_CODE}


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginRequest:
    """The address and password of a login, and the code of a user with a second factor."""

    email: str = field(repr=False)
    password: str = field(repr=False)
    otp: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Begins sessions of one tenant's users."""

    proof: PasswordProof
    codes: CodeProof
    domain_names: DomainNames
    mint: TokenMint
    secrets: RefreshSecrets
    policy: SessionPolicy

    def __call__(self, request: LoginRequest, *, origin: Origin) -> TokenPair:
        """Log in.

        Raises:
            InvalidRequestError: not an address, or not a password of any user.
            UnauthenticatedError: no such user, not this password, or a wrong code; which of them is not told.
            MfaRequiredError: the password is right, and the user has a second factor.
            ThrottledError: too many attempts; even the right password has to wait.
            UnavailableError, OutcomeUnknownError: send it again.
        """
        email = normalize_email(request.email, self.domain_names)
        password = normalize_password(request.password)
        credentials = self.proof.require(email, password, origin=origin)
        better_hash = None
        if self.proof.hasher.is_outdated(credentials.password_hash):
            better_hash = self.proof.hasher.hash(password)
        session_id = SessionId(self.proof.ids.new_id())
        token = RefreshToken(self.proof.tenant_id, session_id, self.secrets.new_secret())

        def work(unit: IdentityUnit) -> CodeVerdict:
            verdict = self.codes.judge(unit.factors, credentials.user.id, request.otp, now=unit.opened_at)
            if not verdict.lets_in:
                publish_failure(unit, email, credentials, _FAILURES[verdict], origin)
                return verdict
            self._begin(unit, credentials, token, origin, verdict)
            if better_hash is not None:
                unit.replace_password_hash(credentials.user.id, old=credentials.password_hash, new=better_hash)
            return verdict

        verdict = self.proof.units.run(work)
        if verdict is CodeVerdict.MISSING:
            raise MfaRequiredError(next_step=FactorStep.SEND_CODE)
        if verdict is CodeVerdict.WRONG:
            self.proof.limiter.count(AttemptKind.FAILURE, origin.ip_address)
            raise UnauthenticatedError
        return self.mint.pair(credentials.user, token)

    def _begin(
        self, unit: IdentityUnit, credentials: Credentials, token: RefreshToken, origin: Origin, verdict: CodeVerdict
    ) -> None:
        user, now = credentials.user, unit.opened_at
        unit.clear_attempts(Email(user.email), client=origin.ip_address)
        session = Session(
            tenant_id=user.tenant_id,
            id=token.session_id,
            user_id=user.id,
            created_at=now,
            expires_at=now + self.policy.lifetime,
            last_used_at=now,
            mfa_at=None if verdict is CodeVerdict.NOT_NEEDED else now,
        )
        first = IssuedToken(digest=token.digest, session_id=session.id, generation=0, issued_at=now)
        unit.add_session(session, first)
        own_origin = replace(origin, actor_type="user", actor_id=str(user.id))
        if verdict is CodeVerdict.RECOVERED:
            unit.publish([SecondFactorChanged(unit.new_stamp(own_origin), RECOVERY_CODE_USED, user.id)])
        unit.publish([LoggedIn(unit.new_stamp(own_origin), user.id, session.id)])
