import time
from collections.abc import Sequence
from dataclasses import replace

import pytest
from click.testing import CliRunner

from bankcore_infra.cli import program
from bench.figures import Round
from bench.soak.lag import Lag
from bench.soak.load import OpenLoop
from bench.soak.verdicts import first_and_last_third, judge
from bench.soak.watch import Window, latency_of

MIB = 1_048_576
CALM = Lag(unsealed=50, unsealed_age_s=0.5, unread=30, unread_age_s=0.2, parked=10, dead=0)


def window(second: float, *, p99_ms: float = 20.0, client_mib: float = 100.0, lag: Lag = CALM) -> Window:
    """Ten seconds of a calm run, but for what is named."""
    return Window(
        ended_s=second,
        transfers=1_000,
        failures=0,
        latency_ms={"p50": 5.0, "p95": 10.0, "p99": p99_ms},
        memory_bytes={"client": round(client_mib * MIB)},
        lag=lag,
        others_processors=0.0,
    )


def grown(windows: Sequence[Window]) -> list[str]:
    """What is said to have grown."""
    return [verdict.name for verdict in judge(windows, rate=100) if not verdict.is_met]


def test_the_warm_up_counts_for_nothing_and_the_middle_third_neither() -> None:
    windows = [window(10.0 * number) for number in range(1, 61)]

    first, last = first_and_last_third(windows)

    assert [first[0].ended_s, first[-1].ended_s] == [70.0, 240.0]
    assert [last[0].ended_s, last[-1].ended_s] == [430.0, 600.0]
    assert grown(windows) == []


@pytest.mark.parametrize(("last_ms", "names"), [(27.0, []), (27.1, ["latency p99, ms"])])
def test_the_slowest_calls_may_take_a_quarter_and_two_milliseconds_longer(last_ms: float, names: list[str]) -> None:
    windows = [window(number, p99_ms=20.0 if number <= 20 else last_ms) for number in range(1, 31)]

    assert grown(windows) == names


def test_one_bad_window_is_no_growth() -> None:
    assert grown([window(number, p99_ms=900.0 if number == 28 else 20.0) for number in range(1, 31)]) == []


def test_memory_that_leaks_and_lag_that_builds_up_are_found() -> None:
    behind = [
        window(
            number,
            client_mib=100 + number,
            lag=replace(CALM, unsealed=50 * number, unread=30 * number, unread_age_s=number / 2, dead=number // 30),
        )
        for number in range(1, 31)
    ]

    assert grown(behind) == [
        "memory: client, MiB",
        "seal: records behind",
        "outbox: events behind",
        "outbox: oldest, s",
    ]


def test_an_event_that_was_given_up_fails_the_run() -> None:
    assert grown([window(number, lag=replace(CALM, dead=int(number > 20))) for number in range(1, 31)]) == [
        "outbox: given up"
    ]


def test_a_window_in_which_nothing_ended_was_as_slow_as_it_was_long() -> None:
    assert latency_of(Round(0, 2.0)) == {"p50": 2_000.0, "p95": 2_000.0, "p99": 2_000.0}


def test_a_call_that_comes_late_has_its_wait_counted_from_when_it_was_due() -> None:
    def slow() -> int:
        time.sleep(0.02)
        return 1

    with OpenLoop([slow], rate=100).running() as load:
        first, second = load.run(0.3), load.run(0.3)

    # Twice as much is due as one thread can do, so the waits grow and go on growing from one round to the next.
    assert first.operations + second.operations <= 30
    assert max(first.latencies_ms) > 100
    assert min(second.latencies_ms) > min(first.latencies_ms) + 50


def test_a_call_that_fails_ends_the_load() -> None:
    def broken() -> int:
        raise OSError("nobody is there")

    with OpenLoop([broken], rate=100).running() as load, pytest.raises(OSError, match="nobody"):
        load.run(5)


def test_too_few_windows_are_refused_before_anything_starts() -> None:
    shown = CliRunner().invoke(program.program, ["bench", "soak", "--minutes", "0.1", "--sample", "3"])

    assert shown.exit_code != 0
    assert "too few" in shown.output
