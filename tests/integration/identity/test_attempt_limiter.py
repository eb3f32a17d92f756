"""Limits by client address: in Valkey for all processes, in memory without it."""

import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from redis import Redis
from redis.exceptions import RedisError

from bankcore.errors import ThrottledError
from bankcore.identity.attempts import AttemptKind
from bankcore_infra.embedded.binaries import find_valkey
from bankcore_infra.identity.attempt_limiter import (
    AttemptWindows,
    FallbackWindows,
    MemoryWindows,
    RedisWindows,
    WindowAttemptLimiter,
    WindowLimit,
    attempt_limiter,
)

pytestmark = pytest.mark.valkey
FIVE = WindowLimit(5, 60)


@pytest.fixture(scope="module")
def valkey_url() -> Iterator[str]:
    """A Valkey of this module alone, on a private socket."""
    with TemporaryDirectory(prefix="bankcore-valkey-") as folder:
        socket = Path(folder) / "valkey.sock"
        command = [str(find_valkey()), "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", folder]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        url = f"unix://{socket}?db=0"
        try:
            _wait_for(url)
            yield url
        finally:
            server.terminate()
            server.wait(10)


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + 10
    while True:
        try:
            with Redis.from_url(url) as client:
                client.ping()
        except RedisError:
            assert time.monotonic() < deadline, "Valkey did not start"
            time.sleep(0.02)
        else:
            return


@pytest.fixture(params=["valkey", "memory"])
def windows(request: pytest.FixtureRequest) -> AttemptWindows:
    if request.param == "memory":
        return MemoryWindows()
    url = request.getfixturevalue("valkey_url")
    with Redis.from_url(url) as client:
        client.flushall()
    return RedisWindows(url)


def test_a_window_has_room_for_so_many_and_then_says_how_long_to_wait(windows: AttemptWindows) -> None:
    waits = [windows.wait_s("a", FIVE, counted=True) for _ in range(5)]

    assert waits == [0.0] * 5
    assert 59 < windows.wait_s("a", FIVE, counted=True) <= 60
    assert windows.wait_s("b", FIVE, counted=True) == 0


def test_looking_takes_no_room(windows: AttemptWindows) -> None:
    for _ in range(20):
        assert windows.wait_s("a", FIVE, counted=False) == 0


def test_what_leaves_the_window_makes_room(windows: AttemptWindows) -> None:
    short = WindowLimit(1, 1)
    windows.wait_s("a", short, counted=True)
    wait_s = windows.wait_s("a", short, counted=True)

    time.sleep(wait_s + 0.01)

    assert 0 < wait_s <= 1
    assert windows.wait_s("a", short, counted=True) == 0


def test_of_many_at_once_no_more_than_allowed_get_room(windows: AttemptWindows) -> None:
    with ThreadPoolExecutor(16) as pool:
        waits = list(pool.map(lambda _number: windows.wait_s("a", FIVE, counted=True), range(64)))

    assert waits.count(0.0) == 5


def test_windows_in_valkey_vanish_by_themselves(valkey_url: str) -> None:
    RedisWindows(valkey_url).wait_s("a", FIVE, counted=True)

    with Redis.from_url(valkey_url) as client:
        assert 59_000 < client.pttl("bankcore:attempts:a") <= 60_000


def test_without_valkey_the_limit_holds_within_the_process(tmp_path: Path) -> None:
    windows = FallbackWindows(RedisWindows(f"unix://{tmp_path}/nobody.sock"), MemoryWindows())

    waits = [windows.wait_s("a", FIVE, counted=True) for _ in range(6)]

    assert waits[:5] == [0.0] * 5
    assert waits[5] > 0


def test_memory_forgets_the_clients_that_were_idle_longest() -> None:
    windows = MemoryWindows(lambda: 0.0)
    windows.wait_s("first", WindowLimit(1, 60), counted=True)

    for number in range(10_000):
        windows.wait_s(str(number), WindowLimit(1, 60), counted=True)

    assert windows.wait_s("first", WindowLimit(1, 60), counted=False) == 0
    assert windows.wait_s("9999", WindowLimit(1, 60), counted=False) > 0


def test_a_client_is_an_address_or_the_network_of_an_ipv6_customer(valkey_url: str) -> None:
    limiter = WindowAttemptLimiter(MemoryWindows(), {AttemptKind.FAILURE: WindowLimit(1, 60)})
    limiter.count(AttemptKind.FAILURE, "2001:db8::1")
    limiter.count(AttemptKind.FAILURE, "203.0.113.7")
    limiter.count(AttemptKind.FAILURE, "not an address")

    for limited in ("2001:db8::ffff:2", "203.0.113.7", "::ffff:203.0.113.7", "another text"):
        with pytest.raises(ThrottledError) as caught:
            limiter.require_allowed(AttemptKind.FAILURE, limited)
        assert 59 <= caught.value.retry_after_s <= 60
    for free in ("2001:db8:0:1::1", "203.0.113.8", None):
        limiter.require_allowed(AttemptKind.FAILURE, free)


def test_the_limiter_of_an_installation_works_with_and_without_a_server(valkey_url: str) -> None:
    for limiter in (attempt_limiter(valkey_url), attempt_limiter(None)):
        limiter.count(AttemptKind.FAILURE, "203.0.113.99")
        limiter.count(AttemptKind.FAILURE, None)
        limiter.require_allowed(AttemptKind.FAILURE, "203.0.113.99")
