"""The use cases in memory, where a test moves the clock."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bankcore.errors import LedgerInvariantError, NotFoundError, UnauthenticatedError
from bankcore.identifiers import TenantId, UserId
from bankcore.identity.attempts import AttemptKind
from bankcore.identity.events import (
    IdentityEvent,
    LoggedIn,
    LoginFailed,
    LoginFailure,
    RegistrationRefused,
    UserRegistered,
)
from bankcore.identity.login import LoginRequest
from bankcore.identity.ports import IdentityUnit
from bankcore.identity.principals import TenantName
from bankcore.identity.refusals import EmailTakenError, TokenExpiredError
from bankcore.identity.register import Registered, Registration
from bankcore.identity.sessions import RevokeReason
from bankcore.identity.tokens import TokenPair
from bankcore.identity.users import Role
from bankcore.ledger.commands import OpenAccount
from bankcore.money import Currency
from bankcore.origin import Origin
from bankcore.testing import InMemoryBank, in_memory_bank
from bankcore.testing.identity import InMemoryIdentity, in_memory_identity

PHONE = Origin(actor_type="anonymous", actor_id="anonymous", ip_address="203.0.113.7", user_agent="phone")
PASSWORD = "correct horse battery staple"


@pytest.fixture
def bank() -> InMemoryBank:
    return in_memory_bank()


@pytest.fixture
def identity(bank: InMemoryBank) -> InMemoryIdentity:
    return in_memory_identity(bank)


def events_of_users(bank: InMemoryBank) -> list[IdentityEvent]:
    return [event for event in bank.events if isinstance(event, IdentityEvent)]


def register(identity: InMemoryIdentity, *, key: str | None = None) -> Registered:
    registration = Registration(email="sita@example.com", password=PASSWORD, idempotency_key=key)
    return identity.services.register(registration, origin=PHONE).value


def login(identity: InMemoryIdentity, password: str = PASSWORD) -> TokenPair:
    return identity.services.login(LoginRequest(email="sita@example.com", password=password), origin=PHONE)


def test_events_tell_who_registered_and_logged_in(bank: InMemoryBank, identity: InMemoryIdentity) -> None:
    user = register(identity).user
    login(identity)

    registered, logged_in = events_of_users(bank)
    assert isinstance(registered, UserRegistered)
    assert isinstance(logged_in, LoggedIn)
    assert {event.stamp.origin.actor_id for event in (registered, logged_in)} == {str(user.id)}
    assert {event.stamp.origin.ip_address for event in (registered, logged_in)} == {"203.0.113.7"}


def test_events_tell_what_was_refused_to_whom(bank: InMemoryBank, identity: InMemoryIdentity) -> None:
    register(identity)
    with pytest.raises(UnauthenticatedError):
        login(identity, "not her password")
    with pytest.raises(UnauthenticatedError):
        identity.services.login(LoginRequest(email="nobody@example.com", password=PASSWORD), origin=PHONE)

    known, unknown = events_of_users(bank)[1:]
    assert isinstance(known, LoginFailed)
    assert isinstance(unknown, LoginFailed)
    assert known.user_id is not None
    assert unknown.user_id is None
    assert known.reason is unknown.reason is LoginFailure.WRONG_CREDENTIALS
    assert identity.limiter.counted[1:] == [(AttemptKind.FAILURE, "203.0.113.7")] * 2


def test_an_access_token_is_good_for_ten_minutes_and_a_session_for_thirty_days(
    bank: InMemoryBank, identity: InMemoryIdentity
) -> None:
    register(identity)
    pair = login(identity)
    directory = identity.directory()

    bank.clock.advance(timedelta(minutes=10) - timedelta(seconds=1))
    directory.authenticate(pair.access_token)
    bank.clock.advance(timedelta(seconds=1))
    with pytest.raises(TokenExpiredError):
        directory.authenticate(pair.access_token)

    for _ in range(4):
        bank.clock.advance(timedelta(days=6))
        pair = directory.of_refresh_token(pair.refresh_token).refresh(pair.refresh_token, origin=PHONE)
    bank.clock.advance(timedelta(days=6))
    with pytest.raises(TokenExpiredError):
        identity.services.refresh(pair.refresh_token, origin=PHONE)


def test_a_key_is_forgotten_after_a_day_and_then_the_address_is_taken(
    bank: InMemoryBank, identity: InMemoryIdentity
) -> None:
    register(identity, key="once")
    assert register(identity, key="once").user.email == "sita@example.com"

    bank.clock.advance(timedelta(hours=24))

    with pytest.raises(EmailTakenError):
        register(identity, key="once")
    assert isinstance(events_of_users(bank)[-1], RegistrationRefused)


def test_the_first_answer_is_given_again_though_the_user_has_changed_meanwhile(identity: InMemoryIdentity) -> None:
    first = register(identity, key="once")
    identity.users.change_user(replace(first.user, roles=frozenset({Role.AUDITOR})))

    assert register(identity, key="once").user == first.user


def test_a_remembered_registration_without_its_user_contradicts_itself(identity: InMemoryIdentity) -> None:
    register(identity, key="once")
    identity.users.credentials.clear()

    with pytest.raises(LedgerInvariantError):
        register(identity, key="once")


def test_a_login_replaces_an_outdated_hash(identity: InMemoryIdentity) -> None:
    user = register(identity).user
    identity.hasher.generation = 2

    login(identity)

    assert identity.users.credentials[user.email].password_hash == f"2${PASSWORD}"
    login(identity)


def test_tenants_that_are_not_there_are_not_found(identity: InMemoryIdentity) -> None:
    directory = identity.directory()

    assert directory.at_slug("main").tenant == identity.tenant
    with pytest.raises(NotFoundError):
        directory.at_slug("other")


def test_no_text_form_shows_address_or_password(identity: InMemoryIdentity) -> None:
    registration = Registration(email="sita@example.com", password=PASSWORD)
    request = LoginRequest(email="sita@example.com", password=PASSWORD)
    register(identity)
    pair = login(identity)

    for text in (repr(registration), str(registration), repr(request), repr(pair)):
        assert "sita" not in text
        assert PASSWORD not in text
        assert pair.access_token not in text
        assert pair.refresh_token not in text


def test_claims_of_one_user_on_the_session_of_another_are_refused(identity: InMemoryIdentity) -> None:
    register(identity)
    claims = identity.tokens.verify(login(identity).access_token)
    stranger = replace(claims, user_id=UserId(claims.token_id))

    with pytest.raises(UnauthenticatedError):
        identity.services.authenticate(stranger)
    with pytest.raises(UnauthenticatedError):
        identity.tokens.verify("access-unknown")


def test_claims_of_another_tenant_are_refused(identity: InMemoryIdentity) -> None:
    register(identity)
    claims = identity.tokens.verify(login(identity).access_token)
    elsewhere = replace(claims, tenant=TenantName(TenantId(claims.token_id), "other"))

    with pytest.raises(UnauthenticatedError):
        identity.services.authenticate(elsewhere)


def test_what_a_failed_unit_of_work_did_has_not_happened(identity: InMemoryIdentity, bank: InMemoryBank) -> None:
    def fail(unit: IdentityUnit) -> None:
        unit.ledger.open_account(OpenAccount("sita", Currency.of("NPR")))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        identity.units.run(fail)

    assert bank.snapshot().accounts == ()


def test_an_enclosed_ledger_cannot_rehearse(identity: InMemoryIdentity) -> None:
    command = OpenAccount("sita", Currency.of("NPR"))

    with pytest.raises(LedgerInvariantError):
        identity.units.run(lambda unit: unit.ledger.execute([command], dry_run=True))


def test_a_session_ends_once_and_a_hash_is_replaced_only_if_it_is_still_the_old_one(identity: InMemoryIdentity) -> None:
    user = register(identity).user
    session_id = identity.tokens.verify(login(identity).access_token).session_id

    def change(unit: IdentityUnit) -> None:
        unit.revoke_session(session_id, RevokeReason.LOGOUT)
        unit.revoke_session(session_id, RevokeReason.REUSE)
        unit.replace_password_hash(user.id, old="another one", new="new")

    identity.units.run(change)

    assert identity.users.sessions[session_id].revoke_reason is RevokeReason.LOGOUT
    assert identity.users.credentials[user.email].password_hash == f"1${PASSWORD}"
