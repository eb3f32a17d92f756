"""Checks texts that people write and others read: every stored character can be seen.

A name with an invisible character looks like another name, and one of such characters alone looks empty. The sets are
those of Unicode: Default_Ignorable_Code_Point, and the contexts of RFC 5892, appendix A, in which a joiner changes what
is seen.
"""

import re
from collections.abc import Iterable
from typing import Final
from unicodedata import bidirectional, category, combining, name

from bankcore.arguments import require_a
from bankcore.errors import InvalidRequestError

_ZWNJ, _ZWJ = "\u200c", "\u200d"
_VIRAMA: Final = 9
_VARIATION_SELECTORS: Final = "\ufe0e\ufe0f"
_KEYCAP: Final = "\u20e3"
_KEYS: Final = frozenset("0123456789#*")
# Pictures that stand among letters and punctuation, by category or by block.
_PICTURES: Final = frozenset("\u00a9\u00ae\u203c\u2049\u2122\u2139\u3030")
_ARROWS: Final = "\u2190"
"""The first of the blocks of symbols in which pictures are."""
_SKIN_TONES: Final = frozenset("\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")
_LINE_MARKS: Final = re.compile("[\t\n\r]")
# Letters, marks and symbols by category, and invisible all the same; or kept by Unicode for what will be invisible.
_BLANK: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2065\u2800\u3164\uffa0\U00016fe4\U0001d159") | frozenset(
    map(chr, [*range(0x180B, 0x1810), *range(0xFE00, 0xFE0E), *range(0xFFF0, 0xFFF9), *range(0xE0000, 0xE1000)])
)
_NEVER: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_NONCHARACTERS: Final = frozenset(map(chr, range(0xFDD0, 0xFDF0))) | frozenset(
    chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF)
)


def require_text(text: str, pointer: str, *, length_max: int) -> None:
    """Require that the text has 1 to `length_max` characters, all of which can be seen, and is not blank.

    Raises:
        InvalidRequestError: it has not; the detail names the character.
    """
    # Callers without a type checker do pass other things.
    require_a(str, text, pointer, f"a text of 1 to {length_max} characters")
    if not 1 <= len(text) <= length_max:
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
    before, after = text[index - 1 : index], text[index + 1 : index + 2]
    if character in _VARIATION_SELECTORS:
        return _is_picture(before) or (before in _KEYS and after == _KEYCAP)
    if character in (_ZWJ, _ZWNJ):
        return before != "" and _joins(text, index)
    return _is_shown(character) or category(character) == "Zs"


def _is_shown(character: str) -> bool:
    is_unseen = category(character) in _NEVER or character in _BLANK or character in _NONCHARACTERS
    return not is_unseen and not character.isspace()


def _joins(text: str, index: int) -> bool:
    """Whether a joiner changes how its neighbours are drawn: after or before a virama, within Arabic, between emoji."""
    before, after = text[index - 1], text[index + 1 : index + 2]
    if combining(before) == _VIRAMA or (after and combining(after) == _VIRAMA):
        return True
    if text[index] == _ZWJ:
        return (_is_symbol(before) or before in _SKIN_TONES or before in _VARIATION_SELECTORS) and _is_symbol(after)
    return _is_arabic(reversed(text[:index])) and _is_arabic(text[index + 1 :])


def _is_picture(character: str) -> bool:
    """Whether it may be drawn as a picture, and so has forms to select from."""
    return character in _PICTURES or _is_symbol(character)


def _is_symbol(character: str) -> bool:
    """Whether it is of the blocks whose pictures also join others."""
    return character >= _ARROWS and category(character) in {"So", "Sm"}


def _is_arabic(characters: Iterable[str]) -> bool:
    """Whether the first letter, past its own marks, is of a script whose letters join."""
    return next((kind == "AL" for kind in map(bidirectional, characters) if kind != "NSM"), False)
