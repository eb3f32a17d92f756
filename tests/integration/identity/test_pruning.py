"""What nobody needs any more is forgotten; what somebody may need cannot be deleted."""

from datetime import timedelta
from typing import Final

import psycopg
import pytest

from bankcore.errors import UnauthenticatedError
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.identity.locks import _DELETE_OLD_ATTEMPTS, _LOCK_OLD_SESSIONS
from bankcore_infra.identity.pruning import prune_identity
from tests.worlds.identity import PHONE, IdentityWorld
from tests.worlds.sql_bank import APP, SqlBank

TABLES: Final = ("sessions", "refresh_tokens", "login_attempts")


def counts(identity: IdentityWorld) -> list[int]:
    """How many sessions, tokens and counts of attempts there are."""
    return [identity.count(table) for table in TABLES]


def let_time_go_by(identity: IdentityWorld, duration: timedelta) -> None:
    """Make everything that much older."""
    for column in ("created_at", "expires_at", "last_used_at", "revoked_at"):
        identity.bank.scratch.execute(f"UPDATE bankcore.sessions SET {column} = {column} - %s::interval", duration)
    for column in ("last_at", "not_before"):
        identity.bank.scratch.execute(
            f"UPDATE bankcore.login_attempts SET {column} = {column} - %s::interval", duration
        )


@pytest.fixture
def used(identity: IdentityWorld) -> IdentityWorld:
    """Three sessions at one place, one of them refreshed and one ended, and attempts on two addresses."""
    identity.register()
    identity.login()
    refreshed, ended = identity.login(), identity.login()
    identity.services.refresh(refreshed.refresh_token, origin=PHONE)
    identity.services.logout(ended.refresh_token, origin=PHONE)
    with pytest.raises(UnauthenticatedError):
        identity.login("nobody@example.com")
    return identity


@pytest.mark.parametrize(
    ("days", "left"),
    [(1, [3, 4, 3]), (3, [3, 4, 1]), (31, [2, 3, 0]), (59, [2, 3, 0]), (61, [0, 0, 0])],
    ids=str,
)
def test_sessions_go_thirty_days_after_their_end_as_known_places_do_and_attempts_after_two(
    used: IdentityWorld, days: int, left: list[int]
) -> None:
    identity = used
    assert counts(identity) == [3, 4, 3]
    let_time_go_by(identity, timedelta(days=days))

    deleted = prune_identity(identity.bank.database, identity.bank.tenant_id, batch=2)

    assert counts(identity) == left
    assert deleted == sum([3, 4, 3]) - sum(left)
    assert sum(rows for _action, _job, rows in identity.bank.removals()) == deleted
    assert prune_identity(identity.bank.database, identity.bank.tenant_id) == 0


def test_a_session_with_more_tokens_than_a_batch_goes_in_several(identity: IdentityWorld) -> None:
    identity.register()
    pair = identity.login()
    for _ in range(4):
        pair = identity.services.refresh(pair.refresh_token, origin=PHONE)
    let_time_go_by(identity, timedelta(days=90))
    kept_alive: list[None] = []

    prune_identity(identity.bank.database, identity.bank.tenant_id, lambda: kept_alive.append(None), batch=2)

    assert counts(identity) == [0, 0, 0]
    assert len(kept_alive) >= 3


def test_what_somebody_is_using_is_left_for_the_next_time(identity: IdentityWorld) -> None:
    identity.register()
    identity.login()
    let_time_go_by(identity, timedelta(days=90))
    with psycopg.connect(identity.bank.scratch.url("postgres")) as other:
        other.execute("SELECT FROM bankcore.sessions FOR UPDATE")
        other.execute("SELECT FROM bankcore.login_attempts FOR UPDATE")

        assert prune_identity(identity.bank.database, identity.bank.tenant_id) == 0

    assert prune_identity(identity.bank.database, identity.bank.tenant_id) == 4


def test_another_tenants_rows_stay(identity: IdentityWorld, other_identity: IdentityWorld) -> None:
    other_identity.register()
    other_identity.login()
    let_time_go_by(identity, timedelta(days=90))

    assert prune_identity(identity.bank.database, identity.bank.tenant_id) == 0


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("role", [APP, "bankcore_migrator"])
def test_nobody_is_logged_out_and_no_lockout_ends_by_deleting(identity: IdentityWorld, table: str, role: str) -> None:
    identity.register()
    identity.login()
    before = counts(identity)

    with psycopg.connect(identity.bank.scratch.url(role)) as connection:
        if role != APP:
            connection.execute("SET ROLE bankcore_owner")
        connection.execute("SELECT set_config('bankcore.tenant_id', %s, true)", (str(identity.bank.tenant_id),))
        deleted = connection.execute(f"DELETE FROM bankcore.{table}".encode()).rowcount

    assert deleted == 0
    assert counts(identity) == before


@pytest.mark.parametrize("statement", [_LOCK_OLD_SESSIONS, _DELETE_OLD_ATTEMPTS], ids=["sessions", "attempts"])
def test_what_is_old_is_found_by_an_index(bank: SqlBank, statement: str) -> None:
    parameters = (bank.tenant_id, 10, bank.tenant_id)[: statement.count("%s")]

    def explain(connection: TenantConnection) -> str:
        return "\n".join(connection.sql.exec_driver_sql(f"EXPLAIN {statement}", parameters).scalars())

    plan = OwnTransactions(bank.database, bank.tenant_id).rehearse(explain)

    assert "_ended_idx" in plan or "_last_idx" in plan
    assert "Sort" not in plan
