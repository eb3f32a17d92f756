"""The fonts that documents are set in: Noto Sans for Latin, Greek, Cyrillic and Devanagari, and its Arabic sister."""

from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR: Final = "NotoSans-Regular"
BOLD: Final = "NotoSans-Bold"
ARABIC: Final = "NotoSansArabic-Regular"
_FOLDER: Final = Path(__file__).parent / "fonts"
_LOADING: Final = Lock()


@cache
def _loaded(name: str) -> tuple[Any, frozenset[int]]:
    font = TTFont(name, _FOLDER / f"{name}.ttf")
    # Taken now, because shaping adds places of private use for glyphs that are no character by themselves.
    return font, frozenset(font.face.charToGlyph)


def load(name: str) -> None:
    """Make the font known to the library, once in a process."""
    with _LOADING:
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(_loaded(name)[0])


def covers(name: str, character: str) -> bool:
    """Whether the font has a shape for the character."""
    return ord(character) in _loaded(name)[1]


def width_of(text: str, name: str, size: float) -> float:
    """How wide the text is in points, each character by itself."""
    width: float = pdfmetrics.stringWidth(text, name, size)
    return width
