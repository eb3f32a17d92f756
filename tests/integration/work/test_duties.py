"""How what goes on beside the API is told to whoever asks about the bank."""

import time
from collections.abc import Iterator

import pytest
from redis import Redis

from bankcore_infra.metrics.bank import BankMetrics
from bankcore_infra.tenancy.directory import SqlTenantDirectory
from bankcore_infra.work.duties import Duties, Duty, DutyState
from tests.worlds.sql_bank import SqlBank
from tests.worlds.valkey import ValkeyProcess, valkey_process


@pytest.fixture(scope="module")
def valkey() -> Iterator[ValkeyProcess]:
    """One for all of these tests."""
    with valkey_process() as process:
        yield process


@pytest.fixture
def url(valkey: ValkeyProcess) -> str:
    """A Valkey in which nobody has told anything."""
    valkey.flush()
    return valkey.url


def test_nobody_has_told_anything_yet(url: str) -> None:
    assert Duties(url).states() == dict.fromkeys(Duty, DutyState.MISSING)


def test_without_a_redis_every_duty_is_left_out() -> None:
    Duties(None).tell(Duty.SEALING, DutyState.OK)

    assert Duties(None).states() == dict.fromkeys(Duty, DutyState.OFF)


def test_what_one_process_tells_another_hears(url: str) -> None:
    scheduler, api = Duties(url), Duties(url)

    scheduler.tell(Duty.SEALING, DutyState.OK)
    scheduler.tell(Duty.RELAY, DutyState.FAILING)

    assert api.states() == {"sealing": DutyState.OK, "publication": DutyState.MISSING, "relay": DutyState.FAILING}
    scheduler.tell(Duty.RELAY, DutyState.OK)
    assert api.states()["relay"] == DutyState.OK


def test_who_leaves_a_duty_out_does_not_speak_over_the_one_who_does_it(url: str) -> None:
    Duties(url).tell(Duty.SEALING, DutyState.OK)

    Duties(url).tell(Duty.SEALING, DutyState.OFF)

    assert Duties(url).states()["sealing"] == DutyState.OK


def test_a_word_fades_and_an_unknown_one_is_none(url: str) -> None:
    Duties(url).tell(Duty.SEALING, DutyState.OK)
    with Redis.from_url(url) as redis:
        assert 60 < int(redis.ttl("bankcore:duty:sealing")) <= 120
        redis.set("bankcore:duty:relay", b"\xff")

    assert Duties(url).states()["relay"] == DutyState.MISSING


def test_a_redis_that_is_away_stops_nobody_and_hears_again_later(url: str, valkey: ValkeyProcess) -> None:
    scheduler, api = Duties(url), Duties(url)
    scheduler.tell(Duty.SEALING, DutyState.OK)
    valkey.kill()
    began = time.monotonic()

    scheduler.tell(Duty.SEALING, DutyState.FAILING)
    assert api.states() == dict.fromkeys(Duty, DutyState.MISSING)
    assert time.monotonic() - began < 5

    valkey.start()
    scheduler.tell(Duty.SEALING, DutyState.FAILING)
    assert api.states()["sealing"] == DutyState.FAILING


def test_monitoring_is_told_of_each_duty(url: str, bank: SqlBank) -> None:
    Duties(url).tell(Duty.SEALING, DutyState.OK)
    Duties(url).tell(Duty.PUBLICATION, DutyState.OFF)

    metrics = BankMetrics(bank.database, SqlTenantDirectory(bank.database), duties=Duties(url).states)

    page = metrics.exposition().decode()
    assert 'bankcore_duty_done{duty="sealing"} 1.0' in page
    assert 'bankcore_duty_done{duty="publication"} 0.0' in page
    assert 'bankcore_duty_done{duty="relay"} 0.0' in page
