"""Sheets of A4 that are filled from top to bottom, each with its number at the foot."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, Final

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from bankcore_infra.documents.fonts import width_of
from bankcore_infra.documents.typesetting import Piece, Style, load_fonts, printable, set_line, wrap

MARGIN: Final = 45.0
WIDTH: Final = A4[0] - 2 * MARGIN
LEADING: Final = 1.4
"""Lines are this much further apart than their letters are high."""
_TOP: Final = A4[1] - MARGIN
_BOTTOM: Final = MARGIN + 24
_FOOT: Final = Style(7.5, grey=0.35)
_RULE_GREY: Final = 0.75
# The number of all pages is drawn by this name on each, and drawn itself when the last one is there.
_ALL_PAGES: Final = "all-pages"


class Sheets:
    """A document while it is made; `top` is how far up the next line goes, in points from the foot of the page."""

    def __init__(self, *, title: str, foot: str, made_at: datetime) -> None:
        load_fonts()
        self._buffer = BytesIO()
        self._canvas: Any = Canvas(self._buffer, pagesize=A4, pageCompression=1, invariant=1, lang="en")
        self._canvas.setTitle(title)
        self._canvas.setCreator("bankcore")
        # The same document is the same bytes, whenever it is made.
        self._canvas.setDateFormatter(lambda *_clock: made_at.astimezone(UTC).strftime("D:%Y%m%d%H%M%SZ"))
        self._foot = printable(foot)
        self.top = _TOP
        self.on_new_page: Callable[[], None] = _nothing
        """What every further page begins with."""

    def require(self, height: float) -> None:
        """Go to a new page if there is less room than that on this one."""
        if self.top - height < _BOTTOM:
            self._end_page()
            self.top = _TOP
            self.on_new_page()

    def skip(self, height: float) -> None:
        """Leave that much free."""
        self.top -= height

    def rule(self) -> None:
        """A thin line across the page."""
        self._canvas.setLineWidth(0.5)
        self._canvas.setStrokeGray(_RULE_GREY)
        self._canvas.line(MARGIN, self.top, MARGIN + WIDTH, self.top)

    def write(self, text: str, style: Style, *, left: float = 0.0) -> None:
        """One line that begins so far from the left margin; `top` stays."""
        self._draw(set_line(printable(text), style), style, lambda _width: MARGIN + left)

    def write_to_right(self, text: str, style: Style, *, right: float, room: float = WIDTH) -> None:
        """One line that ends so far from the left margin, smaller if it is wider than the room; `top` stays."""
        pieces = set_line(printable(text), style)
        wide = sum(piece.width for piece in pieces)
        if wide > room:
            style = style._replace(size=style.size * room / wide)
            pieces = set_line(printable(text), style)
        self._draw(pieces, style, lambda width: MARGIN + right - width)

    def paragraph(self, text: str, style: Style, *, left: float = 0.0, width: float = WIDTH) -> None:
        """As many lines as it takes, each below the last, on the next page too."""
        self.lines(wrap(text, style, width), style, left=left)

    def lines(self, lines: Sequence[str], style: Style, *, left: float = 0.0) -> None:
        """These lines, each below the last."""
        for line in lines:
            self.require(style.size * LEADING)
            self.write(line, style, left=left)
            self.skip(style.size * LEADING)

    def finish(self) -> bytes:
        """The whole document."""
        pages = self._canvas.getPageNumber()
        self._end_page()
        self._canvas.beginForm(_ALL_PAGES, 0, 0, WIDTH, MARGIN)
        self._ink(_FOOT)
        self._canvas.drawString(0, 0, str(pages))
        self._canvas.endForm()
        self._canvas.save()
        return self._buffer.getvalue()

    def _end_page(self) -> None:
        self.top = MARGIN
        self.write_to_right(self._foot, _FOOT, right=WIDTH)
        number = f"{self._canvas.getPageNumber()} / "
        self.write(number, _FOOT)
        self._canvas.saveState()
        self._canvas.translate(MARGIN + width_of(number, _FOOT.font, _FOOT.size), self.top - _FOOT.size)
        self._canvas.doForm(_ALL_PAGES)
        self._canvas.restoreState()
        self._canvas.showPage()

    def _draw(self, pieces: Sequence[Piece], style: Style, begin: Callable[[float], float]) -> None:
        self._ink(style)
        at = begin(sum(piece.width for piece in pieces))
        for piece in pieces:
            self._canvas.setFont(piece.font, style.size)
            self._canvas.drawString(at, self.top - style.size, piece.text)
            at += piece.width

    def _ink(self, style: Style) -> None:
        self._canvas.setFillGray(style.grey)
        self._canvas.setFont(style.font, style.size)


def _nothing() -> None:
    """Further pages begin with what comes next."""
