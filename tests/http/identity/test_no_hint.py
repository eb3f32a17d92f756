"""Nobody learns from an answer, or from how long it takes, whether a user is there, waits or is disabled."""

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Final

import pytest
from werkzeug.test import TestResponse

from bankcore.identity.attempts import AttemptKind
from bankcore_infra.identity.argon2_hasher import Argon2Parameters, Argon2PasswordHasher
from bankcore_infra.identity.attempt_limiter import MemoryWindows, WindowAttemptLimiter, WindowLimit
from tests.http.identity.conftest import Door, open_door
from tests.sizes import sized
from tests.worlds.identity import PASSWORD, IdentityWorld
from tests.worlds.samples import chance_of_one_source, times_of, told_apart
from tests.worlds.sql_bank import SqlBank

pytestmark = [pytest.mark.security, pytest.mark.timeout(300)]

SAMPLES: Final = sized(20, nightly=300)
ACTIVE: Final = "active@example.com"
DISABLED: Final = "disabled@example.com"
UNKNOWN: Final = "unknown@example.com"
WRONG: Final = "not the password"
_WEAKEST: Final = Argon2Parameters(memory_kib=19_456, time_cost=2, parallelism=1)
"""The least that is allowed, since a longer hash would hide more of the rest."""
_FREE: Final = WindowLimit(10**6, 600)


@pytest.fixture
def door(bank: SqlBank, tmp_path: Path) -> Door:
    """A door whose users are active or disabled, and at which no address is stopped."""
    free = WindowAttemptLimiter(MemoryWindows(), dict.fromkeys(AttemptKind, _FREE))
    world = IdentityWorld.of(bank, tmp_path / "keys").with_parts(hasher=Argon2PasswordHasher(_WEAKEST), limiter=free)
    opened = open_door(world)
    for number, email in enumerate((ACTIVE, DISABLED)):
        assert opened.register({"email": email}, key=str(number)).status_code == 201
    world.bank.scratch.execute(f"UPDATE bankcore.users SET status = 'disabled' WHERE email = '{DISABLED}'")
    return opened


def forget_attempts(door: Door) -> None:
    """Let every account be tried as if for the first time."""
    door.identity.bank.scratch.execute("DELETE FROM bankcore.login_attempts")


def keep_waiting(door: Door) -> None:
    """Let every account wait for a quarter of an hour."""
    for email in (ACTIVE, DISABLED, UNKNOWN):
        for _ in range(10):
            door.login(email=email, password=WRONG)
    door.identity.bank.scratch.execute(
        "UPDATE bankcore.login_attempts SET (last_at, not_before) = (now(), now() + interval '15 minutes')"
    )


def alike(answers: dict[str, TestResponse]) -> set[tuple[object, ...]]:
    """What is to be the same in all of them."""
    return {
        (
            answer.status_code,
            answer.get_json()["message"],
            str(answer.get_json()["error"]),
            tuple(sorted((name, value) for name, value in answer.headers if name not in {"X-Request-Id", "Date"})),
        )
        for answer in answers.values()
    }


def measured(door: Door, asks: dict[str, Callable[[], TestResponse]], *, before: Callable[[Door], None]) -> None:
    """Require that all these are answered alike, in like times."""
    answers: dict[str, TestResponse] = {}
    before(door)
    for name, ask in asks.items():
        answers[name] = ask()
    assert len(alike(answers)) == 1

    def measure() -> dict[str, list[float]]:
        times: dict[str, list[float]] = {name: [] for name in asks}
        for _ in range(0, SAMPLES, 5):
            before(door)
            for name, found in times_of(asks, count=5).items():
                times[name].extend(found)
        return times

    assert told_apart(measure) == {}


def test_a_login_tells_nothing_of_the_user(door: Door) -> None:
    measured(
        door,
        {
            "unknown": lambda: door.login(email=UNKNOWN, password=WRONG),
            "wrong": lambda: door.login(email=ACTIVE, password=WRONG),
            "disabled": lambda: door.login(email=DISABLED, password=PASSWORD),
        },
        before=forget_attempts,
    )


def test_a_login_that_has_to_wait_tells_nothing_of_the_user(door: Door) -> None:
    keep_waiting(door)

    measured(
        door,
        {
            "unknown": lambda: door.login(email=UNKNOWN, password=WRONG),
            "right": lambda: door.login(email=ACTIVE, password=PASSWORD),
            "disabled": lambda: door.login(email=DISABLED, password=PASSWORD),
        },
        before=lambda _door: None,
    )


def test_a_registration_of_a_taken_address_tells_nothing_but_that(door: Door) -> None:
    keys = count()

    def register(email: str) -> TestResponse:
        return door.register({"email": email}, key=f"taken-{next(keys)}")

    measured(
        door,
        {"active": lambda: register(ACTIVE), "disabled": lambda: register(DISABLED)},
        before=lambda _door: None,
    )


def test_a_mail_for_a_forgotten_password_tells_nothing_of_the_user(door: Door) -> None:
    def ask(email: str) -> TestResponse:
        return door.client.post("/v1/auth/password-reset", json={"email": email})

    measured(
        door,
        {"unknown": lambda: ask(UNKNOWN), "active": lambda: ask(ACTIVE), "disabled": lambda: ask(DISABLED)},
        before=lambda door: door.identity.bank.scratch.execute("DELETE FROM bankcore.password_resets"),
    )


def test_samples_are_told_apart_when_they_differ() -> None:
    one = [10.0 + number / 1_000 for number in range(40)]
    same, other = [value + 0.0002 for value in one], [value + 0.02 for value in one]

    assert chance_of_one_source(one, same) > 0.8
    assert chance_of_one_source(one, other) < 0.001
    assert list(told_apart(lambda: {"one": one, "other": other, "same": same})) == ["one and other", "other and same"]
    assert told_apart(lambda: {"one": one, "same": same}) == {}
