"""The ledger inside `transaction.atomic`, with the connection that Django keeps."""

from collections.abc import Iterator

import django
import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from psycopg.conninfo import conninfo_to_dict

from bankcore.errors import InvalidRequestError, UnavailableError
from bankcore.ledger.commands import Deposit
from bankcore.ledger.rejections import InsufficientFundsError
from tests.integration.ledger.books import require_sound
from tests.worlds.sql_bank import APP, SqlBank
from tests.worlds.values import npr


@pytest.fixture(scope="module", autouse=True)
def _django() -> None:
    """As a program sets it up, but for where its database is."""
    settings.configure(LOGGING_CONFIG=None, DATABASES={"default": {"ENGINE": "django.db.backends.postgresql"}})
    django.setup()


@pytest.fixture
def bank(bank: SqlBank) -> Iterator[SqlBank]:
    """A bank in whose database the program has a table."""
    bank.scratch.execute("CREATE TABLE public.orders (id int PRIMARY KEY)")
    bank.scratch.execute("GRANT ALL ON public.orders TO bankcore_app")
    address = conninfo_to_dict(bank.scratch.url())
    connection.settings_dict |= {
        "NAME": address["dbname"],
        "USER": address["user"],
        "HOST": address["host"],
        "PORT": address.get("port", ""),
    }
    yield bank
    connection.close()


def order(number: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO public.orders VALUES (%s)", [number])


def orders(bank: SqlBank) -> object:
    return bank.scratch.scalar("SELECT array_agg(id ORDER BY id) FROM public.orders")


def test_money_rows_and_what_waits_for_the_commit_come_and_go_together(bank: SqlBank) -> None:
    alice, bob = bank.open_account(balance="3.00"), bank.open_account("bob")
    told: list[str] = []

    with pytest.raises(ZeroDivisionError), transaction.atomic():  # noqa: PT012 - one transaction
        order(1)
        bank.using(connection).transfer(alice.id, bob.id, npr("1.00"))
        transaction.on_commit(lambda: told.append("undone"))
        raise ZeroDivisionError
    with transaction.atomic():
        # Nothing was said on it yet, so that its transaction begins with ours.
        bank.using(connection).transfer(alice.id, bob.id, npr("1.00"))
        order(2)
        transaction.on_commit(lambda: told.append(bank.balance(bob)))
        assert told == []

    assert told == ["1.00"]
    assert orders(bank) == [2]
    require_sound(bank)


def test_a_savepoint_of_django_takes_the_money_along(bank: SqlBank) -> None:
    alice, bob = bank.open_account(balance="3.00"), bank.open_account("bob")

    with transaction.atomic():
        order(1)
        bank.using(connection).transfer(alice.id, bob.id, npr("1.00"))
        with pytest.raises(ZeroDivisionError), transaction.atomic():  # noqa: PT012 - one savepoint
            order(2)
            bank.using(connection).transfer(alice.id, bob.id, npr("1.00"), idempotency_key="k")
            raise ZeroDivisionError
        with transaction.atomic():
            order(3)
            bank.using(connection).transfer(alice.id, bob.id, npr("2.00"), idempotency_key="k")
        with pytest.raises(InsufficientFundsError):
            bank.using(connection).transfer(alice.id, bob.id, npr("2.00"))

    assert (bank.balance(bob), orders(bank)) == ("3.00", [1, 3])
    require_sound(bank)


def test_outside_of_a_transaction_and_in_a_failed_one_it_is_refused_with_a_sentence(bank: SqlBank) -> None:
    alice = bank.open_account()
    ledger = bank.using(connection)

    for dry_run in (False, True):
        with pytest.raises(InvalidRequestError, match=r"ask inside `with transaction\.atomic"):
            ledger.execute([Deposit(alice.id, npr("1.00"))], dry_run=dry_run)
    with transaction.atomic():
        with pytest.raises(DatabaseError):
            order("no number")  # type: ignore[arg-type] # for the server to refuse
        with pytest.raises(InvalidRequestError, match="has failed"):
            ledger.deposit(alice.id, npr("1.00"))
        transaction.set_rollback(True)
    with transaction.atomic():
        transaction.set_rollback(True)
        with pytest.raises(InvalidRequestError, match="has failed"):
            ledger.deposit(alice.id, npr("1.00"))

    assert bank.balance(alice) == "0.00"


def test_after_the_loss_of_its_connection_django_connects_anew(bank: SqlBank) -> None:
    alice = bank.open_account()
    end = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = %s AND datname = %s"

    with pytest.raises(DatabaseError), transaction.atomic():  # noqa: PT012 - one transaction
        order(1)
        bank.scratch.rows(end + " AND application_name = ''", APP, bank.scratch.name)
        with pytest.raises(UnavailableError):
            bank.using(connection).deposit(alice.id, npr("1.00"))
    connection.close_if_unusable_or_obsolete()
    with transaction.atomic():
        bank.using(connection).deposit(alice.id, npr("1.00"))

    assert (bank.balance(alice), orders(bank)) == ("1.00", None)
