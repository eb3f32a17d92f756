"""Sets text in lines: which font has each character, how the characters join, and where a line ends."""

import unicodedata
from collections.abc import Iterator
from itertools import groupby
from threading import Lock
from typing import Any, Final, NamedTuple

from reportlab.pdfbase.ttfonts import ShapedStr, shapeStr

from bankcore_infra.documents.directions import Run, has_right_to_left, runs_in_sight, turned_round
from bankcore_infra.documents.fonts import ARABIC, BOLD, REGULAR, covers, load, width_of

# From here on characters change with their neighbours; before it, only combining marks do.
_FIRST_THAT_JOINS: Final = "\u0590"
_JOINERS: Final = frozenset("\u200c\u200d")
# The library keeps the shapes that it meets with the font, which all threads share.
_SHAPING: Final = Lock()


class Style(NamedTuple):
    """How a text looks; the colour is that of the ink, from 0 for black to 1 for white."""

    size: float
    font: str = REGULAR
    grey: float = 0.0


class Piece(NamedTuple):
    """Part of a line in one font, with its width in points."""

    font: str
    text: str
    width: float


def load_fonts() -> None:
    """Make all fonts ready."""
    for name in (REGULAR, BOLD, ARABIC):
        load(name)


def printable(text: str) -> str:
    """The text with what can be seen of it; a character that no font has is written as its number, `[U+4E2D]`."""
    if text.isascii():
        return text
    return "".join(_printable(character) for character in unicodedata.normalize("NFC", text))


def _printable(character: str) -> str:
    if unicodedata.category(character) in {"Cf", "Co"} and character not in _JOINERS:
        return "" if unicodedata.category(character) == "Cf" else _number_of(character)
    return character if covers(REGULAR, character) or covers(ARABIC, character) else _number_of(character)


def _number_of(character: str) -> str:
    return f"[U+{ord(character):04X}]"


def set_line(text: str, style: Style) -> list[Piece]:
    """The pieces of a printable text from left to right."""
    if text.isascii():
        return [Piece(style.font, text, width_of(text, style.font, style.size))]
    return [_shaped(part, font, style.size) for run in runs_in_sight(text) for font, part in _parts(run, style.font)]


def width_in(text: str, style: Style) -> float:
    """How wide the text is in points."""
    return sum(piece.width for piece in set_line(text, style))


def _parts(run: Run, wanted: str) -> list[tuple[str, str]]:
    """Neighbours in one font; a character stays with the font before it where that has it."""
    fonts, font = list[str](), wanted
    for character in run.text:
        if not covers(font, character) or (character.isalpha() and covers(wanted, character)):
            font = wanted if covers(wanted, character) else ARABIC
        fonts.append(font)
    grouped = groupby(zip(fonts, run.text, strict=True), key=lambda pair: pair[0])
    parts = [(font, "".join(character for _font, character in pairs)) for font, pairs in grouped]
    if not run.is_right_to_left:
        return parts
    return [(font, part if has_right_to_left(part) else turned_round(part)) for font, part in reversed(parts)]


def _shaped(text: str, font: str, size: float) -> Piece:
    if all(character < _FIRST_THAT_JOINS and not unicodedata.combining(character) for character in text):
        return Piece(font, text, width_of(text, font, size))
    with _SHAPING:
        shaped: Any = shapeStr(text, font, size)
    if not isinstance(shaped, ShapedStr):
        return Piece(font, shaped, width_of(shaped, font, size))
    return Piece(font, shaped, sum(each.x_advance for each in shaped.__shapeData__) * size / 1000)


def wrap(text: str, style: Style, width: float) -> list[str]:
    """The text in lines no wider than that, broken between words, or within one that is too wide by itself."""
    lines, line = list[str](), ""
    for word in _breakable(printable(text), style, width):
        longer = f"{line} {word}" if line else word
        if line and width_in(longer, style) > width:
            lines.append(line)
            line = word
        else:
            line = longer
    return [*lines, line] if line else lines


def _breakable(text: str, style: Style, width: float) -> Iterator[str]:
    for word in text.split():
        left = word
        while width_in(left, style) > width:
            end = _fitting(left, style, width)
            yield left[:end]
            left = left[end:]
        yield left


def _fitting(word: str, style: Style, width: float) -> int:
    """How many characters of the word fit, one at least; a mark stays with its letter."""
    low, high = 1, len(word)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if width_in(word[:middle], style) <= width else (low, middle)
    while low > 1 and unicodedata.category(word[low]).startswith("M"):
        low -= 1
    return low
