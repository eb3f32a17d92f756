"""What identity promises, whichever adapter keeps the users."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bankcore.errors import (
    NotFoundError,
    ThrottledError,
    UnauthenticatedError,
)
from bankcore.idempotency.answers import Accepted
from bankcore.idempotency.keys import IdempotencyKeyReusedError
from bankcore.identifiers import UserId
from bankcore.identity.create_user import NewUser
from bankcore.identity.emails import Email
from bankcore.identity.login import LoginRequest
from bankcore.identity.refusals import EmailTakenError, RefreshReusedError
from bankcore.identity.register import Registration
from bankcore.identity.users import Role, UserStatus
from tests.contract.identity_adapters import IdentityAdapter
from tests.worlds.identity import LAPTOP, PASSWORD, PHONE


def test_a_registration_opens_an_account_of_the_new_user(identity: IdentityAdapter) -> None:
    registered = identity.register()

    assert identity.queries.get_account(registered.account.id, owner_id=str(registered.user.id)) == registered.account
    assert identity.services.get_user(registered.user.id) == registered.user


def test_a_repeated_registration_is_answered_and_not_repeated(identity: IdentityAdapter) -> None:
    first = identity.register(key="once")

    again = identity.ask_to_register(key="once")

    assert again == Accepted(first, replayed=True)
    assert not identity.ask_to_register(key="once", email="gita@example.com").replayed
    for change in ({"password": "another good one"}, {"email": "SITA@EXAMPLE.COM", "password": "another good one"}):
        with pytest.raises(IdempotencyKeyReusedError):
            identity.register(key="once", **change)


def test_a_key_that_was_used_for_another_name_or_currency_is_refused(identity: IdentityAdapter) -> None:
    identity.register(key="once")

    with pytest.raises(IdempotencyKeyReusedError):
        identity.services.register(
            Registration(email="sita@example.com", password=PASSWORD, currency="USD", idempotency_key="once"),
            origin=PHONE,
        )


def test_a_taken_address_is_refused_and_nothing_is_opened(identity: IdentityAdapter) -> None:
    first = identity.register()

    with pytest.raises(EmailTakenError):
        identity.register(key="other")
    with pytest.raises(EmailTakenError):
        identity.services.create_user(
            NewUser(email="sita@example.com", password=PASSWORD, roles=frozenset({Role.ADMIN})), origin=PHONE
        )

    accounts = identity.queries.list_accounts(owner_id=str(first.user.id), limit=10)
    assert [account.id for account in accounts] == [first.account.id]


def test_a_session_begins_goes_on_and_ends(identity: IdentityAdapter) -> None:
    registered = identity.register()

    first = identity.login()
    second = identity.services.refresh(first.refresh_token, origin=PHONE)
    assert identity.authenticate(second).user_id == registered.user.id

    identity.services.logout(second.refresh_token, origin=PHONE)
    with pytest.raises(UnauthenticatedError):
        identity.authenticate(first)
    with pytest.raises(UnauthenticatedError):
        identity.services.refresh(second.refresh_token, origin=PHONE)


def test_a_lost_answer_can_be_had_again_by_the_same_client_only(identity: IdentityAdapter) -> None:
    identity.register()
    first = identity.login()

    answers = {identity.services.refresh(first.refresh_token, origin=PHONE).refresh_token for _ in range(3)}
    with pytest.raises(RefreshReusedError):
        identity.services.refresh(first.refresh_token, origin=LAPTOP)

    (answer,) = answers
    with pytest.raises(UnauthenticatedError):
        identity.services.refresh(answer, origin=PHONE)


def test_after_ten_wrong_passwords_the_right_one_has_to_wait(identity: IdentityAdapter) -> None:
    identity.register()
    for _ in range(10):
        with pytest.raises(UnauthenticatedError):
            identity.login("not her password")

    with pytest.raises(ThrottledError):
        identity.login()

    identity.let_attempts_age(timedelta(seconds=2))
    identity.login()
    with pytest.raises(UnauthenticatedError):
        identity.login("not her password")
    identity.login()


def test_a_login_from_nowhere_known_makes_no_place_known(identity: IdentityAdapter) -> None:
    identity.register()
    nowhere = replace(PHONE, ip_address=None)
    identity.services.login(LoginRequest(email="sita@example.com", password=PASSWORD), origin=nowhere)
    for _ in range(10):
        with pytest.raises(UnauthenticatedError):
            identity.services.login(LoginRequest(email="sita@example.com", password="not her password"), origin=LAPTOP)

    with pytest.raises(ThrottledError):
        identity.services.login(LoginRequest(email="sita@example.com", password=PASSWORD), origin=nowhere)


def test_a_user_is_known_where_a_login_was_and_nowhere_else(identity: IdentityAdapter) -> None:
    def known_at(email: str, *clients: str | None) -> list[bool]:
        return identity.services.units.run(
            lambda unit: [unit.is_known_at(Email(email), client=client) for client in clients]
        )

    identity.register()
    with pytest.raises(UnauthenticatedError):
        identity.login("not her password")
    before = known_at("sita@example.com", PHONE.ip_address)
    identity.login()

    assert before == [False]
    assert known_at("sita@example.com", PHONE.ip_address, LAPTOP.ip_address, None) == [True, False, False]
    assert known_at("ram@example.com", PHONE.ip_address) == [False]


def test_a_day_without_attempts_starts_the_count_again(identity: IdentityAdapter) -> None:
    for _ in range(2):
        for _ in range(10):
            with pytest.raises(UnauthenticatedError):
                identity.login("not her password")
        identity.let_attempts_age(timedelta(days=1, seconds=1))


def test_a_user_that_is_not_there_is_not_found(identity: IdentityAdapter) -> None:
    with pytest.raises(NotFoundError):
        identity.services.get_user(UserId(identity.services.tenant.id))


def test_who_is_disabled_is_out_until_enabled_again(identity: IdentityAdapter) -> None:
    user_id = identity.register().user.id
    pair = identity.login()
    change = identity.services.change_status

    assert change(user_id, UserStatus.DISABLED, origin=PHONE)
    assert not change(user_id, UserStatus.DISABLED, origin=PHONE)
    with pytest.raises(UnauthenticatedError):
        identity.authenticate(pair)
    with pytest.raises(UnauthenticatedError):
        identity.services.refresh(pair.refresh_token, origin=PHONE)
    with pytest.raises(UnauthenticatedError):
        identity.login()

    assert change(user_id, UserStatus.ACTIVE, origin=PHONE)
    assert identity.authenticate(pair).user_id == user_id
    with pytest.raises(NotFoundError):
        change(UserId(identity.register(email="gita@example.com").account.id), UserStatus.DISABLED, origin=PHONE)


def test_a_refused_registration_says_the_same_again_to_who_repeats_it(identity: IdentityAdapter) -> None:
    identity.register()

    caught = []
    for _ in range(2):
        with pytest.raises(EmailTakenError) as refusal:
            identity.register(key="late")
        caught.append(refusal.value)

    assert [error.replayed for error in caught] == [False, True]
    with pytest.raises(IdempotencyKeyReusedError):
        identity.services.register(
            Registration(email="sita@example.com", password=PASSWORD, idempotency_key="late"), origin=PHONE
        )
