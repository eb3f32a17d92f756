"""Finds which users own the accounts of several events, with one statement."""

from collections.abc import Collection, Mapping
from typing import Final
from uuid import UUID

from bankcore.identifiers import AccountId, UserId
from bankcore.notifications.notices import OwnedAccount
from bankcore_infra.db import arrays
from bankcore_infra.db.exchange import Statement
from bankcore_infra.db.tenant_connection import TenantConnection

_FIND_OWNERS: Final = Statement("""
    SELECT id, owner_id, number FROM bankcore.accounts
    WHERE tenant_id = $1::uuid AND id = ANY($2::uuid[]) AND kind = 'customer'
""")
_FIND_USERS: Final = Statement("SELECT id FROM bankcore.users WHERE tenant_id = $1::uuid AND id = ANY($2::uuid[])")


def find_owned(connection: TenantConnection, account_ids: Collection[AccountId]) -> Mapping[AccountId, OwnedAccount]:
    """The customer accounts of our users: not settlement accounts, and none whose owner only another service knows."""
    if not account_ids:
        return {}
    rows = connection.ask(_FIND_OWNERS, connection.tenant_id, arrays.uuids(account_ids))
    users = find_users(connection, {owner for _id, owner, _number in rows})
    return {
        AccountId(account_id): OwnedAccount(id=AccountId(account_id), user_id=users[owner], number=number)
        for account_id, owner, number in rows
        if owner in users
    }


def find_users(connection: TenantConnection, names: Collection[str]) -> Mapping[str, UserId]:
    """Those of the names that are ids of our users."""
    named = {name: user_id for name in names if (user_id := _user_id(name)) is not None}
    if not named:
        return {}
    found = {
        user_id for (user_id,) in connection.ask(_FIND_USERS, connection.tenant_id, arrays.uuids(set(named.values())))
    }
    return {name: user_id for name, user_id in named.items() if user_id in found}


def _user_id(name: str) -> UserId | None:
    try:
        return UserId(UUID(name))
    except ValueError:
        return None
