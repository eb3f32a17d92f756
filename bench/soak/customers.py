"""Customers of a bank: users of it, so that what follows a transfer finds somebody to tell."""

from typing import Final

import psycopg

from bankcore.identifiers import AccountId
from bankcore_infra.identifiers import RandomIdentifiers
from bench.ours import TENANT, open_account_of_each
from bench.world import BankPlace

# Hashing a password takes a tenth of a second; nobody logs in here.
_USERS: Final = """
    INSERT INTO bankcore.users (tenant_id, id, created_at, email, password_hash, roles)
    SELECT tenant.id, new.id, now(), new.id || '@example.com', '$argon2id$nobody', ARRAY['holder']
    FROM bankcore.tenants AS tenant CROSS JOIN unnest(%s::uuid[]) AS new (id) WHERE tenant.slug = %s
"""


def make_customers(place: BankPlace, number: int) -> list[AccountId]:
    """So many users with a funded account each; the ids of the accounts."""
    new_id = RandomIdentifiers().new_id
    users = [new_id() for _ in range(number)]
    with psycopg.connect(place.superuser_url) as connection:
        connection.execute(_USERS, (users, TENANT))
    with place.open() as bank:
        return open_account_of_each(bank, [str(user_id) for user_id in users])
