"""The floors: what PostgreSQL can do at most for two updates and two inserts, with nothing that makes it a bank."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg

from bankcore_infra.db.arrays import integers
from bench.figures import Subject
from bench.threads import Call, ThreadedCalls

ACCOUNTS: Final = 10_000
HOT: Final = 1
_SCHEMA: Final = """
    CREATE TABLE accounts (id integer PRIMARY KEY, balance bigint NOT NULL) WITH (fillfactor = 70);
    CREATE TABLE entries (account_id integer NOT NULL, amount bigint NOT NULL, at timestamptz NOT NULL DEFAULT now());
    CREATE INDEX entries_account_idx ON entries (account_id);
    CREATE FUNCTION transfer(source integer, target integer, amount bigint) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        -- In the order of their ids, or two opposite transfers would lock each other out.
        IF source < target THEN
            UPDATE accounts SET balance = balance - amount WHERE id = source;
            UPDATE accounts SET balance = balance + amount WHERE id = target;
        ELSE
            UPDATE accounts SET balance = balance + amount WHERE id = target;
            UPDATE accounts SET balance = balance - amount WHERE id = source;
        END IF;
        INSERT INTO entries (account_id, amount) VALUES (source, -amount);
        INSERT INTO entries (account_id, amount) VALUES (target, amount);
    END $$;
"""
_FILL: Final = "INSERT INTO accounts SELECT id, 1000000000 FROM generate_series(1, %s) AS id"
_ONE: Final = "SELECT transfer(%s, %s, %s)"
_BATCH: Final = """
    WITH asked AS (
        SELECT source::integer, target::integer, amount
        FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS asked (source, target, amount)
    ), lines AS (
        SELECT source AS account_id, -amount AS amount FROM asked UNION ALL SELECT target, amount FROM asked
    ), changes AS (
        SELECT account_id, sum(amount) AS amount FROM lines GROUP BY account_id
    ), locked AS MATERIALIZED (
        SELECT id FROM accounts WHERE id IN (SELECT account_id FROM changes) ORDER BY id FOR UPDATE
    ), changed AS (
        UPDATE accounts SET balance = balance + changes.amount
        FROM changes JOIN locked ON locked.id = changes.account_id WHERE accounts.id = changes.account_id
    )
    INSERT INTO entries (account_id, amount) SELECT account_id, amount FROM lines
"""
_BALANCE: Final = "SELECT balance FROM accounts WHERE id = %s"


def make_bare(url: str) -> None:
    """Make the bare tables and 10,000 accounts in an empty database."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_SCHEMA)
        connection.execute(_FILL, (ACCOUNTS,))


@contextmanager
def bare_transfers(url: str, *, threads: int, is_hot: bool = False) -> Iterator[Subject]:
    """One statement a transfer, each durable by itself, from so many threads with a connection each."""
    with _connections(url, threads) as connections:
        yield ThreadedCalls([_transfer(connection, is_hot=is_hot) for connection in connections])


@contextmanager
def bare_batches(url: str, *, size: int, threads: int = 1) -> Iterator[Subject]:
    """One set-based statement for so many transfers."""
    with _connections(url, threads) as connections:
        yield ThreadedCalls([_batch(connection, size) for connection in connections])


@contextmanager
def bare_balances(url: str) -> Iterator[Subject]:
    """One row by its key."""
    with _connections(url, 1) as (connection,):
        yield ThreadedCalls([_balance(connection)])


@contextmanager
def _connections(url: str, number: int) -> Iterator[list[psycopg.Connection]]:
    # Prepared at once: the floor shall not pay for parsing.
    made = [psycopg.connect(url, autocommit=True, prepare_threshold=0) for _ in range(number)]
    try:
        yield made
    finally:
        for connection in made:
            connection.close()


def _transfer(connection: psycopg.Connection, *, is_hot: bool) -> Call:
    chance = random.Random()

    def call() -> int:
        source, target = _pair(chance)
        connection.execute(_ONE, (HOT if is_hot else source, target, 1))
        return 1

    return call


def _batch(connection: psycopg.Connection, size: int) -> Call:
    chance = random.Random()

    def call() -> int:
        pairs = [_pair(chance) for _ in range(size)]
        connection.execute(
            _BATCH,
            (
                integers([source for source, _target in pairs]),
                integers([target for _source, target in pairs]),
                integers([1] * size),
            ),
        )
        return size

    return call


def _balance(connection: psycopg.Connection) -> Call:
    chance = random.Random()

    def call() -> int:
        connection.execute(_BALANCE, (chance.randint(1, ACCOUNTS),)).fetchone()
        return 1

    return call


def _pair(chance: random.Random) -> tuple[int, int]:
    """Two different accounts; the hot one is not the second."""
    source = chance.randint(1, ACCOUNTS)
    target = chance.randint(HOT + 1, ACCOUNTS - 1)
    return source, target if target != source else ACCOUNTS
