"""What identity promises, whichever adapter keeps the users."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from bankcore.errors import NotFoundError, ThrottledError, UnauthenticatedError
from bankcore.idempotency.answers import Accepted
from bankcore.idempotency.keys import IdempotencyKeyReusedError
from bankcore.identifiers import UserId
from bankcore.identity.create_user import NewUser
from bankcore.identity.login import LoginRequest
from bankcore.identity.ports import TokenVerifier
from bankcore.identity.principals import Principal
from bankcore.identity.refusals import EmailTakenError, RefreshReusedError
from bankcore.identity.register import Registered, Registration
from bankcore.identity.services import IdentityServices
from bankcore.identity.tokens import TokenPair
from bankcore.identity.users import Role, UserStatus
from bankcore.ledger.queries import LedgerQueries
from bankcore.testing import in_memory_bank
from bankcore.testing.identity import in_memory_identity
from bankcore_infra.identity.access_tokens import JwtVerifier
from tests.worlds.identity import LAPTOP, PASSWORD, PHONE, IdentityWorld
from tests.worlds.sql_bank import SqlBank


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityAdapter:
    """A tenant without users on one adapter."""

    services: IdentityServices
    queries: LedgerQueries
    verifier: TokenVerifier
    let_attempts_age: Callable[[timedelta], None]

    def register(
        self, *, key: str | None = None, email: str = "sita@example.com", password: str = PASSWORD
    ) -> Registered:
        """A new user, or the one that this key has made."""
        return self.ask_to_register(key=key, email=email, password=password).value

    def ask_to_register(
        self, *, key: str | None = None, email: str = "sita@example.com", password: str = PASSWORD
    ) -> Accepted[Registered]:
        """The whole answer."""
        registration = Registration(email=email, password=password, full_name="Sita", idempotency_key=key)
        return self.services.register(registration, origin=PHONE)

    def login(self, password: str = PASSWORD) -> TokenPair:
        """A new session of Sita's."""
        return self.services.login(LoginRequest(email="sita@example.com", password=password), origin=PHONE)

    def authenticate(self, pair: TokenPair) -> Principal:
        """Who acts with the pair's access token."""
        return self.services.authenticate(self.verifier.verify(pair.access_token))


@pytest.fixture(params=["in_memory_adapter", "postgresql_adapter"], ids=["in-memory", "PostgreSQL"])
def adapter(request: pytest.FixtureRequest) -> IdentityAdapter:
    made = request.getfixturevalue(request.param)
    assert isinstance(made, IdentityAdapter)
    return made


@pytest.fixture
def in_memory_adapter() -> IdentityAdapter:
    bank = in_memory_bank()
    identity = in_memory_identity(bank)

    def let_attempts_age(duration: timedelta) -> None:
        bank.clock.advance(duration)

    return IdentityAdapter(
        services=identity.services, queries=bank.queries, verifier=identity.tokens, let_attempts_age=let_attempts_age
    )


@pytest.fixture
def postgresql_adapter(bank: SqlBank, tmp_path: Path) -> IdentityAdapter:
    identity = IdentityWorld.of(bank, tmp_path / "keys")

    def let_attempts_age(duration: timedelta) -> None:
        bank.scratch.execute(
            "UPDATE bankcore.login_attempts SET (last_at, not_before) = (last_at - a, not_before - a)"
            " FROM (SELECT %s::interval AS a) AS aging",
            duration,
        )

    return IdentityAdapter(
        services=identity.services,
        queries=bank.queries,
        verifier=JwtVerifier(identity.parts.keys.signing, identity.parts.clock),
        let_attempts_age=let_attempts_age,
    )


def test_a_registration_opens_an_account_of_the_new_user(adapter: IdentityAdapter) -> None:
    registered = adapter.register()

    assert adapter.queries.get_account(registered.account.id, owner_id=str(registered.user.id)) == registered.account
    assert adapter.services.get_user(registered.user.id) == registered.user


def test_a_repeated_registration_is_answered_and_not_repeated(adapter: IdentityAdapter) -> None:
    first = adapter.register(key="once")

    again = adapter.ask_to_register(key="once")

    assert again == Accepted(first, replayed=True)
    assert not adapter.ask_to_register(key="once", email="gita@example.com").replayed
    for change in ({"password": "another good one"}, {"email": "SITA@EXAMPLE.COM", "password": "another good one"}):
        with pytest.raises(IdempotencyKeyReusedError):
            adapter.register(key="once", **change)


def test_a_key_that_was_used_for_another_name_or_currency_is_refused(adapter: IdentityAdapter) -> None:
    adapter.register(key="once")

    with pytest.raises(IdempotencyKeyReusedError):
        adapter.services.register(
            Registration(email="sita@example.com", password=PASSWORD, currency="USD", idempotency_key="once"),
            origin=PHONE,
        )


def test_a_taken_address_is_refused_and_nothing_is_opened(adapter: IdentityAdapter) -> None:
    first = adapter.register()

    with pytest.raises(EmailTakenError):
        adapter.register(key="other")
    with pytest.raises(EmailTakenError):
        adapter.services.create_user(
            NewUser(email="sita@example.com", password=PASSWORD, roles=frozenset({Role.ADMIN})), origin=PHONE
        )

    accounts = adapter.queries.list_accounts(owner_id=str(first.user.id), limit=10)
    assert [account.id for account in accounts] == [first.account.id]


def test_a_session_begins_goes_on_and_ends(adapter: IdentityAdapter) -> None:
    registered = adapter.register()

    first = adapter.login()
    second = adapter.services.refresh(first.refresh_token, origin=PHONE)
    assert adapter.authenticate(second).user_id == registered.user.id

    adapter.services.logout(second.refresh_token, origin=PHONE)
    with pytest.raises(UnauthenticatedError):
        adapter.authenticate(first)
    with pytest.raises(UnauthenticatedError):
        adapter.services.refresh(second.refresh_token, origin=PHONE)


def test_a_lost_answer_can_be_had_again_by_the_same_client_only(adapter: IdentityAdapter) -> None:
    adapter.register()
    first = adapter.login()

    answers = {adapter.services.refresh(first.refresh_token, origin=PHONE).refresh_token for _ in range(3)}
    with pytest.raises(RefreshReusedError):
        adapter.services.refresh(first.refresh_token, origin=LAPTOP)

    (answer,) = answers
    with pytest.raises(UnauthenticatedError):
        adapter.services.refresh(answer, origin=PHONE)


def test_after_ten_wrong_passwords_the_right_one_has_to_wait(adapter: IdentityAdapter) -> None:
    adapter.register()
    for _ in range(10):
        with pytest.raises(UnauthenticatedError):
            adapter.login("not her password")

    with pytest.raises(ThrottledError):
        adapter.login()

    adapter.let_attempts_age(timedelta(seconds=2))
    adapter.login()
    with pytest.raises(UnauthenticatedError):
        adapter.login("not her password")
    adapter.login()


def test_a_login_from_nowhere_known_makes_no_place_known(adapter: IdentityAdapter) -> None:
    adapter.register()
    nowhere = replace(PHONE, ip_address=None)
    adapter.services.login(LoginRequest(email="sita@example.com", password=PASSWORD), origin=nowhere)
    for _ in range(10):
        with pytest.raises(UnauthenticatedError):
            adapter.services.login(LoginRequest(email="sita@example.com", password="not her password"), origin=LAPTOP)

    with pytest.raises(ThrottledError):
        adapter.services.login(LoginRequest(email="sita@example.com", password=PASSWORD), origin=nowhere)


def test_a_day_without_attempts_starts_the_count_again(adapter: IdentityAdapter) -> None:
    for _ in range(2):
        for _ in range(10):
            with pytest.raises(UnauthenticatedError):
                adapter.login("not her password")
        adapter.let_attempts_age(timedelta(days=1, seconds=1))


def test_a_user_that_is_not_there_is_not_found(adapter: IdentityAdapter) -> None:
    with pytest.raises(NotFoundError):
        adapter.services.get_user(UserId(adapter.services.tenant.id))


def test_who_is_disabled_is_out_until_enabled_again(adapter: IdentityAdapter) -> None:
    user_id = adapter.register().user.id
    pair = adapter.login()
    change = adapter.services.change_status

    assert change(user_id, UserStatus.DISABLED, origin=PHONE)
    assert not change(user_id, UserStatus.DISABLED, origin=PHONE)
    with pytest.raises(UnauthenticatedError):
        adapter.authenticate(pair)
    with pytest.raises(UnauthenticatedError):
        adapter.services.refresh(pair.refresh_token, origin=PHONE)
    with pytest.raises(UnauthenticatedError):
        adapter.login()

    assert change(user_id, UserStatus.ACTIVE, origin=PHONE)
    assert adapter.authenticate(pair).user_id == user_id
    with pytest.raises(NotFoundError):
        change(UserId(adapter.register(email="gita@example.com").account.id), UserStatus.DISABLED, origin=PHONE)


def test_a_refused_registration_says_the_same_again_to_who_repeats_it(adapter: IdentityAdapter) -> None:
    adapter.register()

    caught = []
    for _ in range(2):
        with pytest.raises(EmailTakenError) as refusal:
            adapter.register(key="late")
        caught.append(refusal.value)

    assert [error.replayed for error in caught] == [False, True]
    with pytest.raises(IdempotencyKeyReusedError):
        adapter.services.register(
            Registration(email="sita@example.com", password=PASSWORD, idempotency_key="late"), origin=PHONE
        )
