"""Whoever was refused for the moment is told why, in words that hold no data."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Final
from uuid import UUID

import pytest

from bankcore.errors import Unavailability, UnavailableError
from bankcore.identifiers import TenantId
from bankcore_infra.db.engine import Database
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import LostRaceError, OwnTransactions
from tests.worlds.sql_bank import SqlBank

TENANT: Final = TenantId(UUID(int=1))
RAISE: Final = "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{}', MESSAGE = 'account of alice'; END $$"


def reason_of_failure(ask: Callable[[], object]) -> Unavailability:
    with pytest.raises(UnavailableError) as caught:
        ask()
    assert "alice" not in str(caught.value)
    return caught.value.reason


@pytest.mark.parametrize(
    ("sqlstate", "reason"),
    [
        ("25006", Unavailability.READ_ONLY),
        ("53100", Unavailability.DISK_FULL),
        ("53200", Unavailability.OVERLOADED),
        ("53300", Unavailability.NO_CONNECTION),
        ("55P03", Unavailability.LOCK_HELD),
        ("57014", Unavailability.TOO_SLOW),
        ("40001", Unavailability.CONTENTION),
        ("57P01", Unavailability.UNREACHABLE),
    ],
)
def test_what_the_database_says_becomes_a_reason(bank: SqlBank, sqlstate: str, reason: Unavailability) -> None:
    def fail(connection: TenantConnection) -> None:
        connection.sql.exec_driver_sql(RAISE.format(sqlstate))

    def fail_outside_of_tenants() -> None:
        with bank.database.begin() as connection:
            connection.exec_driver_sql(RAISE.format(sqlstate))

    own = OwnTransactions(bank.database, bank.tenant_id)

    assert reason_of_failure(lambda: own.run(fail)) == reason
    assert reason_of_failure(fail_outside_of_tenants) == reason


def test_an_account_that_is_held_is_named_as_the_reason(bank: SqlBank) -> None:
    alice = bank.open_account(balance="1.00")
    lock = f"SELECT 1 FROM bankcore.accounts WHERE id = '{alice.id}' FOR UPDATE"
    hurried = OwnTransactions(bank.database, bank.tenant_id, lock_timeout="20ms")

    with ExitStack() as stack:
        holder = stack.enter_context(bank.database.engine_for(bank.tenant_id).connect())
        TenantConnection(holder, bank.tenant_id).sql.exec_driver_sql(lock)

        assert reason_of_failure(lambda: hurried.run(lambda own: own.sql.exec_driver_sql(lock))) == "lock_held"


def test_a_server_that_is_not_there_is_unreachable() -> None:
    with Database("postgresql://bankcore_app@127.0.0.1:1/nowhere") as nowhere:
        assert reason_of_failure(lambda: OwnTransactions(nowhere, TENANT).run(lambda _own: None)) == (
            Unavailability.UNREACHABLE
        )
        assert reason_of_failure(lambda: nowhere.read(lambda _connection: None)) == Unavailability.UNREACHABLE


def test_a_pool_without_a_free_connection_says_so(bank: SqlBank, monkeypatch: pytest.MonkeyPatch) -> None:
    with Database(bank.scratch.url(), pool_size=1) as small:
        monkeypatch.setattr(small.engine_for(TENANT).pool, "_timeout", 0.05)
        with small.begin():
            assert reason_of_failure(lambda: small.read(lambda _connection: None)) == Unavailability.NO_CONNECTION


def test_who_always_comes_second_is_told_of_the_others(bank: SqlBank) -> None:
    def lose(_connection: TenantConnection) -> None:
        raise LostRaceError

    own = OwnTransactions(bank.database, bank.tenant_id)

    assert reason_of_failure(lambda: own.run(lose)) == Unavailability.CONTENTION
