"""A caller that is stopped from outside neither keeps the queue nor loses or doubles what others ask."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from bankcore.errors import OutcomeUnknownError, UnavailableError
from bankcore.ledger.outcomes import Outcome
from bankcore.ledger.requests import Request
from bankcore_infra.db import group_commit
from bankcore_infra.db.group_commit import GroupCommit
from bankcore_infra.db.places import Place, Turn
from tests.worlds.group_commit import PATIENCE_S, Books, key_of, queue_up, request


class OutOfTimeError(Exception):
    """What a time limit raises in whatever thread runs at that moment."""


class ToldToEnd(BaseException):
    """As Ctrl-C."""


STOPS = [OutOfTimeError, ToldToEnd]


@pytest.fixture
def books() -> Books:
    return Books()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as made:
        yield made


def stopping(
    stop: type[BaseException], *, after: bool, books: Books, posted: list[str | None]
) -> group_commit.PostTogether[Request, Outcome]:
    """Posting that is stopped once there is company, after it has recorded everything or before."""

    def together(requests: Sequence[Request]) -> list[Outcome]:
        outcomes = books.run(requests)
        if len(requests) > 1 and not after:
            raise stop
        posted.extend(each.command.idempotency_key for each in requests)
        if len(requests) > 1:
            raise stop
        return outcomes

    return together


@pytest.mark.parametrize("stop", STOPS)
@pytest.mark.parametrize("key", ["k", None])
def test_what_was_recorded_before_the_stop_is_not_posted_again_unless_its_key_tells(
    books: Books, pool: ThreadPoolExecutor, stop: type[BaseException], key: str | None
) -> None:
    posted: list[str | None] = []
    gate = GroupCommit(stopping(stop, after=True, books=books, posted=posted), books.run_alone)

    with books.closed():
        futures = queue_up(pool, books, gate, [None, key, key] if key is None else ["a", key, key])

    with pytest.raises(stop):
        futures[1].result(PATIENCE_S)
    if key is None:
        with pytest.raises(OutcomeUnknownError):
            futures[2].result(PATIENCE_S)
    else:
        assert key_of(futures[2].result(PATIENCE_S)) == key
    assert key_of(gate.post(request("later"))) == "later"


@pytest.mark.parametrize("stop", STOPS)
def test_where_nothing_was_recorded_before_the_stop_the_others_are_posted(
    books: Books, pool: ThreadPoolExecutor, stop: type[BaseException]
) -> None:
    posted: list[str | None] = []
    together = stopping(stop, after=False, books=books, posted=posted)
    gate = GroupCommit(together, books.run_alone, is_undone=lambda: True)

    with books.closed():
        futures = queue_up(pool, books, gate, [None, None, None, None])

    for future in futures[2:]:
        assert key_of(future.result(PATIENCE_S)) is None
    if stop is ToldToEnd:
        with pytest.raises(stop):
            futures[1].result(PATIENCE_S)
    assert posted == [None]
    assert len(books.batches) == 2 + (2 if stop is ToldToEnd else 3)


@pytest.mark.parametrize("stop", STOPS)
@pytest.mark.parametrize("method", ["answer", "call"])
def test_a_stop_among_the_answers_leaves_nobody_without_one(
    books: Books, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch, stop: type[BaseException], method: str
) -> None:
    gate = GroupCommit(books.run, books.run_alone)
    answer, times = getattr(Place, method), [0]

    def interrupted(place: Place[Request, Outcome], *arguments: object) -> None:
        times[0] += 1
        if times[0] == 3:
            raise stop
        answer(place, *arguments)

    with books.closed():
        futures = queue_up(pool, books, gate, [None, None, None, None])
        monkeypatch.setattr(Place, method, interrupted)

    results = [future.exception(PATIENCE_S) for future in futures]
    assert sum(isinstance(result, stop) for result in results) <= 1
    assert all(result is None or isinstance(result, stop) for result in results)
    assert key_of(gate.post(request("later"))) == "later"
    assert gate.waiting == 0


@pytest.mark.parametrize("stop", STOPS)
def test_a_stop_before_the_lead_begins_gives_the_lane_back(
    books: Books, monkeypatch: pytest.MonkeyPatch, stop: type[BaseException]
) -> None:
    gate = GroupCommit(books.run, books.run_alone)

    def interrupted(_gate: GroupCommit[Request, Outcome], _place: Place[Request, Outcome]) -> None:
        raise stop

    with monkeypatch.context() as patched:
        patched.setattr(GroupCommit, "take_turn", interrupted)
        with pytest.raises(stop):
            gate.post(request("a"))

    assert key_of(gate.post(request("b"))) == "b"
    assert books.batches == [["b"]]


def test_a_leader_that_was_chosen_and_not_called_is_called_by_whoever_leaves_next(books: Books) -> None:
    gate = GroupCommit(books.run, books.run_alone)
    leader, following = (Place[Request, Outcome](request(name)) for name in "ab")
    assert gate.enter(leader)
    assert not gate.enter(following)

    gate.leave(leader)
    assert following.turn is Turn.LEAD
    assert following.wait(0)
    following.turn = Turn.WAIT
    gate.leave(Place(request("c")))

    assert following.wait(0)
    gate.lead(following)
    assert key_of(following.outcome()) == "b"


def test_who_waits_for_somebodys_account_waits_in_a_line_of_its_own(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = list[str]()

    def refuse(_requests: object) -> list[Outcome]:
        tried.append("together")
        raise UnavailableError

    def refuse_alone(_request: Request) -> Outcome:
        tried.append("alone")
        raise UnavailableError

    gate = GroupCommit(refuse, refuse_alone, patiently=books.run_alone)
    assert key_of(gate.post(request("a"))) == "a"
    assert tried == ["together", "alone"]

    monkeypatch.setattr(group_commit, "_SECOND_TRY_WITHIN_S", 0.05)
    for _ in range(group_commit.PATIENT_MAX):
        gate._patient.enter(timeout_s=0)  # noqa: SLF001 - as those who wait already
    with pytest.raises(UnavailableError):
        gate.post(request("b"))
    monkeypatch.setattr(group_commit, "_SECOND_TRY_WITHIN_S", 5.0)
    gate._patient.leave()  # noqa: SLF001
    assert key_of(gate.post(request("c"))) == "c"
    assert books.batches == [["a"], ["c"]]
    books.fail = lambda _requests: (_ for _ in ()).throw(OutOfTimeError)
    with pytest.raises(OutOfTimeError):
        gate.post(request("d"))
