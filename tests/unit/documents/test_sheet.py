"""A sheet keeps its columns apart, and its lines on the page."""

from datetime import UTC, datetime
from io import BytesIO

import pytest
from pypdf import PdfReader

from bankcore_infra.documents.sheet import LEADING, MARGIN, WIDTH, Sheets
from bankcore_infra.documents.typesetting import Style, width_in

STYLE = Style(8)


def sheets() -> Sheets:
    return Sheets(title="A title", foot="a foot", made_at=datetime(2026, 1, 31, 12, tzinfo=UTC))


def places(pdf: bytes) -> dict[str, tuple[float, float]]:
    """Where each text begins from the left margin, and the size of its letters."""
    found: dict[str, tuple[float, float]] = {}

    def note(text: str, _cm: object, tm: list[float], _font: object, size: float) -> None:
        if text.strip():
            found[text.strip()] = (tm[4] - MARGIN, size)

    for page in PdfReader(BytesIO(pdf)).pages:
        page.extract_text(visitor_text=note)
    return found


@pytest.mark.parametrize("amount", ["1.00", "9,223,372,036,854,775,807.00 NPR"])
def test_what_is_wider_than_its_column_is_written_smaller_and_ends_where_it_should(amount: str) -> None:
    made = sheets()
    made.write_to_right(amount, STYLE, right=WIDTH, room=50.0)

    left, size = places(made.finish())[amount]

    assert left >= WIDTH - 50.0 - 0.1
    assert left + width_in(amount, STYLE._replace(size=size)) == pytest.approx(WIDTH, abs=0.1)
    assert (size < STYLE.size) is (len(amount) > len("1.00"))


def test_a_paragraph_goes_on_on_the_next_page() -> None:
    made = sheets()
    made.lines(["line"] * 200, STYLE)

    pages = [page.extract_text() for page in PdfReader(BytesIO(made.finish())).pages]

    assert sum(page.count("line") for page in pages) == 200
    assert len(pages) == 200 // int((841 - MARGIN - MARGIN - 24) / (STYLE.size * LEADING)) + 1


def test_a_document_tells_its_title_and_when_it_was_made() -> None:
    told = PdfReader(BytesIO(sheets().finish())).metadata

    assert told is not None
    assert told.title == "A title"
    assert told.creation_date == datetime(2026, 1, 31, 12, tzinfo=UTC)
