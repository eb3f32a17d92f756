"""A running process learns of keys: none signs before it is known, none is forgotten before its tokens have ended."""

import os
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest

from bankcore.errors import UnauthenticatedError
from bankcore.testing import FrozenClock
from bankcore_infra.identity.access_tokens import JwtIssuer, JwtVerifier
from bankcore_infra.keys.key_files import UnusableKeyError
from bankcore_infra.keys.live_keys import LOOK_EVERY_S, LiveKeys
from bankcore_infra.keys.rotation import TooEarlyError, retire, rotate
from bankcore_infra.keys.signing_keys import SigningKeys, next_key_path
from tests.unit.identity.test_access_tokens import claims_at

LIFETIME = timedelta(minutes=11)


class Process:
    """A process of the API, with a monotonic clock that stands until it is moved."""

    def __init__(self, folder: Path) -> None:
        self.now = 0.0
        self.clock = FrozenClock()
        self.keys = LiveKeys(folder, "access", monotonic=lambda: self.now)
        self.verifier = JwtVerifier(self.keys, self.clock)

    def issue(self) -> str:
        return JwtIssuer(self.keys).issue(claims_at(self.clock))

    def knows(self, token: str) -> bool:
        try:
            self.verifier.verify(token)
        except UnauthenticatedError:
            return False
        return True

    def wait(self) -> None:
        self.now += LOOK_EVERY_S


def test_a_new_key_is_known_to_all_before_it_signs_anywhere(tmp_path: Path) -> None:
    first, second = Process(tmp_path), Process(tmp_path)
    old = first.issue()

    def while_waiting() -> None:
        first.wait()
        second.wait()
        assert first.keys.current().signing_kid == SigningKeys.open(tmp_path, "access").signing_kid
        assert len(second.keys.current().public_keys) == 2

    kid = rotate(tmp_path, "access", while_waiting)
    first.wait()
    new = first.issue()

    assert first.keys.current().signing_kid == kid != second.keys.current().signing_kid
    assert [process.knows(token) for process in (first, second) for token in (old, new)] == [True] * 4
    assert not next_key_path(tmp_path, "access").exists()


def test_a_rotation_that_was_stopped_goes_on_with_the_key_that_it_made(tmp_path: Path) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotate(tmp_path, "access", stop)
    made = next_key_path(tmp_path, "access").read_bytes()
    rotate(tmp_path, "access", lambda: None)

    assert (tmp_path / "access-0002.pem").read_bytes() == made
    assert len(SigningKeys.open(tmp_path, "access").public_keys) == 2


def test_of_two_rotations_at_once_one_says_that_the_other_has_ended_it(tmp_path: Path) -> None:
    with pytest.raises(UnusableKeyError, match="somebody else has ended this rotation"):
        rotate(tmp_path, "access", lambda: rotate(tmp_path, "access", lambda: None))

    assert len(SigningKeys.open(tmp_path, "access").public_keys) == 2


def test_old_keys_go_once_all_that_they_signed_has_ended_and_remembered_tokens_with_them(tmp_path: Path) -> None:
    process = Process(tmp_path)
    assert retire(tmp_path, "access", signed_for=LIFETIME) == []
    old = process.issue()
    rotate(tmp_path, "access", lambda: None)
    process.wait()
    assert process.knows(old)

    with pytest.raises(TooEarlyError, match="good for another 6"):
        retire(tmp_path, "access", signed_for=LIFETIME)
    eleven_minutes_ago = (tmp_path / "access-0002.pem").stat().st_mtime - LIFETIME.total_seconds()
    os.utime(tmp_path / "access-0002.pem", (eleven_minutes_ago, eleven_minutes_ago))
    assert retire(tmp_path, "access", signed_for=LIFETIME) == ["access-0001.pem"]
    process.wait()

    assert not process.knows(old)
    assert process.knows(process.issue())


def test_keys_that_cannot_be_read_anew_leave_a_process_with_those_that_it_knows(tmp_path: Path) -> None:
    process = Process(tmp_path)
    token = process.issue()
    broken = tmp_path / "access-0002.pem"
    broken.write_bytes(b"half a ke")
    broken.chmod(0o600)
    process.wait()

    assert process.knows(token)
    with pytest.raises(UnusableKeyError):
        rotate(tmp_path, "access", lambda: None)


def test_a_key_without_a_number_has_no_successor(tmp_path: Path) -> None:
    SigningKeys.open(tmp_path, "access")
    (tmp_path / "access-0001.pem").rename(tmp_path / "access-mine.pem")

    with pytest.raises(UnusableKeyError, match="has no number"):
        rotate(tmp_path, "access", lambda: None)


def test_processes_that_start_during_rotations_know_every_key(tmp_path: Path) -> None:
    signed: list[str] = []
    SigningKeys.open(tmp_path, "access")

    def rotate_often() -> None:
        signed.extend(rotate(tmp_path, "access", lambda: None) for _ in range(30))

    rotating = Thread(target=rotate_often)
    rotating.start()
    while rotating.is_alive():
        known, keys = list(signed), SigningKeys.open(tmp_path, "access")
        assert set(known) <= keys.public_keys.keys()
    rotating.join()
