from pathlib import Path

import pytest

from bench.gate import Recorded, find_regressions, read_recorded, write_recorded

RECORDED = Recorded(tolerance=0.25, measured_on="a machine", ratios={"singles: one": 0.4, "hot: one": 2.0})
BOTH = frozenset({"singles", "hot"})


def test_ratios_as_on_record_or_better_pass() -> None:
    assert find_regressions(RECORDED, {"singles: one": 0.4, "hot: one": 9.0}, BOTH) == []


def test_a_loss_within_the_tolerance_passes() -> None:
    assert find_regressions(RECORDED, {"singles: one": 0.31, "hot: one": 2.0}, BOTH) == []


def test_a_loss_past_the_tolerance_is_a_regression_that_is_named() -> None:
    (regression,) = find_regressions(RECORDED, {"singles: one": 0.29, "hot: one": 2.0}, BOTH)

    assert str(regression) == "singles: one: 0.29, on record as 0.40 (-28%)"


def test_a_ratio_that_is_not_measured_any_more_is_a_regression() -> None:
    (regression,) = find_regressions(RECORDED, {"singles: one": 0.4}, BOTH)

    assert str(regression) == "hot: one: on record as 2.00, and not measured any more"


def test_groups_that_did_not_run_are_not_missed() -> None:
    assert find_regressions(RECORDED, {"singles: one": 0.4}, frozenset({"singles"})) == []


def test_what_is_put_on_record_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "recorded.json"

    write_recorded(RECORDED, path)

    assert read_recorded(path) == RECORDED


def test_a_record_with_a_tolerance_of_everything_is_refused() -> None:
    with pytest.raises(ValueError, match="tolerance"):
        Recorded(tolerance=1.0, measured_on="", ratios={})


def test_there_is_a_record_of_every_ratio_that_the_gate_looks_at() -> None:
    from bench.groups import all_groups  # noqa: PLC0415 - it looks for programs

    wanted = {f"{group.name}: {each.name}" for group in all_groups() for each in group.quick().comparisons}

    assert wanted == read_recorded().ratios.keys()
