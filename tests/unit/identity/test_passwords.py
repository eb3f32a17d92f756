from threading import Event, Thread

import argon2
import pytest

from bankcore.errors import InvalidRequestError, UnavailableError
from bankcore.identity.common_passwords import is_common
from bankcore.identity.emails import Email
from bankcore.identity.passwords import normalize_password, require_strong_password
from bankcore_infra.identity.argon2_hasher import Argon2Parameters, Argon2PasswordHasher, WeakParametersError

EMAIL = Email("sita@example.com")
CHEAP = Argon2Parameters(memory_kib=8, time_cost=1, parallelism=1)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "Passw0rd!Passw0rd!",
        "s3cret-passw0rd",
        "namaste-दुनिया",
        "        x",
        "x" * 1_024,
    ],
)
def test_a_long_or_uncommon_password_will_do(password: str) -> None:
    if password != "x" * 1_024:
        assert require_strong_password(password, EMAIL) == password
    assert len(normalize_password(password)) == len(password)


@pytest.mark.parametrize(
    "password",
    [
        "",
        "1234567",
        "password",
        "PassWord123",
        "qwertyuiop",
        "QWERTYUI",
        "1q2w3e4r",
        "aaaaaaaaaaaa",
        "abababababab",
        "87654321",
        "sita@example.com",
        "x" * 1_025,
        "lone surrogate \ud800",
        "a NUL \x00 inside",
    ],
)
def test_a_password_that_is_tried_first_or_cannot_be_used_is_refused(password: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        require_strong_password(password, EMAIL)

    assert caught.value.pointer == "/password"


def test_the_name_before_the_at_sign_is_no_password() -> None:
    with pytest.raises(InvalidRequestError):
        require_strong_password("Sita.Sharma", Email("sita.sharma@example.com"))


def test_accents_typed_in_two_ways_are_one_password() -> None:
    assert normalize_password("cafe\u0301 au lait") == normalize_password("caf\u00e9 au lait")


def test_common_passwords_are_known_whatever_their_capitals() -> None:
    assert is_common("LETMEIN123")
    assert is_common("Sunshine1")
    assert not is_common("sunshine over the himalaya")


@pytest.mark.parametrize(
    ("time_cost", "memory_kib", "parallelism"),
    [(1, 47_103, 4), (2, 19_455, 4), (3, 12_287, 4), (9, 12_287, 4), (0, 65_536, 4), (3, 65_536, 0)],
)
def test_parameters_below_the_floor_are_refused(time_cost: int, memory_kib: int, parallelism: int) -> None:
    weak = Argon2Parameters(time_cost=time_cost, memory_kib=memory_kib, parallelism=parallelism)

    with pytest.raises(WeakParametersError):
        weak.require_strong()


def test_the_default_is_the_second_recommendation_of_the_standard() -> None:
    password_hash = Argon2PasswordHasher(Argon2Parameters().require_strong()).hash("correct horse")

    assert password_hash.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_a_password_is_verified_against_its_own_hash_only() -> None:
    hasher = Argon2PasswordHasher(CHEAP)
    password_hash = hasher.hash("correct horse")

    assert hasher.verify("correct horse", password_hash)
    assert not hasher.verify("correct horse!", password_hash)
    assert not hasher.verify("nobody has this password", None)
    assert not hasher.verify("correct horse", "not a hash")
    assert not hasher.verify("\ud800", password_hash)
    assert hasher.hash("correct horse") != password_hash


def test_a_hash_of_other_parameters_is_outdated() -> None:
    old = argon2.PasswordHasher(time_cost=2, memory_cost=8, parallelism=1).hash("correct horse")
    hasher = Argon2PasswordHasher(CHEAP)

    assert hasher.is_outdated(old)
    assert hasher.verify("correct horse", old)
    assert not hasher.is_outdated(hasher.hash("correct horse"))


def test_whoever_would_wait_too_long_for_a_hash_is_sent_away() -> None:
    hasher = Argon2PasswordHasher(CHEAP, concurrent_max=1, wait_s=0.01)
    taken, leave = Event(), Event()

    def occupy() -> None:
        with hasher.slot():
            taken.set()
            leave.wait(10)

    occupant = Thread(target=occupy)
    occupant.start()
    taken.wait(10)

    with pytest.raises(UnavailableError):
        hasher.hash("correct horse")
    leave.set()
    occupant.join()
    assert hasher.verify("correct horse", hasher.hash("correct horse"))
