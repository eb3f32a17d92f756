"""Whose account it is, by name, and for the tenant's own users only."""

from pathlib import Path

import pytest

from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.documents.holders import SqlHolderNames
from tests.worlds.identity import IdentityWorld
from tests.worlds.sql_bank import SqlBank

pytestmark = pytest.mark.postgres


def test_a_user_is_known_by_name_and_others_are_not(bank: SqlBank, other_bank: SqlBank, tmp_path: Path) -> None:
    registered = IdentityWorld.of(bank, tmp_path / "keys").register()
    owner_id = str(registered.user.id)

    names = SqlHolderNames(OwnTransactions(bank.database, bank.tenant_id))

    assert names.find_name(owner_id) == "Sita"
    assert names.find_name("order service") is None
    assert names.find_name("019c1406-3400-7000-8000-00000000dead") is None
    assert SqlHolderNames(OwnTransactions(bank.database, other_bank.tenant_id)).find_name(owner_id) is None
