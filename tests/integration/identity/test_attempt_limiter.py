"""Limits by client address: in Valkey for all processes, in memory without it."""

import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from redis import Redis
from redis.exceptions import RedisError

from bankcore.errors import ThrottledError
from bankcore.identity.attempts import AttemptKind
from bankcore_http.answering.rates import RateLimit
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
from bankcore_infra.shared_counts import RedisCounts
from tests.worlds.valkey import valkey_process

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


def test_a_count_is_shared_and_lives_from_its_first_one(valkey_url: str) -> None:
    first, second = RedisCounts(valkey_url), RedisCounts(valkey_url)

    counts = [first.add("caller:a", 5, 60), second.add("caller:a", 7, 60), second.add("caller:b", 1, 60)]

    assert [found and found[0] for found in counts] == [5, 12, 1]
    assert all(found and 55 < found[1] <= 60 for found in counts)


def test_a_count_begins_anew_after_its_life(valkey_url: str) -> None:
    counts = RedisCounts(valkey_url)
    counts.add("caller:short", 5, 60)
    with Redis.from_url(valkey_url) as client:
        client.pexpire("bankcore:rates:caller:short", 1)

    deadline = time.monotonic() + 5
    while (found := counts.add("caller:short", 1, 60)) is not None and found[0] > 5:
        assert time.monotonic() < deadline
    assert found is not None
    assert found[0] == 1


def test_a_count_without_an_end_gets_one(valkey_url: str) -> None:
    with Redis.from_url(valkey_url) as client:
        client.set("bankcore:rates:caller:endless", 60_000)

    assert RedisCounts(valkey_url).add("caller:endless", 1, 60) == (60_001, 60.0)


def let_through_by_a_process(url: str) -> int:
    """How many of 400 requests of one caller a process lets through, of 300 that all processes may."""
    limit = RateLimit("caller", 300, RedisCounts(url).add)
    return sum(limit.take("shared").wait_s == 0 for _ in range(400))


def test_processes_share_the_requests_of_a_caller(valkey_url: str) -> None:
    with ProcessPoolExecutor(2, get_context("spawn")) as processes:
        assert sum(processes.map(let_through_by_a_process, [valkey_url] * 2)) == 300


def test_a_limit_goes_on_while_valkey_is_dead_and_is_shared_again_afterwards() -> None:
    now = [0.0]
    with valkey_process() as valkey:
        counts = RedisCounts(valkey.url, monotonic_s=lambda: now[0])
        first, second = (RateLimit("caller", 100, counts.add, monotonic_s=lambda: now[0]) for _ in range(2))

        def let_through(limit: RateLimit, tries: int) -> int:
            return sum(limit.take("a").wait_s == 0 for _ in range(tries))

        before = let_through(first, 40)
        valkey.kill()
        dead = [let_through(first, 100), let_through(second, 200)]
        now[0] = 61.0
        valkey.start()

        assert [before, *dead] == [40, 60, 100]
        assert let_through(first, 70) + let_through(second, 70) == 100


def test_a_server_that_does_not_answer_is_left_alone_for_a_while(tmp_path: Path) -> None:
    counts = RedisCounts(f"unix://{tmp_path}/nobody.sock?db=0")
    began = time.monotonic()

    assert {counts.add("caller:a", 1, 60) for _ in range(1_000)} == {None}
    assert time.monotonic() - began < 1
