"""Lists that commands print for people."""

import pytest

from bankcore_infra.cli.printing import print_list

LONG_ID = "019c1406-3400-7000-8000-000000000003"


def printed(capsys: pytest.CaptureFixture[str], **row: object) -> str:
    print_list([row], {each: each for each in row}, as_json=False)
    return capsys.readouterr().out


def test_no_id_is_cut_however_many_columns_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    wide = printed(capsys, **{f"column {number}": LONG_ID for number in range(9)})

    assert wide.count(LONG_ID) == 9


def test_a_text_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, reason="[/red] :bank: [bold]paid[/bold]")

    assert "[/red] :bank: [bold]paid[/bold]" in text


def test_nothing_is_shown_as_nothing_and_none_as_a_number(capsys: pytest.CaptureFixture[str]) -> None:
    assert "None" not in printed(capsys, problem=None)
    assert "0" in printed(capsys, attempts=0)
