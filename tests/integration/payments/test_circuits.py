"""Where circuits are kept: one suite for each store, and what happens while Valkey is dead."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from redis import Redis

from bankcore.payments.circuit import CLOSED, FORGOTTEN_AFTER, CallResult, CircuitStore
from bankcore.payments.circuits import Circuits
from bankcore.payments.configurations import ProviderConfigId
from bankcore.providers.answers import ChargeAnswer, NotExecuted
from bankcore.testing.circuits import InMemoryCircuitStore
from bankcore.testing.clock import START, FrozenClock
from bankcore_infra.payments.circuits import (
    FallbackCircuitStore,
    ProcessCircuitStore,
    RedisCircuitStore,
    circuits_of,
)
from tests.worlds.valkey import valkey_process

pytestmark = pytest.mark.valkey
CONFIG = ProviderConfigId(UUID("019c1406-3400-7000-8000-0000000000c1"))
OTHER = ProviderConfigId(UUID("019c1406-3400-7000-8000-0000000000c2"))
COUNTED = CLOSED.told(CallResult.FAILED, START)
OPEN = COUNTED.told(CallResult.FAILED, START).told(CallResult.FAILED, START).told(CallResult.FAILED, START)
GONE = NotExecuted("not_sent", "no connection")


def gone() -> ChargeAnswer:
    return GONE


@pytest.fixture(scope="module")
def valkey_url() -> Iterator[str]:
    with valkey_process() as valkey:
        yield valkey.url


@dataclass(frozen=True)
class Kept:
    """A store, and what moves its time."""

    store: CircuitStore
    let_time_pass: Callable[[timedelta], object]


@pytest.fixture(params=["testing", "process", "valkey"])
def kept(request: pytest.FixtureRequest) -> Kept:
    clock = FrozenClock()
    if request.param == "testing":
        return Kept(InMemoryCircuitStore(clock), clock.advance)
    if request.param == "process":
        return Kept(ProcessCircuitStore(clock), clock.advance)
    url = request.getfixturevalue("valkey_url")
    with Redis.from_url(url) as client:
        client.flushall()
    return Kept(RedisCircuitStore(url), partial(age_keys, url))


def age_keys(url: str, by: timedelta) -> None:
    """Let each key live that much shorter."""
    with Redis.from_url(url) as client:
        for key in client.scan_iter():
            client.pexpire(key, client.pttl(key) - by // timedelta(milliseconds=1))


@pytest.fixture
def store(kept: Kept) -> CircuitStore:
    return kept.store


def test_what_nobody_told_of_is_closed(store: CircuitStore) -> None:
    assert store.read(CONFIG) == CLOSED


def test_it_stands_as_it_was_left_each_for_itself(store: CircuitStore) -> None:
    probed = OPEN.told(CallResult.FAILED, START).probed(START)
    assert store.swap(CONFIG, CLOSED, COUNTED)
    assert store.swap(CONFIG, COUNTED, probed)
    assert (store.read(CONFIG), store.read(OTHER)) == (probed, CLOSED)


def test_who_comes_second_changes_nothing(store: CircuitStore) -> None:
    assert store.swap(CONFIG, CLOSED, COUNTED)
    assert not store.swap(CONFIG, CLOSED, OPEN)
    assert store.read(CONFIG) == COUNTED


def test_what_nobody_changed_for_two_minutes_is_forgotten(kept: Kept) -> None:
    second = timedelta(seconds=1)
    assert kept.store.swap(CONFIG, CLOSED, COUNTED)
    kept.let_time_pass(FORGOTTEN_AFTER - second)
    assert kept.store.read(CONFIG) == COUNTED
    assert kept.store.swap(CONFIG, COUNTED, OPEN)
    kept.let_time_pass(FORGOTTEN_AFTER - second)
    assert kept.store.read(CONFIG) == OPEN

    kept.let_time_pass(second)

    assert kept.store.read(CONFIG) == CLOSED
    assert kept.store.swap(CONFIG, CLOSED, COUNTED)


def test_one_of_two_sends_the_probe(store: CircuitStore) -> None:
    clock = FrozenClock()
    first, second = Circuits(store, clock), Circuits(store, clock)
    opened = OPEN.told(CallResult.FAILED, START)
    assert opened.open_until is not None
    assert store.swap(CONFIG, CLOSED, opened)
    clock.advance(opened.open_until - START)
    refused: list[ChargeAnswer] = []

    def send() -> ChargeAnswer:
        refused.append(second.guard(CONFIG, gone))
        return GONE

    assert first.guard(CONFIG, send) == GONE
    assert [answer.code for answer in refused if isinstance(answer, NotExecuted)] == ["provider_unavailable"]


def test_what_is_in_valkey_vanishes_and_what_nobody_can_read_is_closed(valkey_url: str) -> None:
    store = RedisCircuitStore(valkey_url)
    with Redis.from_url(valkey_url) as client:
        client.flushall()
        store.swap(CONFIG, CLOSED, COUNTED)
        assert 0 < client.pttl(f"bankcore:circuits:{CONFIG}") <= 120_000
        client.set(f"bankcore:circuits:{CONFIG}", "no circuit", px=1_000)
    assert store.read(CONFIG) == CLOSED


def test_it_goes_on_while_valkey_is_dead_and_is_shared_again_afterwards() -> None:
    now = [0.0]
    with valkey_process() as valkey:
        shared = RedisCircuitStore(valkey.url)
        store = FallbackCircuitStore(shared, ProcessCircuitStore(FrozenClock()), monotonic_s=lambda: now[0])
        circuits = Circuits(store, FrozenClock())
        valkey.kill()
        for _ in range(5):
            assert circuits.guard(CONFIG, gone) == GONE
        assert circuits.is_open(CONFIG)
        now[0] = 6.0
        valkey.start()

        assert not circuits.is_open(CONFIG)
        assert store.swap(CONFIG, CLOSED, COUNTED)
        assert shared.read(CONFIG) == COUNTED


def test_the_circuits_of_an_installation_work_with_and_without_a_server(valkey_url: str) -> None:
    for circuits in (circuits_of(valkey_url), circuits_of(None)):
        assert circuits.guard(OTHER, gone) == GONE
        assert not circuits.is_open(OTHER)
