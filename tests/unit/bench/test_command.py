from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from bankcore_infra.cli import program
from bankcore_infra.cli.bench import hand_over


def test_the_program_hands_over_to_the_benchmarks_of_the_source_tree() -> None:
    shown = CliRunner().invoke(program.program, ["bench", "--help"])

    assert shown.exit_code == 0
    assert "--quick" in shown.output
    assert "bankcore bench" in shown.output


def test_an_installation_without_sources_says_where_the_benchmarks_are(tmp_path: Path) -> None:
    with pytest.raises(click.ClickException, match="source tree"):
        hand_over(tmp_path, ("--quick",))


def test_a_size_that_cannot_be_is_refused_before_anything_starts() -> None:
    shown = CliRunner().invoke(program.program, ["bench", "--accounts", "10", "--entries", "3"])

    assert shown.exit_code != 0
    assert "two entries for each account" in shown.output
