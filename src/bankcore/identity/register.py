"""Register: a new user and a first account, in one unit of work."""

import json
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final

from bankcore.errors import BankcoreError, LedgerInvariantError, UnauthenticatedError
from bankcore.idempotency.answers import Accepted, KeyedTask, Rejected, answer_once
from bankcore.idempotency.keys import IdempotencyKey, IdempotencyKeyReusedError, require_key
from bankcore.identifiers import TenantId, UserId
from bankcore.identity.attempts import AttemptKind
from bankcore.identity.emails import DomainNames, Email, normalize_email
from bankcore.identity.events import RegistrationRefused, UserRegistered
from bankcore.identity.password_proof import PasswordProof
from bankcore.identity.passwords import require_strong_password
from bankcore.identity.ports import IdentityUnit
from bankcore.identity.refusals import EmailTakenError, RegistrationClosedError
from bankcore.identity.registration_codec import decode_registration, encode_registration
from bankcore.identity.users import Credentials, Role, User, UserStatus, require_full_name
from bankcore.ledger.accounts import Account
from bankcore.ledger.commands import OpenAccount
from bankcore.money import Currency
from bankcore.origin import Origin
from bankcore.tenancy.tenants import TenantSuspendedError

DEFAULT_CURRENCY: Final = "NPR"
_INITIAL_ROLES: Final = frozenset({Role.HOLDER})


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """The request to become a user; no text form of it shows the password."""

    email: str
    password: str
    full_name: str | None = None
    currency: str = DEFAULT_CURRENCY
    idempotency_key: str | None = None

    def __repr__(self) -> str:
        """No member is shown, because even the address is personal."""
        return "Registration(...)"


@dataclass(frozen=True, slots=True)
class Registered:
    """The user, and the first account as it was opened."""

    user: User
    account: Account


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """A registration with checked members."""

    tenant_id: TenantId
    user_id: UserId
    email: Email
    full_name: str | None
    currency: Currency
    password_hash: str

    def fingerprint(self) -> bytes:
        """SHA-256 of the request without the password, because a fast hash of a password can be guessed."""
        asked = ["register", self.email, self.full_name, self.currency.code]
        return sha256(json.dumps(asked, separators=(",", ":")).encode()).digest()


@dataclass(frozen=True, slots=True)
class Register:
    """Makes users of one tenant."""

    proof: PasswordProof
    domain_names: DomainNames

    def __call__(self, registration: Registration, *, origin: Origin) -> Accepted[Registered]:
        """Register. A caller that repeats key, request and password gets the first answer again.

        Raises:
            InvalidRequestError: address, password, name or currency is not valid.
            EmailTakenError: somebody is registered with this address.
            TenantSuspendedError: nobody is let in at this moment.
            RegistrationClosedError: users of this tenant are made by its administrators.
            IdempotencyKeyReusedError: the key was used for another request, or with another password.
            IdempotencyInProgressError: the first request with this key is still running.
            ThrottledError: too many registrations from this client.
            UnavailableError: nothing was recorded.
        """
        limiter = self.proof.limiter
        limiter.require_allowed(AttemptKind.REGISTRATION, origin.ip_address)
        email = normalize_email(registration.email, self.domain_names)
        password = require_strong_password(registration.password, email)
        full_name = None if registration.full_name is None else require_full_name(registration.full_name)
        currency = Currency.of(registration.currency)
        key = _key_of(registration.idempotency_key, email)
        limiter.count(AttemptKind.REGISTRATION, origin.ip_address)
        request = _Request(
            tenant_id=self.proof.tenant_id,
            user_id=UserId(self.proof.ids.new_id()),
            email=email,
            full_name=full_name,
            currency=currency,
            password_hash=self.proof.hasher.hash(password),
        )
        answer = answer_once(
            self.proof.units, key, request.fingerprint(), lambda unit: _Registering(unit, request, origin)
        )
        if answer.replayed and key is not None:
            self._require_same_password(key, email, password, origin)
        return answer

    def _require_same_password(self, key: IdempotencyKey, email: Email, password: str, origin: Origin) -> None:
        """A repeated registration needs the same password; else a known key would show an account to a stranger."""
        try:
            self.proof.require(email, password, origin=origin)
        except UnauthenticatedError:
            raise IdempotencyKeyReusedError(idempotency_key=key.value) from None
        self.proof.units.run(lambda unit: unit.clear_attempts(email, client=origin.ip_address))


@dataclass(frozen=True, slots=True)
class _Registering(KeyedTask[Registered]):
    unit: IdentityUnit
    request: _Request
    origin: Origin

    def decide(self) -> Registered | Rejected:
        unit, request = self.unit, self.request
        if unit.is_tenant_suspended():
            # Raised, so that the key stays free until the tenant is resumed.
            raise TenantSuspendedError
        if not unit.is_registration_open():
            raise RegistrationClosedError
        user = User(
            tenant_id=request.tenant_id,
            id=request.user_id,
            email=request.email,
            full_name=request.full_name,
            roles=_INITIAL_ROLES,
            status=UserStatus.ACTIVE,
            created_at=unit.opened_at,
        )
        if not unit.add_user(Credentials(user, request.password_hash)):
            return Rejected(EmailTakenError())
        own_origin = replace(self.origin, actor_type="user", actor_id=str(user.id))
        account = unit.ledger.open_account(
            OpenAccount(owner_id=str(user.id), currency=request.currency), origin=own_origin
        )
        unit.publish([UserRegistered(unit.new_stamp(own_origin), user.id, user.email, user.roles)])
        return Registered(user, account)

    def refused(self, reason: BankcoreError) -> RegistrationRefused:
        return RegistrationRefused(self.unit.new_stamp(self.origin), self.request.email, reason.code)

    def encode(self, value: Registered) -> bytes:
        return encode_registration(value.user, value.account)

    def decode(self, encoded: bytes) -> Registered:
        user_id, account = decode_registration(encoded)
        user = self.unit.find_user(user_id)
        if user is None:
            raise LedgerInvariantError(f"the registration of user {user_id} is remembered, the user is not")
        return Registered(replace(user, roles=_INITIAL_ROLES, status=UserStatus.ACTIVE), account)


def _key_of(value: str | None, email: Email) -> IdempotencyKey | None:
    """The key within the scope of the address, because a new user has no other name yet."""
    if value is None:
        return None
    return IdempotencyKey(f"register:{sha256(email.encode()).hexdigest()}", require_key(value))
