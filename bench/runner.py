"""Runs the groups of a plan one after another, and collects what they show."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

from bankcore_infra.processes import keep_what_is_loaded
from bench.figures import Round, Sample, Subject
from bench.machine import describe_machine, describe_server
from bench.places import Places
from bench.plan import Group, Result
from bench.world import World

OnStep = Callable[[str, int], None]
"""Hears what happens, and how many rounds have ended since it heard last."""
_WARM_UP: Final = 0.3
"""The share of a round that each subject may work before anything counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to measure, and for how long."""

    groups: Sequence[Group]
    rounds: int
    seconds: float
    accounts: int

    @property
    def steps(self) -> int:
        """How many rounds there are in all, roughly: the progress bar's length."""
        subjects = sum(len(group.subjects) + (group.then is not None) for group in self.groups)
        return subjects * self.rounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that one run has found."""

    plan: Plan
    machine: dict[str, str]
    server: dict[str, str]
    results: Sequence[Result]


def run_plan(plan: Plan, world: World, on_step: OnStep = lambda _what, _steps: None) -> Report:
    """Measure all of it."""
    machine, server = describe_machine(), describe_server(world)
    places = Places(world, accounts=plan.accounts)
    results = [_run_group(group, plan, places, on_step) for group in plan.groups]
    return Report(plan=plan, machine=machine, server=server, results=results)


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


def _run_group(group: Group, plan: Plan, places: Places, on_step: OnStep) -> Result:
    on_step(f"{group.name}: preparing", 0)
    samples: dict[str, Sample] = {}

    def tell(name: str) -> None:
        on_step(f"{group.name}: {name}", 1)

    with ExitStack() as stack:
        subjects = {name: stack.enter_context(make(places)) for name, make in group.subjects.items()}
        places.world.calm()
        group.first(places)
        # As every process of the bank does; it is the same for all subjects.
        keep_what_is_loaded()
        samples |= interleave(subjects, rounds=plan.rounds, seconds=plan.seconds, on_round=tell)
    if group.then is not None:
        with group.then(places, samples) as subjects_then:
            samples |= interleave(subjects_then, rounds=plan.rounds, seconds=plan.seconds, on_round=tell)
    return Result.of(group, samples)
