"""Text is set in the fonts that travel with the document, and ends where the column does."""

import pytest

from bankcore_infra.documents.fonts import ARABIC, REGULAR
from bankcore_infra.documents.typesetting import Style, load_fonts, printable, set_line, width_in, wrap

STYLE = Style(8)
WIDTH = 100.0


@pytest.fixture(autouse=True)
def _fonts() -> None:
    load_fonts()


@pytest.mark.parametrize(
    "text", ["Rent, 12 €", "भाडा क्षत्रिय", "إيجار", "Аренда Ж", "Ενοίκιο", "nguyễn", "\N{MINUS SIGN}12"]
)
def test_what_a_font_has_is_printed_as_it_is(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "printed"),
    [("家賃", "[U+5BB6][U+8CC3]"), ("🏠", "[U+1F3E0]"), ("\ue000", "[U+E000]"), ("a\u202eb", "ab"), ("e\u0301", "é")],
)
def test_what_no_font_has_is_told_by_its_number_and_never_an_empty_box(text: str, printed: str) -> None:
    assert printable(text) == printed


def test_each_part_of_a_line_is_in_a_font_that_has_it() -> None:
    assert [piece.font for piece in set_line("Rent إيجار paid", STYLE)] == [REGULAR, ARABIC, REGULAR]


def test_letters_that_join_are_narrower_than_each_by_itself() -> None:
    assert width_in("क्ष", STYLE) < width_in("क", STYLE) + width_in("ष", STYLE)
    assert width_in("بيت", STYLE) < sum(width_in(letter, STYLE) for letter in "بيت")


def test_a_line_from_right_to_left_begins_with_its_last_word() -> None:
    pieces = set_line("إيجار 12", STYLE)

    assert pieces[0].text.strip() == "12"


@pytest.mark.parametrize(
    "text",
    [
        "a few words that are longer than one line can be",
        "x" * 200,
        "क्षत्रियभाडा" * 20,
        "إيجار شهر يناير " * 10,
        "家" * 60,
    ],
)
def test_no_line_is_wider_than_its_column_and_no_letter_is_lost(text: str) -> None:
    lines = wrap(text, STYLE, WIDTH)

    assert len(lines) > 1
    assert max(width_in(line, STYLE) for line in lines) <= WIDTH
    assert "".join(lines).replace(" ", "") == printable(text).replace(" ", "")


def test_a_line_never_begins_with_a_mark() -> None:
    lines = wrap("कि" * 100, STYLE, WIDTH)

    assert {line[0] for line in lines} == {"क"}


def test_nothing_is_no_line() -> None:
    assert wrap("", STYLE, WIDTH) == []
