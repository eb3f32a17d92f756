"""On a database with another past no positions are given, until somebody says that it is meant to be so."""

import pytest

from bankcore_infra.audit.recording.positions import PositionsStoppedError, count_stopped
from tests.integration.audit.placing import committed, place, placed
from tests.worlds.sealing import SealingRole
from tests.worlds.sql_bank import ScratchDatabase, SqlBank


def stop(scratch: ScratchDatabase, why: str) -> None:
    """Let the database be one with another past."""
    column = "system_id = system_id - 1" if why == "another server" else "below = '9000000000000'"
    scratch.execute(f"UPDATE bankcore.log_states SET {column}")


@pytest.mark.parametrize("why", ["another server", "numbers began again"])
def test_on_a_database_with_another_past_nothing_is_placed_until_an_era_begins(
    bank: SqlBank, other_bank: SqlBank, scratch: ScratchDatabase, role: SealingRole, why: str
) -> None:
    for each in (bank, other_bank):
        each.open_account()
        place(each)
    stop(scratch, why)
    bank.open_account("bob", balance="2.00")
    before = placed(bank)
    with pytest.raises(PositionsStoppedError, match=f"{why}.*audit era --reason"):
        place(bank)
    with bank.database.begin() as connection:
        assert count_stopped(connection) == 2

    role.begin_era(scratch, bank, "restored")
    bank.open_account("carol")
    place(bank)

    assert placed(bank)[: len(before)] == before
    assert set(placed(bank)) == committed(bank)
    with bank.database.begin() as connection:
        assert count_stopped(connection) == 1


def test_records_that_have_numbers_of_the_future_from_another_cluster_are_placed_once(
    bank: SqlBank, scratch: ScratchDatabase, role: SealingRole
) -> None:
    bank.open_account()
    place(bank)
    scratch.execute("ALTER TABLE bankcore.audit_log DISABLE TRIGGER ALL")
    scratch.execute("UPDATE bankcore.audit_log SET xid = (xid::text::bigint + 50)::text::xid8")
    stop(scratch, "another server")
    role.begin_era(scratch, bank, "restored")

    for _ in range(60):
        bank.open_account("bob")
        place(bank)

    assert set(placed(bank)) == committed(bank)


def test_a_log_that_lost_its_end_says_so_and_goes_on_after_an_era(
    bank: SqlBank, scratch: ScratchDatabase, role: SealingRole
) -> None:
    bank.open_account()
    role.seal(scratch, bank)
    size = scratch.scalar("SELECT size FROM bankcore.log_states")
    bank.open_account("bob")
    place(bank)
    scratch.execute("ALTER TABLE bankcore.log_leaves DISABLE TRIGGER ALL")
    scratch.execute("DELETE FROM bankcore.log_leaves WHERE idx >= %s", size)
    bank.open_account("carol")
    with pytest.raises(PositionsStoppedError, match="do not fit together"):
        place(bank)

    role.begin_era(scratch, bank, "the end of the log was lost")

    assert set(placed(bank)) == committed(bank)


def test_what_a_version_of_before_has_sealed_keeps_its_places(
    bank: SqlBank, scratch: ScratchDatabase, role: SealingRole
) -> None:
    bank.open_account(balance="1.00")
    role.seal(scratch, bank)
    before = placed(bank)
    scratch.execute("ALTER TABLE bankcore.log_states DISABLE TRIGGER ALL")
    scratch.execute("DELETE FROM bankcore.log_states")
    bank.open_account("bob")

    place(bank)

    assert placed(bank)[: len(before)] == before
    assert set(placed(bank)) == committed(bank)
