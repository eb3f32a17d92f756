"""Guessing passwords: bounded for the account, without a hint, and never for good."""

import math
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from uuid import UUID

import pytest

from bankcore.errors import BankcoreError, ThrottledError, UnauthenticatedError
from bankcore.identifiers import SessionId
from bankcore.identity.attempts import AttemptKind, BackOff
from bankcore.identity.sessions import RefreshToken
from bankcore.origin import Origin
from bankcore_infra.identity.attempt_limiter import MemoryWindows, WindowAttemptLimiter, WindowLimit
from bankcore_infra.identity.pruning import prune_identity
from tests.sizes import sized
from tests.worlds.identity import LAPTOP, PASSWORD, PHONE, IdentityWorld


def guess(identity: IdentityWorld, email: str, number: int, *, origin: Origin = PHONE) -> str:
    try:
        identity.login(email, f"wrong guess {number}", origin=origin)
    except (ThrottledError, UnauthenticatedError) as refusal:
        return refusal.code
    return "in"


def guess_at_once(identity: IdentityWorld, *, email: str, count: int) -> list[str]:
    start = Barrier(count)

    def guess_one(number: int) -> str:
        start.wait()
        return guess(identity, email, number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(guess_one, range(count)))


def test_fifty_guesses_at_once_count_as_fifty(identity: IdentityWorld) -> None:
    patient = identity.with_parts(back_off=BackOff(delays_s=(0,) * 100))
    patient.register()

    codes = guess_at_once(patient, email="sita@example.com", count=50)

    assert codes == ["unauthenticated"] * 50
    assert patient.bank.scratch.scalar("SELECT attempts FROM bankcore.login_attempts") == 50
    assert patient.audited().count(("user.login_failed", "denied")) == 50


@pytest.mark.parametrize("email", ["sita@example.com", "nobody@example.com"])
def test_of_fifty_guesses_at_once_ten_reach_the_hash_whether_or_not_there_is_such_a_user(
    identity: IdentityWorld, email: str
) -> None:
    identity.register()

    codes = guess_at_once(identity, email=email, count=50)

    assert sorted(codes) == ["rate_limited"] * 40 + ["unauthenticated"] * 10
    assert identity.hasher.verified == 10


@pytest.mark.security
def test_guesses_from_a_hundred_addresses_reach_the_hash_ten_times_and_keep_the_user_out_for_a_quarter_of_an_hour(
    identity: IdentityWorld,
) -> None:
    identity.register()
    identity.login(origin=LAPTOP)
    identity.hasher.verified = 0
    began = time.monotonic()

    def guess_from(number: int) -> str:
        stranger = replace(PHONE, ip_address=f"198.51.100.{number % 100}")
        return guess(identity, "sita@example.com", number, origin=stranger)

    with ThreadPoolExecutor(16) as pool:
        codes = list(pool.map(guess_from, range(sized(300, nightly=10_000))))

    # After the ten free ones, a guess is let in whenever a wait of 2, 4, 8... seconds has ended.
    waited_for = int(math.log2((time.monotonic() - began) / 2 + 1))
    assert set(codes) == {"rate_limited", "unauthenticated"}
    assert 10 <= identity.hasher.verified <= 10 + waited_for
    assert codes.count("unauthenticated") == identity.hasher.verified
    identity.login(origin=LAPTOP)
    with pytest.raises(ThrottledError) as caught:
        identity.login(origin=replace(PHONE, ip_address="203.0.113.77"))
    assert caught.value.retry_after_s <= 15 * 60
    aged = "UPDATE bankcore.login_attempts SET (last_at, not_before) = (last_at - a, not_before - a)"
    identity.bank.scratch.execute(f"{aged} FROM (SELECT interval '15 minutes' AS a) AS aging")
    identity.login(origin=replace(PHONE, ip_address="203.0.113.77"))


@pytest.mark.security
def test_one_address_that_tries_a_password_on_many_accounts_is_stopped_after_two_hundred(
    identity: IdentityWorld,
) -> None:
    homes = [replace(PHONE, ip_address=f"2001:db8:7:1::{number:x}") for number in range(1, 5)]

    codes = [guess(identity, f"user-{number}@example.com", 1, origin=homes[number % 4]) for number in range(210)]

    assert codes == ["unauthenticated"] * 200 + ["rate_limited"] * 10
    assert identity.hasher.verified == 200


def test_a_session_goes_on_at_an_address_where_others_have_guessed_too_often(identity: IdentityWorld) -> None:
    limits = {AttemptKind.FAILURE: WindowLimit(2, 600), AttemptKind.REGISTRATION: WindowLimit(9, 600)}
    strict = identity.with_parts(limiter=WindowAttemptLimiter(MemoryWindows(), limits))
    strict.register()
    token = strict.login().refresh_token
    codes = [guess(strict, f"user-{number}@example.com", 1) for number in range(3)]
    stranger = RefreshToken(strict.tenant.id, SessionId(UUID(int=1)), bytes(32)).text

    assert codes == ["unauthenticated"] * 2 + ["rate_limited"]
    assert strict.services.refresh(token, origin=PHONE).refresh_token != token
    with pytest.raises(ThrottledError):
        strict.services.refresh(stranger, origin=PHONE)


def guessed_at(identity: IdentityWorld) -> IdentityWorld:
    """With a user who has logged in at an address from which somebody has guessed too often since."""
    limits = {AttemptKind.FAILURE: WindowLimit(2, 600), AttemptKind.REGISTRATION: WindowLimit(9, 600)}
    strict = identity.with_parts(limiter=WindowAttemptLimiter(MemoryWindows(), limits))
    strict.register()
    strict.login()
    assert [guess(strict, f"user-{number}@example.com", 1) for number in range(3)][-1] == "rate_limited"
    return strict


@pytest.mark.security
def test_who_has_logged_in_at_an_address_gets_in_there_where_others_have_guessed_too_often(
    identity: IdentityWorld,
) -> None:
    strict = guessed_at(identity)
    strict.register("ram@example.com")

    strict.login()

    assert guess(strict, "ram@example.com", 1) == "rate_limited"
    assert guess(strict, "nobody@example.com", 1) == "rate_limited"


@pytest.mark.security
def test_an_account_has_three_attempts_at_an_address_where_others_have_guessed_too_often(
    identity: IdentityWorld,
) -> None:
    strict = guessed_at(identity)

    codes = [guess(strict, "sita@example.com", number) for number in range(5)]

    assert codes == ["unauthenticated"] * 3 + ["rate_limited"] * 2
    with pytest.raises(ThrottledError):
        strict.login()
    strict.login(origin=LAPTOP)


def test_while_an_account_waits_even_the_right_password_waits_and_then_it_is_let_in(identity: IdentityWorld) -> None:
    identity.register()
    for number in range(10):
        guess(identity, "sita@example.com", number)

    with pytest.raises(ThrottledError) as caught:
        identity.login(origin=LAPTOP)

    assert 1 <= caught.value.retry_after_s <= 3
    identity.bank.scratch.execute("UPDATE bankcore.login_attempts SET not_before = now()")
    identity.login(origin=LAPTOP)
    assert identity.bank.scratch.scalar("SELECT max(attempts) FROM bankcore.login_attempts") == 0


def test_the_wait_is_never_longer_than_a_quarter_of_an_hour(identity: IdentityWorld) -> None:
    identity.register()
    guess(identity, "sita@example.com", 1)
    identity.bank.scratch.execute("UPDATE bankcore.login_attempts SET attempts = 1000000")

    guess(identity, "sita@example.com", 2)

    longest = identity.bank.scratch.scalar("SELECT max(not_before - last_at) FROM bankcore.login_attempts")
    assert isinstance(longest, timedelta)
    assert timedelta(0) <= longest - timedelta(minutes=15) < timedelta(seconds=1)


def test_a_known_key_is_no_way_around_the_count(identity: IdentityWorld) -> None:
    identity.register(key="guessable")
    codes = []

    for number in range(12):
        try:
            identity.register(key="guessable", password=f"wrong guess {number}")
        except BankcoreError as refusal:
            codes.append(refusal.code)

    assert codes == ["idempotency_key_reused"] * 10 + ["rate_limited"] * 2


def test_wrong_unknown_and_disabled_look_the_same(identity: IdentityWorld) -> None:
    identity.register()
    identity.register("gita@example.com")
    identity.bank.scratch.execute("UPDATE bankcore.users SET status = 'disabled' WHERE email = 'gita@example.com'")
    refusals = []

    for email, password in (
        ("sita@example.com", "not her password"),
        ("nobody@example.com", PASSWORD),
        ("gita@example.com", PASSWORD),
    ):
        with pytest.raises(UnauthenticatedError) as caught:
            identity.login(email, password)
        refusals.append(caught.value)

    assert refusals == [UnauthenticatedError()] * 3
    assert identity.hasher.verified == 3
    reasons = identity.bank.scratch.rows(
        "SELECT convert_from(body, 'UTF8')::json->>'reason' FROM bankcore.audit_log WHERE action = 'user.login_failed'"
        " ORDER BY id"
    )
    assert [reason for (reason,) in reasons] == ["wrong_credentials", "wrong_credentials", "user_disabled"]


def test_who_guesses_in_step_keeps_nobody_out_of_where_he_has_logged_in_before(identity: IdentityWorld) -> None:
    identity.register()
    identity.login(origin=LAPTOP)

    for number in range(15):
        guess(identity, "sita@example.com", number, origin=PHONE)
        identity.login(origin=LAPTOP)

    assert guess(identity, "sita@example.com", 99, origin=PHONE) == "rate_limited"
    with pytest.raises(ThrottledError):
        identity.login(origin=PHONE)


def test_logins_at_a_known_place_give_strangers_no_more_guesses(identity: IdentityWorld) -> None:
    identity.register()
    identity.login(origin=LAPTOP)
    codes = []

    for number in range(12):
        codes.append(guess(identity, "sita@example.com", number, origin=PHONE))
        identity.login(origin=LAPTOP)

    assert codes == ["unauthenticated"] * 10 + ["rate_limited"] * 2


def test_guesses_at_a_known_place_are_counted_too(identity: IdentityWorld) -> None:
    identity.register()
    identity.login(origin=LAPTOP)

    codes = [guess(identity, "sita@example.com", number, origin=LAPTOP) for number in range(12)]

    assert codes == ["unauthenticated"] * 10 + ["rate_limited"] * 2


def test_a_place_is_known_for_one_user_and_its_neighbours_are_strangers(identity: IdentityWorld) -> None:
    identity.register()
    identity.register("gita@example.com")
    home, same_house = (replace(PHONE, ip_address=f"2001:db8:1:2::{number}") for number in (1, 2))
    neighbour = replace(PHONE, ip_address="2001:db8:1:3::1")
    identity.login(origin=home)
    for email in ("sita@example.com", "gita@example.com"):
        for number in range(10):
            guess(identity, email, number, origin=PHONE)

    identity.login(origin=same_house)
    for email, origin in (("sita@example.com", neighbour), ("gita@example.com", home)):
        with pytest.raises(ThrottledError):
            identity.login(email, origin=origin)


def test_a_clock_that_goes_back_makes_nobody_wait(identity: IdentityWorld) -> None:
    identity.register()
    identity.login()
    for number in range(11):
        guess(identity, "sita@example.com", number, origin=LAPTOP)
    later = "UPDATE bankcore.login_attempts SET (last_at, not_before) = (last_at + a, not_before + a)"
    identity.bank.scratch.execute(f"{later} FROM (SELECT interval '90 s' AS a) AS step")

    identity.login()
    identity.login(origin=LAPTOP)


def test_a_known_place_is_kept_for_a_month_when_old_attempts_go(identity: IdentityWorld) -> None:
    identity.register()
    identity.login(origin=LAPTOP)
    aged = "UPDATE bankcore.login_attempts SET (last_at, not_before) = (last_at - a, not_before - a)"
    kept = []

    for days in (29, 2):
        identity.bank.scratch.execute(f"{aged} FROM (SELECT make_interval(days => {days}) AS a) AS aging")
        prune_identity(identity.bank.database, identity.bank.tenant_id)
        kept.append(identity.count("login_attempts"))

    assert kept == [1, 0]
