"""Quotes on PostgreSQL: two at once, accidents on the way, and what the database itself refuses."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, TypeVar

import psycopg
import pytest

from bankcore.fx.quotes import FxQuote, QuotePolicy
from bankcore.idempotency.answers import Accepted, Rejected
from bankcore.identifiers import TenantId
from bankcore.ledger.accounts import Account, AccountKind
from bankcore.ledger.quoted_transfers import QuoteExpiredError, QuoteUsedError
from bankcore.ledger.transactions import Transaction
from bankcore.money import Currency, Money
from bankcore.testing import read_books, require_sound_books
from bankcore_infra.db.lock_order import KEYS
from tests.contract.fx_adapters import ALICE, FxAdapter, postgresql_fx_adapter
from tests.integration.db.test_lock_order import locks
from tests.worlds.database_faults import accident_at, failure, terminated_backend
from tests.worlds.sql_bank import SqlBank

PARALLEL: Final = 8
T = TypeVar("T")


def at_once(act: Callable[[int], T]) -> list[T]:
    """What comes of doing it in so many threads at the same moment."""
    together = threading.Barrier(PARALLEL)

    def wait_and_act(place: int) -> T:
        together.wait(10)
        return act(place)

    with ThreadPoolExecutor(PARALLEL) as pool:
        return list(pool.map(wait_and_act, range(PARALLEL)))


def use_from(fx: FxAdapter, quote: FxQuote, sources: list[Account], place: int) -> Accepted[Transaction] | Rejected:
    return fx.move(quote.id, source=sources[place].id, key=f"{quote.id}-{place}")


def test_of_many_that_use_a_quote_at_once_one_wins(bank: SqlBank, fx: FxAdapter) -> None:
    others = [bank.accounts.open(currency="USD", owner_id="alice") for _ in range(PARALLEL)]
    for account in others:
        bank.ledger.deposit(account.id, fx.quote().from_amount)
    for _ in range(5):
        quote = fx.quote()
        answers = at_once(partial(use_from, fx, quote, others))

        won = [place for place, answer in enumerate(answers) if isinstance(answer, Accepted)]
        assert len(won) == 1
        lost = [answer for answer in answers if isinstance(answer, Rejected)]
        assert lost == [Rejected(QuoteUsedError(quote_id=quote.id))] * (PARALLEL - 1)
        bank.ledger.deposit(others[won[0]].id, quote.from_amount)
    require_sound_books(read_books(bank.queries, ["alice", "bob"]))


def test_of_many_requests_with_one_key_all_get_the_one_answer_or_are_told_to_wait(bank: SqlBank, fx: FxAdapter) -> None:
    quote = fx.quote()

    answers = at_once(lambda _place: fx.move(quote.id, key="pay"))

    codes = {answer.reason.code for answer in answers if isinstance(answer, Rejected)}
    assert codes <= {"idempotency_in_progress"}
    assert fx.balance(fx.dollars) == "900.00 USD"
    assert isinstance(fx.move(quote.id, key="pay"), Accepted)


def test_position_accounts_that_many_open_at_once_are_opened_once(bank: SqlBank, fx: FxAdapter) -> None:
    fx.rates.set_rate("KWD/JPY", "492.61")
    fx.rates.set_rate("JPY/KWD", "0.00203")
    fresh = [postgresql_services(bank, fx) for _ in range(PARALLEL)]

    def ask(place: int) -> FxQuote:
        return fresh[place].quote("10.000 KWD", "JPY") if place % 2 else fresh[place].quote("10000 JPY", "KWD")

    assert len(at_once(ask)) == PARALLEL

    opened = bank.scratch.scalar("SELECT count(*) FROM bankcore.accounts WHERE kind = 'fx_position'")
    assert opened == 2


def postgresql_services(bank: SqlBank, fx: FxAdapter) -> FxAdapter:
    """The same in a process that does not know yet which positions are open."""
    fresh = postgresql_fx_adapter(bank, QuotePolicy())
    for pair, rate in (("KWD/JPY", "492.61"), ("JPY/KWD", "0.00203")):
        fresh.rates.set_rate(pair, rate)
    assert fresh.bank is fx.bank
    return fresh


def test_many_exchange_both_ways_at_once_and_our_positions_are_what_they_exchanged(
    bank: SqlBank, fx: FxAdapter
) -> None:
    fx.rates.set_rate("NPR/USD", "0.0074")
    bank.ledger.deposit(fx.rupees.id, Money.of("100000.00", "NPR"))

    def exchange(place: int) -> list[Accepted[Transaction] | Rejected]:
        answers = []
        for number in range(1, 9):
            there = fx.quote(f"{place + number}.00 USD", "NPR")
            answers.append(fx.move(there.id, str(there.from_amount), key=f"there-{place}-{number}"))
            back = fx.quote(f"{place + number}00.00 NPR", "USD")
            move_back = partial(fx.move, back.id, str(back.from_amount), source=fx.rupees.id, to=fx.dollars.id)
            answers.append(move_back(key=f"back-{place}-{number}"))
        return answers

    answers = [answer for some in at_once(exchange) for answer in some]

    assert {type(answer) for answer in answers} == {Accepted}
    exchanged = bank.scratch.rows("""
        SELECT currency, sum(minor)::bigint FROM bankcore.fx_quotes CROSS JOIN LATERAL (
            VALUES (from_currency, from_minor), (to_currency, -to_minor)) AS leg (currency, minor)
        WHERE transaction_id IS NOT NULL GROUP BY currency ORDER BY currency
    """)
    lines = [line for line in bank.queries.trial_balance() if line.kind is AccountKind.FX_POSITION]
    assert exchanged == [(line.currency.code, line.total_minor) for line in lines]
    require_sound_books(read_books(bank.queries, ["alice", "bob"]))


def test_whatever_fails_on_the_way_the_quote_is_used_and_the_money_moved_or_neither(
    bank: SqlBank, fx: FxAdapter
) -> None:
    engine, number, done = bank.database.engine_for(bank.tenant_id), 0, False
    while not done:
        quote = fx.quote("1.00 USD")
        before = fx.balance(fx.dollars)
        with accident_at(engine, number, failure("53100")) as fuse:
            answer = fx.move(quote.id, "1.00 USD", key=f"pay-{number}")
        done = not fuse.has_blown
        used = fx.services.queries.get_quote(quote.id).quote.transaction_id is not None
        assert used == (fx.balance(fx.dollars) != before) == isinstance(answer, Accepted)
        if not used:
            assert isinstance(fx.move(quote.id, "1.00 USD", key=f"pay-{number}"), Accepted)
        number += 1

    assert number > 8
    require_sound_books(read_books(bank.queries, ["alice", "bob"]))


def test_a_connection_that_is_lost_anywhere_moves_the_money_once(bank: SqlBank, fx: FxAdapter) -> None:
    engine, number, done = bank.database.engine_for(bank.tenant_id), 0, False
    while not done:
        quote = fx.quote("1.00 USD")
        with accident_at(engine, number, terminated_backend(bank.scratch)) as fuse:
            answer = fx.move(quote.id, "1.00 USD", key=f"pay-{number}")
        done = not fuse.has_blown
        assert isinstance(answer, Accepted), answer
        number += 1

    assert fx.balance(fx.dollars) == f"{1000 - number}.00 USD"
    assert bank.scratch.scalar("SELECT count(*) FROM bankcore.fx_quotes WHERE transaction_id IS NOT NULL") == number


def test_a_transfer_at_a_quote_locks_the_key_the_quote_and_then_the_accounts(bank: SqlBank, fx: FxAdapter) -> None:
    quote = fx.quote()

    with accident_at(bank.database.engine_for(bank.tenant_id), -1, lambda _connection: None) as fuse:
        fx.move(quote.id, key="pay")

    found = [[name for name in locked if name != KEYS] for locked in locks(fuse.statements)]
    assert ["fx_quotes", "accounts"] in found
    assert [locked.index(KEYS) for locked in locks(fuse.statements) if "fx_quotes" in locked] == [0]


def test_who_waited_for_a_quote_is_judged_by_the_time_after_the_wait(bank: SqlBank, fx: FxAdapter) -> None:
    quote = fx.quote()
    with bank.scratch.connection() as holder, ThreadPoolExecutor(1) as pool:
        with holder.transaction():
            holder.execute("UPDATE bankcore.fx_quotes SET expires_at = clock_timestamp() WHERE id = %s", (quote.id,))
            waiting = pool.submit(fx.move, quote.id)
            while not bank.scratch.scalar("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                assert not waiting.done()
        answer = waiting.result(10)

    assert isinstance(answer, Rejected)
    assert isinstance(answer.reason, QuoteExpiredError)
    assert fx.balance(fx.dollars) == "1000.00 USD"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE bankcore.fx_quotes SET transaction_id = gen_random_uuid()",
        "UPDATE bankcore.fx_quotes SET transaction_id = NULL",
        "UPDATE bankcore.fx_quotes SET expires_at = expires_at + interval '1 day'",
        "UPDATE bankcore.fx_quotes SET to_minor = to_minor + 1",
        "DELETE FROM bankcore.fx_quotes",
        "TRUNCATE bankcore.fx_quotes",
    ],
)
def test_the_database_lets_nobody_change_a_used_quote(bank: SqlBank, fx: FxAdapter, statement: str) -> None:
    fx.move(fx.quote().id)

    for role in ("bankcore_app", "postgres"):
        with bank.scratch.connection(role) as connection:
            connection.execute("SELECT set_config('bankcore.tenant_id', %s, false)", (str(bank.tenant_id),))
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())


def test_another_tenant_sees_no_quote(bank: SqlBank, fx: FxAdapter) -> None:
    quote = fx.quote()

    with bank.scratch.connection("bankcore_app") as connection:
        counts = []
        for tenant_id in (bank.tenant_id, TenantId(quote.id)):
            connection.execute("SELECT set_config('bankcore.tenant_id', %s, false)", (str(tenant_id),))
            counts.append(connection.execute("SELECT count(*) FROM bankcore.fx_quotes").fetchone())
    assert counts == [(1,), (0,)]


def test_records_tell_who_asked_the_exact_rate_and_the_transaction(bank: SqlBank, fx: FxAdapter) -> None:
    quote = fx.quote()
    moved = fx.move(quote.id)
    fx.move(quote.id)
    assert isinstance(moved, Accepted)

    rows = bank.scratch.rows(
        "SELECT action, outcome, actor_id, convert_from(body, 'UTF8')::jsonb -> 'quote', "
        "convert_from(body, 'UTF8')::jsonb -> 'reason' ->> 'code' "
        "FROM bankcore.audit_log WHERE subject_id = %s ORDER BY id",
        quote.id,
    )
    named = {"from": "100.00 USD", "to": "13325.00 NPR", "rate": "133.25"}
    given, used, refused = rows
    assert given[:3] == ("fx_quote.given", "success", "alice")
    assert isinstance(given[3], dict)
    assert named.items() <= given[3].items()
    assert (given[3]["marketRate"], given[3]["spreadBps"], given[3]["owner"]) == ("133.25", 0, "alice")
    assert used == ("fx_quote.used", "success", "alice", {**named, "transaction": str(moved.value.id)}, None)
    assert refused == ("fx_quote.used", "rejected", "alice", None, "quote_used")
    transaction = bank.scratch.scalar(
        "SELECT convert_from(body, 'UTF8')::jsonb -> 'transaction' FROM bankcore.audit_log WHERE id = %s",
        moved.value.id,
    )
    assert transaction == {
        "kind": "fx_transfer",
        "metadata": {"fxQuoteId": str(quote.id), "fxRate": "133.25"},
        "source": ["fx_quote", str(quote.id)],
    }


def test_a_spread_of_many_digits_is_kept_to_the_last(bank: SqlBank) -> None:
    fx = postgresql_fx_adapter(bank, QuotePolicy(spread_bps=1))
    fx.rates.set_rate("USD/NPR", "133.123456789012345678")

    quote = fx.quote()

    assert str(quote.rate) == "133.1101444433334444434322"
    assert fx.services.queries.get_quote(quote.id, owner_id="alice").quote == quote
    assert quote.pair.got == Currency.of("NPR")
    assert quote.owner_id == ALICE.owner_id
