"""Login: begins a session for a password."""

from dataclasses import dataclass, field, replace

from bankcore.identifiers import SessionId
from bankcore.identity.emails import DomainNames, Email, normalize_email
from bankcore.identity.events import LoggedIn
from bankcore.identity.password_proof import PasswordProof
from bankcore.identity.passwords import normalize_password
from bankcore.identity.ports import IdentityUnit, RefreshSecrets
from bankcore.identity.sessions import IssuedToken, RefreshToken, Session, SessionPolicy
from bankcore.identity.tokens import TokenMint, TokenPair
from bankcore.identity.users import Credentials
from bankcore.origin import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginRequest:
    """The address and password of a login."""

    email: str = field(repr=False)
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Begins sessions of one tenant's users."""

    proof: PasswordProof
    domain_names: DomainNames
    mint: TokenMint
    secrets: RefreshSecrets
    policy: SessionPolicy

    def __call__(self, request: LoginRequest, *, origin: Origin) -> TokenPair:
        """Log in.

        Raises:
            InvalidRequestError: not an address, or not a password of any user.
            UnauthenticatedError: no such user, or not this password; which of the two is not told.
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

        def work(unit: IdentityUnit) -> None:
            self._begin(unit, credentials, token, origin)
            if better_hash is not None:
                unit.replace_password_hash(credentials.user.id, old=credentials.password_hash, new=better_hash)

        self.proof.units.run(work)
        return self.mint.pair(credentials.user, token)

    def _begin(self, unit: IdentityUnit, credentials: Credentials, token: RefreshToken, origin: Origin) -> None:
        user, now = credentials.user, unit.opened_at
        unit.clear_attempts(Email(user.email), client=origin.ip_address)
        session = Session(
            tenant_id=user.tenant_id,
            id=token.session_id,
            user_id=user.id,
            created_at=now,
            expires_at=now + self.policy.lifetime,
            last_used_at=now,
        )
        first = IssuedToken(digest=token.digest, session_id=session.id, generation=0, issued_at=now)
        unit.add_session(session, first)
        own_origin = replace(origin, actor_type="user", actor_id=str(user.id))
        unit.publish([LoggedIn(unit.new_stamp(own_origin), user.id, session.id)])
