from typing import NoReturn

import pytest

from bench.figures import Round, Sample, percentile, ratio_of
from bench.places import Places
from bench.plan import Comparison, Group, Limit, Result
from bench.runner import interleave


class Diary:
    """A subject that writes down when it ran, and does a fixed number of things a second."""

    def __init__(self, name: str, rate: int, diary: list[str]) -> None:
        self._name = name
        self._rate = rate
        self._diary = diary

    def run(self, seconds: float) -> Round:
        self._diary.append(self._name)
        return Round(round(self._rate * seconds), seconds, [1.0, 2.0])


def nobody(_places: Places) -> NoReturn:
    """Makes no subject."""
    raise AssertionError


def sample(*rates: int) -> Sample:
    """Rounds of a second at these rates."""
    return Sample(tuple(Round(rate, 1.0) for rate in rates))


def test_a_percentile_is_a_number_that_was_measured() -> None:
    numbers = [float(number) for number in range(1, 101)]

    assert [percentile(numbers, percent) for percent in (50, 95, 99)] == [50.0, 95.0, 99.0]
    assert percentile([7.0], 99) == 7.0


def test_no_numbers_have_no_percentile() -> None:
    with pytest.raises(ValueError, match="no percentile"):
        percentile([], 50)


def test_a_rate_is_the_median_of_its_rounds() -> None:
    found = sample(100, 900, 200)

    assert found.per_second == 200
    assert list(found.spread) == [100, 900]
    assert found.latency_ms == {}


def test_latencies_are_taken_over_all_rounds() -> None:
    found = Sample((Round(2, 1.0, [1.0, 3.0]), Round(2, 1.0, [2.0, 4.0])))

    assert found.latency_ms == {"p50": 2.0, "p95": 4.0, "p99": 4.0}


def test_a_ratio_divides_rounds_that_ran_side_by_side() -> None:
    # The machine got ten times slower after the first round; the medians alone would say nothing useful.
    samples = {"ours": sample(1000, 100, 100), "floor": sample(2000, 200, 50)}

    ratio = ratio_of(samples, "ours", ["floor"])

    assert (ratio.median, ratio.lowest, ratio.highest) == (0.5, 0.5, 2.0)


def test_a_ratio_is_taken_against_the_fastest_of_several() -> None:
    samples = {"ours": sample(100), "8": sample(50), "32": sample(200)}

    ratio = ratio_of(samples, "ours", ["8", "32"])

    assert (ratio.median, ratio.against) == (0.5, "32")


def test_who_did_nothing_still_makes_a_number() -> None:
    assert ratio_of({"ours": sample(5), "floor": sample(0)}, "ours", ["floor"]).median == 5


def test_subjects_take_turns_and_none_always_follows_the_same_one() -> None:
    diary: list[str] = []
    subjects = {name: Diary(name, 10, diary) for name in "AB"}

    samples = interleave(subjects, rounds=2, seconds=1.0)

    assert diary == ["A", "B", "A", "B", "B", "A"]
    assert {name: len(found.rounds) for name, found in samples.items()} == {"A": 2, "B": 2}


def test_a_group_for_the_gate_has_only_what_the_gate_compares() -> None:
    group = Group(
        name="g",
        title="G",
        subjects=dict.fromkeys(("a", "b", "c"), nobody),
        comparisons=[
            Comparison(name="kept", subject="a", against=("b",), is_quick=True),
            Comparison(name="left out", subject="a", against=("c",)),
        ],
        limits=[Limit(subject="a", p99_ms=5)],
    )

    quick = group.quick()

    assert list(quick.subjects) == ["a", "b"]
    assert [each.name for each in quick.comparisons] == ["kept"]


@pytest.mark.parametrize(("rate", "is_met"), [(30, True), (29, False)])
def test_a_target_is_met_from_its_value_on(rate: int, *, is_met: bool) -> None:
    comparison = Comparison(name="r", subject="ours", against=("floor",), at_least=0.3)
    group = Group(name="g", title="G", subjects={}, comparisons=[comparison])

    result = Result.of(group, {"ours": sample(rate), "floor": sample(100)})

    assert [verdict.is_met for verdict in result.verdicts] == [is_met]
