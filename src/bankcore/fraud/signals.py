"""What a rule found, and what all of them found together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self


class Rule(StrEnum):
    """What a movement can look like."""

    VELOCITY = "velocity"
    STRUCTURING = "structuring"
    LARGE = "large"
    RAPID = "rapid_in_and_out"
    DORMANT = "dormant"
    NEW_PAYEE = "new_payee"


@dataclass(frozen=True, slots=True)
class Signal:
    """One rule that was met: its points, an explanation in one sentence, and the numbers in it."""

    rule: Rule
    points: int
    explanation: str
    facts: Mapping[str, int | str]


@dataclass(frozen=True, slots=True)
class Score:
    """The signals of one movement, weightiest first."""

    signals: tuple[Signal, ...]

    @classmethod
    def of(cls, signals: Iterable[Signal]) -> Self:
        """The score of these signals, in any order."""
        return cls(tuple(sorted(signals, key=lambda signal: (-signal.points, signal.rule))))

    @property
    def points(self) -> int:
        """The sum of the signals' points."""
        return sum(signal.points for signal in self.signals)

    @property
    def rules(self) -> frozenset[Rule]:
        """Which rules were met."""
        return frozenset(signal.rule for signal in self.signals)


NOTHING: Final = Score(())
"""The score of a movement in which no rule found anything."""
