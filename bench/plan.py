"""What a measurement consists of: groups of subjects that run in turns, and what is to be compared in each."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from bench.figures import Ratio, Sample, Subject, ratio_of
from bench.places import Places

MakeSubject = Callable[[Places], AbstractContextManager[Subject]]
MakeMore = Callable[[Places, Mapping[str, Sample]], AbstractContextManager[Mapping[str, Subject]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A ratio of rates: that of a subject over that of the fastest of some others."""

    name: str
    subject: str
    against: tuple[str, ...]
    at_least: float | None = None
    is_aim: bool = False
    """Whether falling short of it is no failure."""
    is_quick: bool = False
    """Whether the gate looks at it."""

    @property
    def subjects(self) -> set[str]:
        """Everything that has to be measured for it."""
        return {self.subject, *self.against}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A time that a subject's calls shall stay below, for 99 of 100."""

    subject: str
    p99_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Subjects that are measured side by side.

    `first` is done when all of them are ready, before anything counts; `then` are those whose load depends on what was
    found.
    """

    name: str
    title: str
    subjects: Mapping[str, MakeSubject]
    comparisons: Sequence[Comparison] = ()
    limits: Sequence[Limit] = ()
    first: Callable[[Places], None] = lambda _places: None
    then: MakeMore | None = None

    def quick(self) -> "Group":
        """The same with nothing but the gate's comparisons."""
        kept = [each for each in self.comparisons if each.is_quick]
        needed = {name for each in kept for name in each.subjects}
        subjects = {name: make for name, make in self.subjects.items() if name in needed}
        return Group(name=self.name, title=self.title, subjects=subjects, comparisons=kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A comparison and what came of it."""

    comparison: Comparison
    ratio: Ratio

    @property
    def is_met(self) -> bool | None:
        """Whether the target is reached; None where there is none."""
        wanted = self.comparison.at_least
        return None if wanted is None else self.ratio.median >= wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a group has shown."""

    group: Group
    samples: dict[str, Sample]
    verdicts: Sequence[Verdict] = field(default=())

    @classmethod
    def of(cls, group: Group, samples: dict[str, Sample]) -> "Result":
        """Compare what was measured."""
        verdicts = [
            Verdict(comparison=each, ratio=ratio_of(samples, each.subject, each.against)) for each in group.comparisons
        ]
        return cls(group=group, samples=samples, verdicts=verdicts)

    def limit_of(self, subject: str) -> Limit | None:
        """The time that the subject's calls shall stay below."""
        return next((limit for limit in self.group.limits if limit.subject == subject), None)
