"""Registering: user and account together, once, whatever happens in between."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import psycopg
import pytest

from bankcore.errors import InvalidRequestError, UnavailableError
from bankcore.idempotency.answers import Accepted
from bankcore.idempotency.keys import IdempotencyInProgressError
from bankcore.identity.refusals import EmailTakenError
from bankcore.identity.register import Registered
from bankcore.ledger.events import LedgerEvent
from bankcore_infra.db.tenant_connection import TenantConnection
from tests.worlds.identity import PASSWORD, IdentityWorld


def test_a_registration_makes_a_user_and_an_account_of_that_user(identity: IdentityWorld) -> None:
    answer = identity.ask_to_register("Sita.Sharma@Example.COM")

    registered = answer.value
    account = identity.bank.queries.get_account(registered.account.id)
    assert account.owner_id == str(registered.user.id)
    assert account.currency.code == "NPR"
    assert registered.user.email == "sita.sharma@example.com"
    assert not answer.replayed
    assert ("user.registered", "success") in identity.audited()
    assert ("account.opened", "success") in identity.audited()


def test_the_password_is_stored_as_argon2id_and_the_address_not_at_all_in_the_audit_log(
    identity: IdentityWorld,
) -> None:
    identity.register()

    password_hash = identity.bank.scratch.scalar("SELECT password_hash FROM bankcore.users")
    bodies = identity.bank.scratch.rows("SELECT body FROM bankcore.audit_log")
    assert str(password_hash).startswith("$argon2id$")
    assert not any(b"sita" in bytes(body) for (body,) in bodies if isinstance(body, bytes))


def test_a_connection_that_dies_between_user_and_account_leaves_neither(identity: IdentityWorld) -> None:
    def die(connection: TenantConnection, events: object) -> None:
        pid = connection.sql.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        with identity.bank.scratch.connection() as superuser:
            superuser.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))

    identity.bank.signals.on_recorded(die)

    with pytest.raises(UnavailableError):
        identity.register(key="first")

    assert [identity.count(table) for table in ("users", "accounts", "idempotency_keys", "audit_log")] == [0, 0, 0, 0]


def test_listeners_hear_of_the_account_only_after_the_commit(identity: IdentityWorld) -> None:
    seen: list[int] = []

    def look(events: object) -> None:
        seen.append(identity.count("accounts"))

    identity.bank.signals.on_committed(look)

    identity.register()

    assert seen == [2]


def test_two_tenants_have_users_of_the_same_address(identity: IdentityWorld, other_identity: IdentityWorld) -> None:
    identity.register()

    other = other_identity.register()

    assert other.user.tenant_id == other_identity.tenant.id


@pytest.mark.parametrize("same_key", [True, False])
def test_of_eight_at_once_for_one_address_one_wins(identity: IdentityWorld, same_key: bool) -> None:  # noqa: FBT001
    start = Barrier(8)

    def register(number: int) -> Accepted[Registered] | Exception:
        start.wait()
        try:
            return identity.ask_to_register(key="same" if same_key else f"key-{number}")
        except (EmailTakenError, IdempotencyInProgressError) as refusal:
            return refusal

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(register, range(8)))

    new = [outcome for outcome in outcomes if isinstance(outcome, Accepted) and not outcome.replayed]
    assert len(new) == 1
    assert all(not isinstance(outcome, EmailTakenError) for outcome in outcomes) or not same_key
    assert (identity.count("users"), identity.count("accounts")) == (1, 2)


@pytest.mark.parametrize("password", ["short", "password123", "sita@example.com", "12345678", "x" * 1_025])
def test_a_weak_password_is_refused_before_anything_is_written(identity: IdentityWorld, password: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        identity.register(password=password)

    assert caught.value.pointer == "/password"
    assert password not in str(caught.value)
    assert identity.count("users") == 0


def test_the_application_role_cannot_delete_users_or_rewrite_who_they_are(identity: IdentityWorld) -> None:
    identity.register()
    attacks = (
        "DELETE FROM bankcore.users",
        "TRUNCATE bankcore.users CASCADE",
        "UPDATE bankcore.users SET email = 'x@example.com'",
        "UPDATE bankcore.sessions SET user_id = gen_random_uuid()",
        "UPDATE bankcore.refresh_tokens SET digest = '\\x00'",
        "TRUNCATE bankcore.sessions CASCADE",
        "TRUNCATE bankcore.refresh_tokens",
        "TRUNCATE bankcore.login_attempts",
    )

    for attack in attacks:
        with (
            identity.bank.scratch.connection("bankcore_app") as connection,
            connection.transaction(force_rollback=True),
        ):
            connection.execute("SELECT set_config('bankcore.tenant_id', %s, true)", (str(identity.tenant.id),))
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(attack.encode())


def test_the_auditor_cannot_read_hashes_or_addresses(identity: IdentityWorld) -> None:
    for column in ("password_hash", "email", "full_name"):
        with (
            identity.bank.scratch.connection("bankcore_auditor") as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(f"SELECT {column} FROM bankcore.users".encode())


def test_the_first_event_of_an_account_names_the_new_user_as_actor(identity: IdentityWorld) -> None:
    events: list[LedgerEvent] = []
    identity.bank.signals.on_committed(events.extend)

    registered = identity.register()

    assert [event.stamp.origin.actor_id for event in events] == [str(registered.user.id)]
    assert identity.login(password=PASSWORD).expires_in_s == 600


def test_every_refusal_is_recorded_once_and_a_repeated_one_is_not_recorded_again(identity: IdentityWorld) -> None:
    identity.register(key="once")

    for email, key in (("sita@example.com", "late"), ("sita@example.com", "late"), ("sita@example.com", None)):
        with pytest.raises(EmailTakenError):
            identity.register(email, key=key)

    assert identity.audited().count(("user.registration_refused", "rejected")) == 2
    assert identity.count("users") == 1
