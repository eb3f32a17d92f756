"""A line is seen from left to right, whatever it is read in."""

import pytest

from bankcore_infra.documents.directions import has_right_to_left, runs_in_sight, turned_round


def seen(text: str) -> str:
    """What an eye meets from left to right, letter by letter."""
    return "".join(turned_round(run.text) if run.is_right_to_left else run.text for run in runs_in_sight(text))


@pytest.mark.parametrize(
    ("read", "in_sight"),
    [
        ("", ""),
        ("Rent 12, paid", "Rent 12, paid"),
        ("אבג", "גבא"),
        ("אב 12", "12 בא"),
        ("אב 1,250.50 ג", "ג 1,250.50 בא"),
        ("Rent אב גד paid", "Rent דג בא paid"),
        ("אב Rent גד", "דג Rent בא"),
        ("Rent אב 12", "Rent 12 בא"),
        ("אב (גד)", "(דג) בא"),
        ("12 אב", "בא 12"),
        ("(12)", "(12)"),
        ("- אב -", "- בא -"),
    ],
)
def test_words_and_numbers_stand_where_a_reader_looks_for_them(read: str, in_sight: str) -> None:
    assert seen(read) == in_sight


def test_a_mark_stays_with_its_letter() -> None:
    (run,) = runs_in_sight("שָׁלוֹם")

    assert run.is_right_to_left


def test_only_letters_have_a_direction() -> None:
    assert has_right_to_left("1 ب")
    assert not has_right_to_left("1 (a)")
