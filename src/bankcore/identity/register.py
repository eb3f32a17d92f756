"""Register: a new user and a first account, in one unit of work."""

import json
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final, NamedTuple

from bankcore.errors import BankcoreError, LedgerInvariantError, UnauthenticatedError
from bankcore.idempotency.keys import (
    IdempotencyInProgressError,
    IdempotencyKey,
    IdempotencyKeyReusedError,
    InProgress,
    KeyRecord,
    require_key,
)
from bankcore.identifiers import UserId
from bankcore.identity.attempts import AttemptKind
from bankcore.identity.emails import DomainNames, Email, normalize_email
from bankcore.identity.events import RegistrationRefused, UserRegistered
from bankcore.identity.password_proof import PasswordProof
from bankcore.identity.passwords import require_strong_password
from bankcore.identity.ports import IdentityUnit
from bankcore.identity.refusals import EmailTakenError
from bankcore.identity.registration_codec import decode_registration, encode_registration
from bankcore.identity.users import Credentials, Role, User, UserStatus, require_full_name
from bankcore.ledger.accounts import Account
from bankcore.ledger.commands import OpenAccount
from bankcore.money import Currency
from bankcore.origin import Origin

DEFAULT_CURRENCY: Final = "NPR"
_INITIAL_ROLES: Final = frozenset({Role.HOLDER})


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What somebody asks who wants to become a user; the password appears in no text form of this."""

    email: str
    password: str
    full_name: str | None = None
    currency: str = DEFAULT_CURRENCY
    idempotency_key: str | None = None

    def __repr__(self) -> str:
        """Nothing of it: even the address is personal."""
        return "Registration(...)"


@dataclass(frozen=True, slots=True)
class Registered:
    """The user and the first account as it was opened; `replayed` marks the answer to an earlier, equal request."""

    user: User
    account: Account
    replayed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """A registration whose every part is checked."""

    email: Email
    full_name: str | None
    currency: Currency
    password_hash: str
    key: IdempotencyKey | None

    @property
    def fingerprint(self) -> bytes:
        """SHA-256 of what is asked; the password is left out, since a fast hash of it would give it away."""
        asked = ["register", self.email, self.full_name, self.currency.code]
        return sha256(json.dumps(asked, separators=(",", ":")).encode()).digest()


class _Refused(NamedTuple):
    reason: BankcoreError


@dataclass(frozen=True, slots=True)
class Register:
    """Makes users of one tenant."""

    proof: PasswordProof
    domain_names: DomainNames

    def __call__(self, registration: Registration, *, origin: Origin) -> Registered:
        """Register, or give the first answer again to who repeats key, request and password.

        Raises:
            InvalidRequestError: address, password, name or currency will not do.
            EmailTakenError: somebody is registered with this address.
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
            email=email,
            full_name=full_name,
            currency=currency,
            password_hash=self.proof.hasher.hash(password),
            key=key,
        )
        answer = self.proof.units.run(lambda unit: self._record(unit, request, origin), resubmittable=key is not None)
        if isinstance(answer, _Refused):
            raise answer.reason
        if answer.replayed and key is not None:
            self._require_same_password(key, email, password, origin)
        return answer

    def _record(self, unit: IdentityUnit, request: _Request, origin: Origin) -> Registered | _Refused:
        if request.key is None:
            return self._add(unit, request, origin)
        claim = unit.claim_keys([request.key])[request.key]
        if claim is None:
            return self._add(unit, request, origin)
        if isinstance(claim, InProgress):
            return _Refused(IdempotencyInProgressError(idempotency_key=request.key.value))
        if claim.fingerprint != request.fingerprint:
            return self._refuse(unit, request, IdempotencyKeyReusedError(idempotency_key=request.key.value), origin)
        return _replay(unit, claim)

    def _add(self, unit: IdentityUnit, request: _Request, origin: Origin) -> Registered | _Refused:
        user = User(
            tenant_id=self.proof.tenant_id,
            id=UserId(self.proof.ids.new_id()),
            email=request.email,
            full_name=request.full_name,
            roles=_INITIAL_ROLES,
            status=UserStatus.ACTIVE,
            created_at=unit.opened_at,
        )
        if not unit.add_user(Credentials(user, request.password_hash)):
            return self._refuse(unit, request, EmailTakenError(), origin)
        own_origin = replace(origin, actor_type="user", actor_id=str(user.id))
        account = unit.ledger.open_account(
            OpenAccount(owner_id=str(user.id), currency=request.currency), origin=own_origin
        )
        unit.publish([UserRegistered(unit.new_stamp(own_origin), user.id, user.email, user.roles)])
        if request.key is not None:
            answer = encode_registration(user, account)
            unit.store_outcomes(
                [KeyRecord(request.key, request.fingerprint, answer, unit.opened_at + unit.key_lifetime)]
            )
        return Registered(user, account)

    def _refuse(self, unit: IdentityUnit, request: _Request, reason: BankcoreError, origin: Origin) -> _Refused:
        unit.publish([RegistrationRefused(unit.new_stamp(origin), request.email, reason.code)])
        return _Refused(reason)

    def _require_same_password(self, key: IdempotencyKey, email: Email, password: str, origin: Origin) -> None:
        """Who repeats a registration proves to be who made it; else a known key would show an account to a stranger."""
        try:
            self.proof.require(email, password, origin=origin)
        except UnauthenticatedError:
            raise IdempotencyKeyReusedError(idempotency_key=key.value) from None
        self.proof.units.run(lambda unit: unit.clear_attempts(email, client=origin.ip_address))


def _key_of(value: str | None, email: Email) -> IdempotencyKey | None:
    """The key within the scope of the address, because who registers has no other name yet."""
    if value is None:
        return None
    return IdempotencyKey(f"register:{sha256(email.encode()).hexdigest()}", require_key(value))


def _replay(unit: IdentityUnit, record: KeyRecord) -> Registered:
    user_id, account = decode_registration(record.outcome)
    user = unit.find_user(user_id)
    if user is None:
        raise LedgerInvariantError(f"the registration of user {user_id} is remembered, the user is not")
    return Registered(replace(user, roles=_INITIAL_ROLES, status=UserStatus.ACTIVE), account, replayed=True)
