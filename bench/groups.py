"""The measurements: what is compared with what, and the ratios that are promised."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, timedelta
from typing import Final

import psycopg

from bench.bare import bare_balances, bare_batches, bare_transfers
from bench.figures import Sample, Subject
from bench.http_subjects import HttpTarget, http_transfers, orm_api, our_api
from bench.orm import orm_transfers
from bench.ours import our_balances, our_batches, our_histories, our_past_balances, our_transfers
from bench.places import Places
from bench.plan import Comparison, Group, Limit, MakeSubject
from bench.whole_books import export, verification

CALLERS: Final = (1, 8, 32)
BATCHES: Final = (10, 100, 1_000)
_HALF_LOAD: Final = "ours over HTTP at half load"


def all_groups() -> list[Group]:
    """Every group, in the order in which they run."""
    return [_singles(), _batches(), _hot_account(), _over_http(), _reads(), _whole_books()]


def _bare(threads: int, *, is_hot: bool = False) -> MakeSubject:
    return lambda places: bare_transfers(places.bare_url, threads=threads, is_hot=is_hot)


def _baseline(threads: int, *, is_hot: bool = False) -> MakeSubject:
    return lambda places: orm_transfers(*places.baseline, threads=threads, is_hot=is_hot)


def _ours(threads: int, *, is_hot: bool = False) -> MakeSubject:
    return lambda places: our_transfers(*places.bank, threads=threads, is_hot=is_hot)


def _bare_batch(size: int) -> MakeSubject:
    return lambda places: bare_batches(places.bare_url, size=size)


def _our_batch(size: int) -> MakeSubject:
    return lambda places: our_batches(*places.bank, size=size)


def _gated(name: str, subject: str, *against: str, at_least: float, is_aim: bool = False) -> Comparison:
    """A comparison that the gate looks at."""
    return Comparison(name=name, subject=subject, against=against, at_least=at_least, is_aim=is_aim, is_quick=True)


def _singles() -> Group:
    subjects: dict[str, MakeSubject] = {}
    for callers in CALLERS:
        subjects |= {
            f"bare, {callers}": _bare(callers),
            f"baseline, {callers}": _baseline(callers),
            f"ours, {callers}": _ours(callers),
        }
    return Group(
        name="singles",
        title="One transfer a call, by threads of one process",
        subjects=subjects,
        comparisons=[
            _gated("one thread: ours / bare", "ours, 1", "bare, 1", at_least=0.3),
            Comparison(name="8 threads: ours / bare", subject="ours, 8", against=("bare, 8",)),
            _gated("ours by 32 threads / bare by 8", "ours, 32", "bare, 8", at_least=0.6),
            _gated("ours by 32 threads / baseline by 8", "ours, 32", "baseline, 8", at_least=15),
        ],
    )


def _batches() -> Group:
    subjects: dict[str, MakeSubject] = {"bare, 8": _bare(8), "bare, 32": _bare(32)}
    for size in BATCHES:
        subjects |= {f"bare, batches of {size}": _bare_batch(size), f"ours, batches of {size}": _our_batch(size)}
    *smaller, largest = BATCHES
    ours = f"ours, batches of {largest}"
    comparisons = [
        _gated(
            f"batches of {largest}: ours / best bare single calls of the same driver",
            ours,
            "bare, 8",
            "bare, 32",
            at_least=1.0,
        ),
        _gated(
            f"batches of {largest}: ours / bare batches", ours, f"bare, batches of {largest}", at_least=0.5, is_aim=True
        ),
        *(
            Comparison(
                name=f"batches of {size}: ours / bare batches",
                subject=f"ours, batches of {size}",
                against=(f"bare, batches of {size}",),
            )
            for size in smaller
        ),
    ]
    return Group(name="batches", title="Many transfers a call", subjects=subjects, comparisons=comparisons)


def _hot_account() -> Group:
    floors = {f"bare hot, {callers}": _bare(callers, is_hot=True) for callers in CALLERS}
    return Group(
        name="hot",
        title="Every transfer debits one account",
        subjects={
            **floors,
            "baseline hot, 8": _baseline(8, is_hot=True),
            "ours cold, 32": _ours(32),
            "ours hot, 32": _ours(32, is_hot=True),
        },
        comparisons=[
            _gated("32 threads: ours hot / ours cold", "ours hot, 32", "ours cold, 32", at_least=0.8),
            _gated("ours hot by 32 threads / best bare hot", "ours hot, 32", *floors, at_least=1.0),
            Comparison(
                name="ours hot by 32 threads / baseline hot by 8", subject="ours hot, 32", against=("baseline hot, 8",)
            ),
        ],
    )


@contextmanager
def _our_target(places: Places) -> Iterator[HttpTarget]:
    with our_api(places.bank.place, accounts=places.accounts // 10) as target:
        yield target


@contextmanager
def _our_http(places: Places) -> Iterator[Subject]:
    with _our_target(places) as target, http_transfers(target) as subject:
        yield subject


@contextmanager
def _baseline_http(places: Places) -> Iterator[Subject]:
    url, ids = places.baseline
    with orm_api(url, [str(account_id) for account_id in ids]) as target, http_transfers(target) as subject:
        yield subject


@contextmanager
def _half_load(places: Places, samples: Mapping[str, Sample]) -> Iterator[Mapping[str, Subject]]:
    rate = max(1.0, samples["ours over HTTP"].per_second / 2)
    with _our_target(places) as target, http_transfers(target, rate=rate) as subject:
        yield {_HALF_LOAD: subject}


def _over_http() -> Group:
    return Group(
        name="http",
        title="Transfers over HTTP: 32 connections, one process of 32 threads",
        subjects={"baseline over HTTP": _baseline_http, "ours over HTTP": _our_http},
        comparisons=[_gated("HTTP: ours / baseline", "ours over HTTP", "baseline over HTTP", at_least=6)],
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
    past, history = "ours, balance at an instant", "ours, first page of a history"
    return Group(
        name="reads",
        title="Reads by one thread",
        subjects={
            "bare balance": lambda places: bare_balances(places.bare_url),
            "ours, balance now": lambda places: our_balances(*places.bank),
            past: _past_balances,
            history: lambda places: our_histories(*places.bank),
        },
        comparisons=[Comparison(name="balance: ours / bare", subject="ours, balance now", against=("bare balance",))],
        limits=[Limit(subject=past, p99_ms=5), Limit(subject=history, p99_ms=5)],
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
