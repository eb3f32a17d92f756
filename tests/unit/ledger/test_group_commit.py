"""Single commands of many callers are posted together, and nobody notices but by the time it takes."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from bankcore.errors import LedgerInvariantError, OutcomeUnknownError, UnavailableError
from bankcore.ledger.outcomes import Outcome
from bankcore.ledger.requests import Request
from bankcore_infra.db import group_commit
from bankcore_infra.db.group_commit import GroupCommit
from bankcore_infra.db.places import Place
from tests.worlds.group_commit import PATIENCE_S, Books, key_of, queue_up, queue_up_one, request


@pytest.fixture
def books() -> Books:
    return Books()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(32) as made:
        yield made


def test_alone_nobody_waits(books: Books) -> None:
    gate = GroupCommit(books.run, books.run_alone)

    assert [key_of(gate.post(request(f"{number}"))) for number in range(3)] == ["0", "1", "2"]
    assert books.batches == [["0"], ["1"], ["2"]]


def test_who_comes_while_a_batch_is_posted_goes_with_the_next_in_order(books: Books, pool: ThreadPoolExecutor) -> None:
    gate = GroupCommit(books.run, books.run_alone, lanes=1)

    with books.closed():
        futures = queue_up(pool, books, gate, ["a", "b", "c", "d"])

    assert [key_of(future.result(PATIENCE_S)) for future in futures] == ["a", "b", "c", "d"]
    assert books.batches == [["a"], ["b", "c", "d"]]


def test_a_batch_is_bounded_and_lanes_are_too(books: Books, pool: ThreadPoolExecutor) -> None:
    gate = GroupCommit(books.run, books.run_alone, lanes=2, size_max=3)

    futures = [pool.submit(gate.post, request(f"{number}")) for number in range(200)]

    assert [key_of(future.result(PATIENCE_S)) for future in futures] == [f"{number}" for number in range(200)]
    assert max(map(len, books.batches)) <= 3
    assert books.at_once_max <= 2
    assert gate.waiting == 0


def test_what_can_be_sent_again_does_not_share_the_fate_of_what_cannot(books: Books, pool: ThreadPoolExecutor) -> None:
    gate = GroupCommit(books.run, books.run_alone, lanes=1)

    with books.closed():
        futures = queue_up(pool, books, gate, ["a", "b", None, None, "c"])

    for future in futures:
        future.result(PATIENCE_S)
    assert books.batches == [["a"], ["b", "c"], [None, None]]


@pytest.mark.parametrize("error", [UnavailableError(), LedgerInvariantError("planted")])
def test_a_poisoned_command_fails_alone(books: Books, pool: ThreadPoolExecutor, error: Exception) -> None:
    gate = GroupCommit(books.run, books.run_alone, lanes=1)

    def fail(requests: Sequence[Request]) -> None:
        if "poison" in [each.command.idempotency_key for each in requests]:
            raise error

    books.fail = fail
    with books.closed():
        futures = queue_up(pool, books, gate, ["a", "b", "poison", "c"])

    assert key_of(futures[1].result(PATIENCE_S)) == "b"
    assert key_of(futures[3].result(PATIENCE_S)) == "c"
    with pytest.raises(type(error)):
        futures[2].result(PATIENCE_S)
    assert books.batches[:2] == [["a"], ["b", "poison", "c"]]
    assert sorted(map(str, books.batches[2:])) == ["['b']", "['c']", "['poison']"]


def test_what_waited_for_others_in_vain_is_posted_again_outside_the_lane(books: Books) -> None:
    gate = GroupCommit(books.run, books.run_alone)
    errors: list[Exception] = [UnavailableError()]

    def fail(_requests: Sequence[Request]) -> None:
        if errors:
            raise errors.pop()

    books.fail = fail

    assert key_of(gate.post(request("a"))) == "a"
    assert books.batches == [["a"], ["a"]]


def test_what_failed_late_is_not_tried_again(
    books: Books, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "_SECOND_TRY_WITHIN_S", -1)
    gate = GroupCommit(books.run, books.run_alone, lanes=1)

    def fail(requests: Sequence[Request]) -> None:
        if requests[0].command.idempotency_key != "a":
            raise UnavailableError

    books.fail = fail
    with books.closed():
        futures = queue_up(pool, books, gate, ["a", "b", "c"])

    assert key_of(futures[0].result(PATIENCE_S)) == "a"
    for future in futures[1:]:
        with pytest.raises(UnavailableError):
            future.result(PATIENCE_S)
    assert books.batches == [["a"], ["b", "c"]]


def test_nobody_is_posted_again_when_the_outcome_is_unknown(books: Books, pool: ThreadPoolExecutor) -> None:
    gate = GroupCommit(books.run, books.run_alone, lanes=1)

    def fail(requests: Sequence[Request]) -> None:
        if len(requests) > 1:
            raise OutcomeUnknownError

    books.fail = fail
    with books.closed():
        futures = queue_up(pool, books, gate, [None, None, None])

    assert key_of(futures[0].result(PATIENCE_S)) is None
    for future in futures[1:]:
        with pytest.raises(OutcomeUnknownError):
            future.result(PATIENCE_S)
    assert books.batches == [[None], [None, None]]


@pytest.mark.parametrize("key", ["b", None])
def test_a_leader_that_is_told_to_end_leaves_nobody_waiting(
    books: Books, pool: ThreadPoolExecutor, key: str | None
) -> None:
    gate = GroupCommit(books.run, books.run_alone, lanes=1)

    def fail(requests: Sequence[Request]) -> None:
        if len(requests) > 1:
            raise KeyboardInterrupt

    books.fail = fail
    with books.closed():
        futures = queue_up(pool, books, gate, ["a", key, key])

    with pytest.raises(KeyboardInterrupt):
        futures[1].result(PATIENCE_S)
    if key is None:
        with pytest.raises(OutcomeUnknownError):
            futures[2].result(PATIENCE_S)
    else:
        assert key_of(futures[2].result(PATIENCE_S)) == key
    assert key_of(gate.post(request("later"))) == "later"


def test_who_gives_up_waiting_is_not_posted(books: Books, pool: ThreadPoolExecutor) -> None:
    gate = GroupCommit(books.run, books.run_alone, lanes=1)

    with books.closed():
        first = queue_up(pool, books, gate, ["a"])
        quitter = Place[Request, Outcome](request("quitter"))
        assert not gate.enter(quitter)
        assert gate.withdraw(quitter)
        assert not gate.withdraw(quitter)

    assert key_of(first[0].result(PATIENCE_S)) == "a"
    assert books.batches == [["a"]]


def test_nobody_stands_in_the_queue_for_ever(
    books: Books, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "WAIT_MAX_S", 0.05)
    gate = GroupCommit(books.run, books.run_alone, lanes=1)

    with books.closed():
        futures = queue_up(pool, books, gate, ["a", "b"])
        with pytest.raises(UnavailableError):
            futures[1].result(PATIENCE_S)

    assert key_of(futures[0].result(PATIENCE_S)) == "a"
    assert books.batches == [["a"]]


def test_what_is_being_posted_is_waited_for(
    books: Books, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = GroupCommit(books.run, books.run_alone, lanes=1)
    posted = [pool.submit(gate.post, request("a"))]
    posted[0].result(PATIENCE_S)
    with books.closed():
        posted = queue_up(pool, books, gate, ["b", "c"])
        monkeypatch.setattr(GroupCommit, "withdraw", lambda *_: False)
        monkeypatch.setattr(group_commit, "WAIT_MAX_S", 0.01)
        late = queue_up_one(pool, gate, "d")

    assert [key_of(each.result(PATIENCE_S)) for each in [*posted, late]] == ["b", "c", "d"]


@pytest.mark.parametrize("was_called", [False, True])
def test_ctrl_c_while_waiting_blocks_nobody(books: Books, monkeypatch: pytest.MonkeyPatch, was_called: bool) -> None:  # noqa: FBT001
    gate = GroupCommit(books.run, books.run_alone, lanes=1)
    leader = Place[Request, Outcome](request("leader"))
    assert gate.enter(leader)

    def interrupt(_place: Place[Request, Outcome], _timeout_s: float) -> bool:
        if was_called:
            gate.lead(leader)
        raise KeyboardInterrupt

    monkeypatch.setattr(Place, "wait", interrupt)
    with pytest.raises(KeyboardInterrupt):
        gate.post(request("interrupted"))
    if not was_called:
        gate.lead(leader)

    assert gate.waiting == 0
    assert key_of(gate.post(request("later"))) == "later"


def test_ctrl_c_while_others_are_let_in_blocks_nobody(
    books: Books, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = GroupCommit(books.run, books.run_alone, lanes=1)
    with books.closed():
        first = queue_up(pool, books, gate, ["a", "b"])
    for future in first:
        future.result(PATIENCE_S)

    def interrupt(_seconds: float) -> None:
        monkeypatch.undo()
        raise KeyboardInterrupt

    leader = Place[Request, Outcome](request("leader"))
    assert gate.enter(leader)
    waiting = pool.submit(gate.post, request("waiting"))
    while gate.waiting == 0:
        pass
    monkeypatch.setattr("bankcore_infra.db.group_commit.time.sleep", interrupt)
    with pytest.raises(KeyboardInterrupt):
        gate.lead(leader)

    assert key_of(waiting.result(PATIENCE_S)) == "waiting"
    assert key_of(pool.submit(gate.post, request("later")).result(PATIENCE_S)) == "later"
