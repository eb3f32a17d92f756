"""Puts the parts of a line in the order in which they are seen, where some are written from right to left."""

import unicodedata
from itertools import groupby
from typing import Final, NamedTuple

# The classes of the Unicode Bidirectional Algorithm (UAX 9), as far as visible characters have them.
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL"})
_NUMBERS: Final = frozenset({"EN", "AN"})
_IN_NUMBERS: Final = frozenset({"ES", "CS", "ET"})
_MIRRORED: Final = str.maketrans("()[]{}<>«»", ")(][}{><»«")
_LEFT, _RIGHT, _NUMBER, _NEUTRAL = "L", "R", "N", " "


class Run(NamedTuple):
    """Neighbours of one direction, in the order in which they are read."""

    text: str
    is_right_to_left: bool


def runs_in_sight(text: str) -> list[Run]:
    """The runs of one line from left to right.

    The first letter gives the line its direction. These are the implicit rules of UAX 9; the characters that overrule
    them do not count as visible, and are in no text of ours.
    """
    classes = _classes(text)
    base = next((kind for kind in classes if kind in {_LEFT, _RIGHT}), _LEFT)
    levels = _levels(_resolved(classes, base), base)
    runs = [
        (level, Run("".join(text[place] for place in places), level % 2 == 1))
        for level, grouped in groupby(range(len(text)), key=levels.__getitem__)
        for places in [list(grouped)]
    ]
    return _reordered(runs)


def turned_round(text: str) -> str:
    """What stands between words that are written from right to left, with its brackets the other way."""
    return text[::-1].translate(_MIRRORED)


def has_right_to_left(text: str) -> bool:
    """Whether a letter in it is written from right to left, so that shaping turns it round."""
    return any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in text)


def _classes(text: str) -> list[str]:
    classes = [_class_of(unicodedata.bidirectional(character)) for character in text]
    for place, character in enumerate(text):
        # A point or a sign between digits belongs to their number, and a mark to its letter.
        kind = unicodedata.bidirectional(character)
        before = classes[place - 1] if place else _NEUTRAL
        after = _class_of(unicodedata.bidirectional(text[place + 1])) if place + 1 < len(text) else _NEUTRAL
        if kind == "NSM" or (kind in _IN_NUMBERS and before == after == _NUMBER):
            classes[place] = before
    return classes


def _class_of(bidirectional: str) -> str:
    if bidirectional in _RIGHT_TO_LEFT:
        return _RIGHT
    if bidirectional in _NUMBERS:
        return _NUMBER
    return _LEFT if bidirectional == "L" else _NEUTRAL


def _resolved(classes: list[str], base: str) -> list[str]:
    """The classes without neutrals: what stands between two of one direction is of it, the rest of the line's."""
    strong, resolved = base, list[str]()
    for kind in classes:
        strong = kind if kind in {_LEFT, _RIGHT} else strong
        resolved.append(_LEFT if kind == _NUMBER and strong == _LEFT else kind)
    place = 0
    while place < len(resolved):
        end = place
        while end < len(resolved) and resolved[end] == _NEUTRAL:
            end += 1
        if end > place:
            before = _around(resolved[place - 1]) if place else base
            after = _around(resolved[end]) if end < len(resolved) else base
            resolved[place:end] = [before if before == after else base] * (end - place)
        place = end + 1
    return resolved


def _around(kind: str) -> str:
    return _RIGHT if kind == _NUMBER else kind


def _levels(resolved: list[str], base: str) -> list[int]:
    left = 0 if base == _LEFT else 2
    return [{_LEFT: left, _RIGHT: 1, _NUMBER: 2}[kind] for kind in resolved]


def _reordered(runs: list[tuple[int, Run]]) -> list[Run]:
    """The runs in sight: from the deepest level up, what is at least that deep is turned round."""
    for level in range(max((level for level, _run in runs), default=0), 0, -1):
        turned = list[tuple[int, Run]]()
        for is_deep, grouped in groupby(runs, key=lambda each, level=level: each[0] >= level):  # type: ignore[misc]
            part = list(grouped)
            turned += part[::-1] if is_deep else part
        runs = turned
    return [run for _level, run in runs]
