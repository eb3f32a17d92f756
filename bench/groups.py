"""The measurements: what is compared with what, and the ratios that are promised."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, timedelta
from typing import Final

import psycopg

from bench.bare import bare_balances, bare_batches, bare_transfers
from bench.figures import Sample, Subject
from bench.http_subjects import HttpShape, HttpTarget, http_transfers, orm_api, our_api
from bench.orm import orm_transfers
from bench.ours import our_balances, our_batches, our_histories, our_past_balances, our_transfers
from bench.pgbench import find_pgbench, pgbench_transfers
from bench.places import Places
from bench.plan import Comparison, Group, Limit, MakeSubject
from bench.remote import RemoteSubject, SideBySide
from bench.whole_books import export, verification

CALLERS: Final = (1, 8, 32)
BATCHES: Final = (10, 100, 1_000)
CONNECTIONS: Final = 32
PGBENCH: Final = "pgbench"
_HALF_LOAD: Final = "ours over HTTP at half load"
_SHAPE: Final = HttpShape(processes=1, threads=32)


def all_groups() -> list[Group]:
    """Every group, in the order in which they run."""
    groups = [_singles(), _batches(), _hot_account(), _over_http(), _reads(), _whole_books()]
    return groups if find_pgbench() is not None else [group.without(PGBENCH) for group in groups]


def _bare(threads: int, *, is_hot: bool = False) -> MakeSubject:
    return lambda places: bare_transfers(places.bare_url, threads=threads, is_hot=is_hot)


def _pgbench(clients: int, *, is_hot: bool = False) -> MakeSubject:
    @contextmanager
    def make(places: Places) -> Iterator[Subject]:
        program = find_pgbench()
        if program is None:
            raise FileNotFoundError(PGBENCH)
        with pgbench_transfers(program, places.bare_url, clients=clients, is_hot=is_hot) as subject:
            yield subject

    return make


def _baseline(threads: int, *, is_hot: bool = False) -> MakeSubject:
    return lambda places: orm_transfers(*places.baseline, threads=threads, is_hot=is_hot)


def _ours(threads: int, *, is_hot: bool = False) -> MakeSubject:
    return lambda places: our_transfers(*places.bank, threads=threads, is_hot=is_hot)


def _bare_batch(size: int) -> MakeSubject:
    return lambda places: bare_batches(places.bare_url, size=size)


def _our_batch(size: int) -> MakeSubject:
    return lambda places: our_batches(*places.bank, size=size)


@contextmanager
def _our_batches_by_two(places: Places) -> Iterator[Subject]:
    with ExitStack() as stack:
        started = [RemoteSubject.start(our_batches, *places.bank, size=BATCHES[-1]) for _ in range(2)]
        yield SideBySide([stack.enter_context(each) for each in started])


def _singles() -> Group:
    subjects: dict[str, MakeSubject] = {}
    for callers in CALLERS:
        subjects |= {
            f"bare, {callers}": _bare(callers),
            f"{PGBENCH}, {callers}": _pgbench(callers),
            f"baseline, {callers}": _baseline(callers),
            f"ours, {callers}": _ours(callers),
        }
    return Group(
        name="singles",
        title="One transfer a call, by threads of one process",
        subjects=subjects,
        comparisons=[
            Comparison(
                name="one thread: ours / bare", subject="ours, 1", against=("bare, 1",), at_least=0.3, is_quick=True
            ),
            Comparison(name="8 threads: ours / bare", subject="ours, 8", against=("bare, 8",)),
            Comparison(
                name="ours by 32 threads / bare by 8",
                subject="ours, 32",
                against=("bare, 8",),
                at_least=0.6,
                is_quick=True,
            ),
            Comparison(
                name="ours by 32 threads / baseline by 8",
                subject="ours, 32",
                against=("baseline, 8",),
                at_least=15,
                is_quick=True,
            ),
        ],
    )


def _batches() -> Group:
    subjects: dict[str, MakeSubject] = {
        "bare, 8": _bare(8),
        "bare, 32": _bare(32),
        f"{PGBENCH}, 8": _pgbench(8),
        f"{PGBENCH}, 32": _pgbench(32),
    }
    for size in BATCHES:
        subjects |= {f"bare, batches of {size}": _bare_batch(size), f"ours, batches of {size}": _our_batch(size)}
    subjects["ours, batches of 1000, 2 processes"] = _our_batches_by_two
    against_floor = [
        Comparison(
            name=f"batches of {size}: ours / bare batches",
            subject=f"ours, batches of {size}",
            against=(f"bare, batches of {size}",),
            at_least=0.5 if size == BATCHES[-1] else None,
            is_aim=True,
            is_quick=size == BATCHES[-1],
        )
        for size in BATCHES
    ]
    return Group(
        name="batches",
        title="Many transfers a call",
        subjects=subjects,
        comparisons=[
            Comparison(
                name="batches of 1000: ours / best bare single calls of the same driver",
                subject="ours, batches of 1000",
                against=("bare, 8", "bare, 32"),
                at_least=1.0,
                is_quick=True,
            ),
            Comparison(
                name="batches of 1000, 2 processes: ours / best bare single calls of pgbench",
                subject="ours, batches of 1000, 2 processes",
                against=(f"{PGBENCH}, 8", f"{PGBENCH}, 32"),
                at_least=1.0,
            ),
            *against_floor,
        ],
    )


def _hot_account() -> Group:
    hot_floors = [f"bare hot, {callers}" for callers in CALLERS]
    subjects: dict[str, MakeSubject] = {
        **{f"bare hot, {callers}": _bare(callers, is_hot=True) for callers in CALLERS},
        f"{PGBENCH} hot, 8": _pgbench(8, is_hot=True),
        "baseline hot, 8": _baseline(8, is_hot=True),
        "ours cold, 32": _ours(32),
        "ours hot, 32": _ours(32, is_hot=True),
    }
    return Group(
        name="hot",
        title="Every transfer debits one account",
        subjects=subjects,
        comparisons=[
            Comparison(
                name="32 threads: ours hot / ours cold",
                subject="ours hot, 32",
                against=("ours cold, 32",),
                at_least=0.8,
                is_quick=True,
            ),
            Comparison(
                name="ours hot by 32 threads / best bare hot",
                subject="ours hot, 32",
                against=tuple(hot_floors),
                at_least=1.0,
                is_quick=True,
            ),
            Comparison(
                name="ours hot by 32 threads / baseline hot by 8", subject="ours hot, 32", against=("baseline hot, 8",)
            ),
        ],
    )


@contextmanager
def _our_http(places: Places) -> Iterator[Subject]:
    with _our_target(places) as target, http_transfers(target, connections=CONNECTIONS) as subject:
        yield subject


@contextmanager
def _our_target(places: Places) -> Iterator[HttpTarget]:
    with our_api(places.bank.place, _SHAPE, accounts=places.accounts // 10) as target:
        yield target


@contextmanager
def _baseline_http(places: Places) -> Iterator[Subject]:
    url, ids = places.baseline
    with (
        orm_api(url, [str(account_id) for account_id in ids], _SHAPE) as target,
        http_transfers(target, connections=CONNECTIONS) as subject,
    ):
        yield subject


@contextmanager
def _half_load(places: Places, samples: Mapping[str, Sample]) -> Iterator[Mapping[str, Subject]]:
    rate = max(1.0, samples["ours over HTTP"].per_second / 2)
    with _our_target(places) as target, http_transfers(target, connections=CONNECTIONS, rate=rate) as subject:
        yield {_HALF_LOAD: subject}


def _over_http() -> Group:
    return Group(
        name="http",
        title=f"Transfers over HTTP: {CONNECTIONS} connections, one process of {_SHAPE.threads} threads",
        subjects={"baseline over HTTP": _baseline_http, "ours over HTTP": _our_http},
        comparisons=[
            Comparison(
                name="HTTP: ours / baseline",
                subject="ours over HTTP",
                against=("baseline over HTTP",),
                at_least=6,
                is_quick=True,
            )
        ],
        limits=[Limit(subject=_HALF_LOAD, p99_ms=25)],
        then=_half_load,
    )


@contextmanager
def _past_balances(places: Places) -> Iterator[Subject]:
    with psycopg.connect(places.bank.place.superuser_url) as connection:
        row = connection.execute("SELECT min(posted_at), max(posted_at) FROM bankcore.entries").fetchone()
    assert row is not None  # noqa: S101 - an aggregate has a row
    since, until = row[0].astimezone(UTC), row[1].astimezone(UTC) + timedelta(microseconds=1)
    with our_past_balances(*places.bank, since, until) as subject:
        yield subject


def _reads() -> Group:
    return Group(
        name="reads",
        title="Reads by one thread",
        subjects={
            "bare balance": lambda places: bare_balances(places.bare_url),
            "ours, balance now": lambda places: our_balances(*places.bank),
            "ours, balance at an instant": _past_balances,
            "ours, first page of a history": lambda places: our_histories(*places.bank),
        },
        comparisons=[
            Comparison(name="balance: ours / bare", subject="ours, balance now", against=("bare balance",)),
        ],
        limits=[
            Limit(subject="ours, balance at an instant", p99_ms=5),
            Limit(subject="ours, first page of a history", p99_ms=5),
        ],
    )


def _whole_books() -> Group:
    return Group(
        name="books",
        title="All books at once: entries verified, and lines exported, a second",
        subjects={
            "ours, verify": lambda places: verification(places.bank.place),
            "ours, export": lambda places: export(places.bank.place),
        },
    )
