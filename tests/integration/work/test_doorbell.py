"""A commit rings for the relay; a broker that is dead or does not answer costs the caller nothing."""

import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bankcore.ledger.commands import Deposit
from bankcore_infra.work.doorbell import DoorbellListener, RedisDoorbell
from bankcore_infra.work.queue_listener import QueueListener
from tests.worlds.sql_bank import SqlBank
from tests.worlds.valkey import valkey_process
from tests.worlds.values import npr

pytestmark = pytest.mark.valkey
DEPOSITS = 40


def seconds_of_deposits(bank: SqlBank) -> float:
    """How long some deposits take, one after another."""
    account = bank.open_account()
    started = time.perf_counter()
    for _ in range(DEPOSITS):
        bank.ledger.execute([Deposit(account.id, npr("1.00"))])
    return time.perf_counter() - started


def test_a_commit_is_heard_by_every_listener_and_a_refusal_too(bank: SqlBank) -> None:
    with valkey_process() as valkey:
        doorbell, listeners = RedisDoorbell(valkey.url), [DoorbellListener(valkey.url) for _ in range(2)]
        for listener in listeners:
            assert listener.wait(0.2) == set()
        QueueListener(doorbell).attach(bank.signals)

        bank.open_account()

        assert [listener.wait(10) for listener in listeners] == [{bank.tenant_id}] * 2
        doorbell.close()
        for listener in listeners:
            listener.close()


def test_many_rings_are_one_reason_to_look(bank: SqlBank) -> None:
    with valkey_process() as valkey:
        doorbell, listener = RedisDoorbell(valkey.url), DoorbellListener(valkey.url)
        listener.wait(0.1)
        for _ in range(1_000):
            doorbell.ring(bank.tenant_id)
        time.sleep(0.2)

        assert listener.wait(10) == {bank.tenant_id}
        assert listener.wait(0.1) == set()
        doorbell.close()
        listener.close()


def test_a_busy_process_rings_fifty_times_a_second_at_most_and_its_last_commit_is_heard(bank: SqlBank) -> None:
    with valkey_process() as valkey:
        doorbell, listener = RedisDoorbell(valkey.url), DoorbellListener(valkey.url)
        listener.wait(0.1)
        started = time.monotonic()
        while time.monotonic() < started + 0.5:
            doorbell.ring(bank.tenant_id)
        # What has been heard by now is of before; the very last ring comes after that.
        while listener.wait(0.1):
            pass
        took_s = time.monotonic() - started
        rings = listener._redis.info("commandstats")["cmdstat_publish"]["calls"]  # noqa: SLF001 - asked as anybody could

        doorbell.ring(bank.tenant_id)

        assert 2 <= rings <= took_s * 50 + 1
        assert listener.wait(10) == {bank.tenant_id}
        doorbell.close()
        listener.close()


def test_who_writes_nonsense_at_the_door_is_nobody() -> None:
    with valkey_process() as valkey:
        listener = DoorbellListener(valkey.url)
        listener.wait(0.1)
        listener._redis.publish("bankcore:doorbell", b"\xff nobody")  # noqa: SLF001 - as anybody at Redis could

        assert listener.wait(0.5) == set()
        listener.close()


@pytest.fixture(params=["dead", "silent"])
def broken_broker(request: pytest.FixtureRequest) -> object:
    """Where a broker would be: nobody at all, or one that takes connections and never answers."""
    with TemporaryDirectory(prefix="bankcore-broken-") as folder:
        path = Path(folder) / "broker.sock"
        silent = socket.socket(socket.AF_UNIX)
        if request.param == "silent":
            silent.bind(str(path))
            silent.listen(100)
        yield f"unix://{path}?db=0"
        silent.close()


def test_a_broken_broker_slows_no_deposit_down(bank: SqlBank, broken_broker: str) -> None:
    seconds_of_deposits(bank)
    usual_s = min(seconds_of_deposits(bank) for _ in range(3))
    doorbell = RedisDoorbell(broken_broker)
    QueueListener(doorbell).attach(bank.signals)

    broken_s = min(seconds_of_deposits(bank) for _ in range(3))

    # Twenty milliseconds would be ten times what is seen; the pause of a busy machine is not the broker's fault.
    assert (broken_s - usual_s) / DEPOSITS < 0.02
    doorbell.close()


def test_ringing_takes_no_time_at_a_broken_broker(bank: SqlBank, broken_broker: str) -> None:
    threads, doorbell = threading.active_count(), RedisDoorbell(broken_broker)
    ring: Callable[[], None] = lambda: doorbell.ring(bank.tenant_id)  # noqa: E731

    started = time.perf_counter()
    for _ in range(2_000):
        ring()
    took_s = time.perf_counter() - started

    assert took_s / 2_000 < 0.001
    doorbell.close()
    ring()
    assert threading.active_count() <= threads + 1
