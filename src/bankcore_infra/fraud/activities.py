"""What is remembered of accounts: read with one statement and written with one, however many movements they had."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from bankcore.fraud.ports import Remembered
from bankcore.identifiers import AccountId
from bankcore_infra.db import arrays
from bankcore_infra.db.exchange import Statement
from bankcore_infra.db.locking import locking_activities
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.fraud.activity_codec import decode_activity, encode_activity

# The latest sequence wins: who waited for another one that was at the same event finds it there.
_REMEMBER: Final = Statement("""
    INSERT INTO bankcore.fraud_activities (tenant_id, account_id, sequence, activity)
    SELECT $1::uuid, account_id, sequence, activity
    FROM unnest($2::uuid[], $3::bigint[], $4::bytea[]) AS new (account_id, sequence, activity)
    ON CONFLICT (tenant_id, account_id) DO UPDATE SET sequence = EXCLUDED.sequence, activity = EXCLUDED.activity
    WHERE fraud_activities.sequence < EXCLUDED.sequence
""")
_CUSTOMERS: Final = Statement("""
    SELECT id, created_at FROM bankcore.accounts
    WHERE tenant_id = $1::uuid AND id = ANY($2::uuid[]) AND kind = 'customer'
""")


def find_customers(connection: TenantConnection, account_ids: Collection[AccountId]) -> dict[AccountId, datetime]:
    """Which of these accounts are customers', and when each was opened."""
    rows = connection.ask(_CUSTOMERS, connection.tenant_id, arrays.uuids(account_ids))
    return {AccountId(account_id): opened_at for account_id, opened_at in rows}


def lock_activities(connection: TenantConnection, account_ids: Collection[AccountId]) -> dict[AccountId, Remembered]:
    """What is remembered of these accounts, locked in the order of their ids; what cannot be read is left out."""
    statement, parameters = locking_activities(connection.tenant_id, account_ids)
    rows = connection.ask(statement, *parameters)
    decoded = ((AccountId(account_id), sequence, decode_activity(stored)) for account_id, sequence, stored in rows)
    return {
        account_id: Remembered(sequence, activity) for account_id, sequence, activity in decoded if activity is not None
    }


def remember(connection: TenantConnection, activities: Mapping[AccountId, Remembered]) -> None:
    """Write these, with whatever the transaction sends next."""
    accounts = sorted(activities)
    connection.tell(
        _REMEMBER,
        connection.tenant_id,
        arrays.uuids(accounts),
        arrays.integers(activities[account_id].sequence for account_id in accounts),
        arrays.byte_strings(encode_activity(activities[account_id].activity) for account_id in accounts),
    )
