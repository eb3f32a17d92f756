"""Accounts that an older schema has no word for: whoever goes back lets nothing pass that was refused."""

import pytest

from bankcore.ledger.accounts import AccountStatus, FreezeDirection
from bankcore_infra.db.engine import Database
from bankcore_infra.db.migrate import downgrade, upgrade
from tests.worlds.sql_bank import SUPERUSER, ScratchCluster, sql_bank
from tests.worlds.values import npr


@pytest.mark.parametrize("role", [SUPERUSER, "bankcore_migrator"])
def test_what_is_kept_from_an_account_in_part_is_frozen_whole_on_the_way_down(
    cluster: ScratchCluster, role: str
) -> None:
    with cluster.database() as scratch:
        database = Database(scratch.url())
        bank = sql_bank(scratch, database)
        plain, frozen, dormant = (bank.open_account(balance="1.00") for _ in range(3))
        bank.ledger.freeze(frozen.id, directions=FreezeDirection.CREDITS)
        bank.ledger.make_dormant(dormant.id)

        downgrade(scratch.url(role), "0024")
        upgrade(scratch.url(role))

        stored = [bank.queries.get_account(account.id).status for account in (plain, frozen, dormant)]
        assert stored == [AccountStatus.ACTIVE, AccountStatus.FROZEN, AccountStatus.FROZEN]
        bank.ledger.withdraw(plain.id, npr("1"))
        database.close()
