import os
import time
from collections.abc import Sequence
from dataclasses import replace

import pytest
from click.testing import CliRunner

from bankcore_infra.cli import program
from bench.figures import Round
from bench.soak.growth import Growth, Written
from bench.soak.lag import Lag
from bench.soak.memory import family_of, memory_of
from bench.soak.open_loop import OpenLoop
from bench.soak.processors import OthersAtWork
from bench.soak.rates import Trial
from bench.soak.verdicts import Verdict, judge
from bench.soak.windows import Window, first_and_last_third, latency_of

MIB = 1_048_576
CALM = Lag(unsealed=50, unsealed_age_s=0.5, unread=0, owed=40, outbox_age_s=0.2, dead=0)


def window(second: float, *, p99_ms: float = 20.0, client_mib: float = 100.0, lag: Lag = CALM) -> Window:
    """Ten seconds of a calm run, but for what is named."""
    return Window(
        ended_s=second,
        transfers=1_000,
        failures=0,
        latency_ms={"p50": 5.0, "p95": 10.0, "p99": p99_ms},
        memory_bytes={"client": round(client_mib * MIB), "PostgreSQL, shared": round(second * MIB)},
        lag=lag,
        table_bytes=0,
        log_bytes=0,
        others_processors=0.0,
    )


def failed(windows: Sequence[Window]) -> list[str]:
    """What is said to have grown."""
    return [verdict.measure.name for verdict in judge(windows, rate=100, deliveries=4) if not verdict.is_met]


def verdict_on(name: str, windows: Sequence[Window]) -> Verdict:
    """The verdict of that name."""
    return next(each for each in judge(windows, rate=100, deliveries=4) if each.measure.name == name)


def test_the_warm_up_counts_for_nothing_and_the_middle_third_neither() -> None:
    windows = [window(10.0 * number) for number in range(1, 61)]

    first, last = first_and_last_third(windows)

    assert [first[0].ended_s, first[-1].ended_s] == [70.0, 240.0]
    assert [last[0].ended_s, last[-1].ended_s] == [430.0, 600.0]


def test_a_run_that_is_too_short_has_no_thirds() -> None:
    with pytest.raises(ValueError, match="2 windows"):
        first_and_last_third([window(5), window(10)])
    with pytest.raises(ValueError, match="0 windows"):
        first_and_last_third([])


def test_nothing_has_grown_in_a_calm_run_though_shared_memory_was_touched_bit_by_bit() -> None:
    assert failed([window(10.0 * number) for number in range(1, 61)]) == []


@pytest.mark.parametrize(("last_ms", "names"), [(27.0, []), (27.1, ["latency p99"])])
def test_the_slowest_calls_may_take_a_quarter_and_two_milliseconds_longer(last_ms: float, names: list[str]) -> None:
    windows = [window(number, p99_ms=20.0 if number <= 20 else last_ms) for number in range(1, 31)]

    assert failed(windows) == names


def test_one_bad_window_is_no_growth() -> None:
    windows = [window(number, p99_ms=900.0 if number == 28 else 20.0) for number in range(1, 31)]

    assert failed(windows) == []


def test_memory_that_leaks_is_found() -> None:
    windows = [window(number, client_mib=100 + number) for number in range(1, 31)]

    assert failed(windows) == ["memory: client"]


def test_lag_that_builds_up_is_found_in_number_and_age() -> None:
    behind = [
        window(number, lag=replace(CALM, unsealed=50 * number, unread=10 * number, outbox_age_s=number / 2))
        for number in range(1, 31)
    ]

    assert failed(behind) == ["seal: records behind", "outbox: deliveries behind", "outbox: oldest"]


def test_an_event_that_is_not_owed_yet_counts_as_the_deliveries_that_will_follow() -> None:
    windows = [window(number, lag=replace(CALM, unread=7, owed=2)) for number in range(1, 31)]

    assert verdict_on("outbox: deliveries behind", windows).last == 30


def test_a_delivery_that_was_given_up_fails_the_run() -> None:
    windows = [window(number, lag=replace(CALM, dead=int(number > 20))) for number in range(1, 31)]

    assert failed(windows) == ["outbox: given up"]


def test_a_window_in_which_nothing_ended_was_as_slow_as_it_was_long() -> None:
    assert latency_of(Round(0, 2.0)) == {"p50": 2_000.0, "p95": 2_000.0, "p99": 2_000.0}
    assert latency_of(Round(4, 1.0, [4.0, 1.0, 3.0, 2.0])) == {"p50": 2.0, "p95": 4.0, "p99": 4.0}


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


@pytest.mark.parametrize(
    ("done", "behind", "unsealed", "holds"),
    [(100, 0, 0, True), (95, 20, 15, True), (94, 0, 0, False), (100, 21, 0, False), (100, 0, 16, False)],
)
def test_a_rate_holds_if_neither_callers_nor_seal_nor_outbox_fall_behind(
    done: float, behind: float, unsealed: float, *, holds: bool
) -> None:
    trial = Trial(rate=100, seconds=10, deliveries=4, done=done, deliveries_behind=behind, records_unsealed=unsealed)

    assert trial.is_sustained is holds


def test_bytes_of_a_transfer_are_told_by_part_and_by_who_wrote_the_log() -> None:
    before = Written(
        parts={("entries", "rows"): 8_192},
        log_bytes=1_000,
        log_records=0,
        log_images=0,
        log_of={1: ("bank", 500), 2: ("sealer", 100)},
    )
    after = Written(
        parts={("entries", "rows"): 16_384, ("entries", "bankcore.entries_pkey"): 8_192, ("users", "rows"): 0},
        log_bytes=11_000,
        log_records=200,
        log_images=10,
        log_of={1: ("bank", 2_500), 2: ("sealer", 1_100), 3: ("bank", 4_000)},
    )

    growth = Growth.between(before, after, transfers=100, behind=frozenset({1}))

    assert growth.parts == {("entries", "rows"): 81.92, ("entries", "bankcore.entries_pkey"): 81.92}
    assert (growth.table_bytes, growth.log_bytes, growth.images_bytes_max) == (163.84, 100, 819.2)
    assert growth.log_by == {"relay and workers": 20, "sealer": 10, "posting": 40, "the rest": 30}


def test_memory_is_known_of_processes_that_are_there() -> None:
    found = memory_of([1 << 30])

    assert found is None
    assert family_of(1 << 30) == []


def test_work_of_our_own_is_not_anothers() -> None:
    # What the machine does in between counts for the one that looks longer, so that a busy machine changes nothing.
    theirs, ours = OthersAtWork([]), OthersAtWork([os.getpid()])
    enough = time.process_time() + 0.3
    while time.process_time() < enough:
        pass
    others = ours.look([os.getpid()], 1.0)
    all_of_it = theirs.look([], 1.0)

    # The kernel counts in hundredths of a second.
    assert all_of_it > others + 0.2


def test_too_few_windows_are_refused_before_anything_starts() -> None:
    shown = CliRunner().invoke(program.program, ["bench", "soak", "--minutes", "0.1", "--sample", "3"])

    assert shown.exit_code != 0
    assert "too few" in shown.output
