"""Texts that people write and others read: what is stored is what is seen.

A name or a reference with a character that nobody sees looks like another one, and one of such characters alone looks
like none. The sets are those of Unicode: Default_Ignorable_Code_Point, and the contexts of RFC 5892, appendix A, in
which a joiner changes what is seen.
"""

import re
from typing import Final
from unicodedata import bidirectional, category, combining, name

from bankcore.errors import InvalidRequestError

_ZWNJ, _ZWJ = "\u200c", "\u200d"
_VIRAMA: Final = 9
_VARIATION_SELECTORS: Final = "\ufe0e\ufe0f"
_ARABIC: Final = frozenset({"AL", "NSM"})
_LINE_MARKS: Final = re.compile("[\t\n\r]")
# Letters, marks and symbols by category, and invisible all the same.
_BLANK: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufff0") | frozenset(
    map(chr, [*range(0x180B, 0x1810), *range(0xFE00, 0xFE0E), *range(0xE0100, 0xE01F0)])
)
_NEVER: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_NONCHARACTERS: Final = frozenset(map(chr, range(0xFDD0, 0xFDF0))) | frozenset(
    chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF)
)


def require_text(text: str, pointer: str, *, length_max: int) -> None:
    """Nothing, if the text has 1 to `length_max` characters, all of which can be seen, and is not blank.

    Raises:
        InvalidRequestError: it has not; the detail names the character.
    """
    # Callers without a type checker do pass other things.
    if not isinstance(text, str) or not 1 <= len(text) <= length_max:  # type: ignore[redundant-expr]
        raise InvalidRequestError(pointer=pointer, detail=f"a text of 1 to {length_max} characters")
    problem = find_unseen(text) or ("it is blank" if text.isspace() else None)
    if problem is not None:
        raise InvalidRequestError(pointer=pointer, detail=f"a text of 1 to {length_max} visible characters: {problem}")


def find_unseen(text: str, *, is_multiline: bool = False) -> str | None:
    """What is wrong with the first character that nobody can see, or None; tabs and line ends may be allowed."""
    if is_multiline:
        text = _LINE_MARKS.sub(" ", text)
    if text.isascii() and text.isprintable():
        return None
    for index, character in enumerate(text):
        if not _is_seen(text, index, character):
            return f"U+{ord(character):04X} {name(character, 'without a name')} at character {index + 1} cannot be seen"
    return None


def _is_seen(text: str, index: int, character: str) -> bool:
    if character in _VARIATION_SELECTORS:
        return index > 0 and _is_shown(text[index - 1])
    if character in (_ZWJ, _ZWNJ):
        return _joins(text, index)
    return _is_shown(character) or category(character) == "Zs"


def _is_shown(character: str) -> bool:
    is_unseen = category(character) in _NEVER or character in _BLANK or character in _NONCHARACTERS
    return not is_unseen and not character.isspace()


def _joins(text: str, index: int) -> bool:
    """Whether a joiner changes how its neighbours are drawn: after or before a virama, within Arabic, between emoji."""
    before, after = text[index - 1 : index], text[index + 1 : index + 2]
    if not before:
        return False
    if combining(before) == _VIRAMA or (after and combining(after) == _VIRAMA):
        return True
    if not after:
        return False
    if text[index] == _ZWJ:
        return _is_symbol(before) and _is_symbol(after)
    return bidirectional(before) in _ARABIC and bidirectional(after) in _ARABIC


def _is_symbol(character: str) -> bool:
    """Whether it is drawn as a picture, or tells how the picture before it is drawn: its colour, its form."""
    return category(character) in {"So", "Sk"} or character in _VARIATION_SELECTORS
