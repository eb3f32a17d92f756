"""Runs subjects in turns, so that whatever else the machine does strikes all of them alike."""

from collections.abc import Callable, Mapping
from typing import Final

from bench.figures import Round, Sample, Subject

_WARM_UP: Final = 0.3
"""The share of a round that each subject may work before anything counts."""


def interleave(
    subjects: Mapping[str, Subject],
    *,
    rounds: int,
    seconds: float,
    on_round: Callable[[str], None] = lambda _name: None,
) -> dict[str, Sample]:
    """Measure every subject once a round: A B C, then C B A, so that none always follows the same one."""
    for subject in subjects.values():
        subject.run(seconds * _WARM_UP)
    measured: dict[str, list[Round]] = {name: [] for name in subjects}
    for turn in range(rounds):
        names = list(subjects)
        for name in names if turn % 2 == 0 else reversed(names):
            on_round(name)
            measured[name].append(subjects[name].run(seconds))
    return {name: Sample(tuple(found)) for name, found in measured.items()}
