"""Several statements in one round trip: their rows, their errors, and what is left of the connection."""

import time
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
import pytest
from psycopg import Connection
from psycopg.pq import TransactionStatus

from bankcore_infra.db import exchange as wire
from bankcore_infra.db.exchange import Exchange, ExchangeError, Rows, Sent, Statement
from tests.worlds.sql_bank import APP, ScratchDatabase, SqlBank

BEGIN, COMMIT = Sent(Statement("BEGIN")), Sent(Statement("COMMIT"))
ECHO = Statement("SELECT $1::text, $2::bigint")
DIVIDE = Statement("SELECT 1 / $1::bigint")


def exchange(driver: Connection[Any], prepared: set[bytes] | None, sent: Sequence[Sent]) -> list[Rows]:
    """All of it, together."""
    together = Exchange(driver, prepared)
    for each in sent:
        together.send(each)
    return together.finish()


@pytest.fixture
def driver(scratch: ScratchDatabase) -> Iterator[Connection[Any]]:
    with psycopg.connect(scratch.url(APP), prepare_threshold=None) as connection:
        yield connection


@pytest.mark.parametrize("known", [set[bytes](), None], ids=["prepared", "unprepared"])
def test_each_statement_has_its_rows(driver: Connection[Any], known: set[bytes] | None) -> None:
    for _ in range(2):
        answers = exchange(driver, known, [BEGIN, Sent(ECHO, ("a", 1)), Sent(ECHO, (None, None)), COMMIT])

        assert answers == [[], [("a", 1)], [(None, None)], []]
        assert driver.info.transaction_status == TransactionStatus.IDLE
    assert known is None or len(known) == 3


def test_more_than_the_socket_holds_goes_both_ways(driver: Connection[Any]) -> None:
    long = "x" * 5_000_000

    answers = exchange(driver, set(), [Sent(ECHO, (long, 1)), Sent(ECHO, (long, 2))])

    assert answers == [[(long, 1)], [(long, 2)]]


def test_something_else_can_be_done_while_it_is_on_its_way(driver: Connection[Any]) -> None:
    together = Exchange(driver, set())
    together.send(BEGIN)
    together.send(Sent(Statement("SELECT pg_sleep(0.2), 'late'")))
    began = time.monotonic()

    together.depart()

    assert time.monotonic() - began < 0.15
    assert [row[1] for row in together.finish()[1]] == ["late"]


def test_what_is_hurried_is_done_while_the_rest_is_still_being_made(
    driver: Connection[Any], scratch: ScratchDatabase
) -> None:
    together = Exchange(driver, set())
    together.send(BEGIN)
    together.send(Sent(Statement("SELECT pg_advisory_xact_lock(7), 'first'")))

    together.hurry()

    deadline = time.monotonic() + 10
    while scratch.scalar("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted") == 0:
        assert time.monotonic() < deadline
    together.send(Sent(ECHO, ("then", 1)))
    assert [[row[-1] for row in rows] for rows in together.finish()] == [[], ["first"], [1]]


def test_what_is_hurried_on_a_connection_that_is_gone_fails_when_it_is_finished(driver: Connection[Any]) -> None:
    together = Exchange(driver, set())
    together.send(BEGIN)
    driver.pgconn.finish()

    together.hurry()

    with pytest.raises(ExchangeError):
        together.finish()


def test_what_departs_on_a_connection_that_is_gone_fails_when_it_is_finished(
    driver: Connection[Any], scratch: ScratchDatabase
) -> None:
    scratch.scalar("SELECT pg_terminate_backend(%s, 5000)", driver.info.backend_pid)
    together = Exchange(driver, set())
    for _ in range(2):
        together.send(Sent(ECHO, ("x" * 100_000, 1)))

    together.depart()

    with pytest.raises(ExchangeError):
        together.finish()
    assert driver.closed


@pytest.mark.parametrize("known", [set[bytes](), None], ids=["prepared", "unprepared"])
def test_an_error_names_its_statement_and_those_behind_it_are_not_executed(
    driver: Connection[Any], known: set[bytes] | None
) -> None:
    with pytest.raises(ExchangeError) as caught:
        exchange(driver, known, [BEGIN, Sent(ECHO, ("a", 1)), Sent(DIVIDE, (0,)), COMMIT])

    assert (caught.value.index, caught.value.orig.sqlstate) == (2, "22012")
    assert driver.info.transaction_status == TransactionStatus.INERROR
    driver.rollback()
    assert exchange(driver, known, [BEGIN, Sent(DIVIDE, (1,)), COMMIT]) == [[], [(1,)], []]


def test_a_statement_that_cannot_be_prepared_is_the_one_that_failed(driver: Connection[Any]) -> None:
    with pytest.raises(ExchangeError) as caught:
        exchange(driver, set(), [Sent(ECHO, ("a", 1)), Sent(Statement("SELECT nothing FROM nowhere"))])

    assert (caught.value.index, caught.value.orig.sqlstate) == (1, "42P01")


def test_a_backend_that_ends_says_at_which_statement(driver: Connection[Any]) -> None:
    end = Sent(Statement("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(ExchangeError) as caught:
        exchange(driver, set(), [BEGIN, end, Sent(ECHO, ("a", 1)), COMMIT])

    assert caught.value.index in {1, 2}
    assert caught.value.orig.sqlstate == "57P01"
    assert driver.closed


def test_a_connection_that_is_gone_answers_nothing(driver: Connection[Any], scratch: ScratchDatabase) -> None:
    scratch.scalar("SELECT pg_terminate_backend(%s, 5000)", driver.info.backend_pid)

    with pytest.raises(ExchangeError) as caught:
        exchange(driver, set(), [BEGIN, Sent(ECHO, ("a", 1))])

    # The server's last words may still be in the socket; nothing was executed after them.
    assert (caught.value.index, caught.value.orig.sqlstate) in {(None, None), (0, "57P01")}
    assert driver.closed


def test_silence_ends(driver: Connection[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "_SILENCE_MAX_S", 0.05)

    with pytest.raises(ExchangeError) as caught:
        exchange(driver, set(), [Sent(Statement("SELECT pg_sleep($1::float8)::text"), (60,))])

    assert caught.value.index is None
    assert "no answer" in str(caught.value.orig)
    assert driver.closed


def test_ctrl_c_in_the_middle_leaves_no_connection_behind(
    driver: Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Exchange, "_receive", interrupt)
    with pytest.raises(KeyboardInterrupt):
        exchange(driver, set(), [BEGIN, Sent(ECHO, ("a", 1))])

    assert driver.closed


def test_prepared_statements_that_the_server_forgot_are_prepared_again(bank: SqlBank) -> None:
    alice = bank.open_account(balance="10.00")
    with bank.database.engine_for(bank.tenant_id).connect() as connection:
        connection.exec_driver_sql("DEALLOCATE ALL")

    withdrawn = bank.ledger.withdraw(alice.id, bank.queries.get_account(alice.id).balance)

    assert withdrawn.amount is not None
    assert bank.balance(alice) == "0.00"
