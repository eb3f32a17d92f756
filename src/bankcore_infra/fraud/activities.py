"""Activities of accounts in PostgreSQL: one statement reads them and one writes them, for any number of movements."""

from collections.abc import Collection, Mapping
from operator import attrgetter
from typing import Final

from bankcore.fraud.ports import Known, Remembered
from bankcore.identifiers import AccountId
from bankcore_infra.db import arrays
from bankcore_infra.db.exchange import Sent, Statement
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.fraud.activity_codec import decode_activity, encode_activity
from bankcore_infra.fraud.locks import locking_activities
from bankcore_infra.fraud.policies import finding_policy, policy_in

# The latest sequence wins: a transaction that waited for another one on the same event finds its row.
_REMEMBER: Final = Statement("""
    INSERT INTO bankcore.fraud_activities (tenant_id, account_id, sequence, activity)
    SELECT $1::uuid, account_id, sequence, activity
    FROM unnest($2::uuid[], $3::bigint[], $4::bytea[]) AS new (account_id, sequence, activity)
    ON CONFLICT (tenant_id, account_id) DO UPDATE SET sequence = EXCLUDED.sequence, activity = EXCLUDED.activity
    WHERE fraud_activities.sequence < EXCLUDED.sequence
""")
_CUSTOMERS: Final = Statement("""
    SELECT id FROM bankcore.accounts
    WHERE tenant_id = $1::uuid AND id = ANY($2::uuid[]) AND kind = 'customer'
""")


def lock_known(
    connection: TenantConnection, account_ids: Collection[AccountId], other_sides: Collection[AccountId]
) -> Known:
    """Lock the activities of these accounts in the order of their ids, and read them and those of the other sides.

    An activity that cannot be read counts as missing.
    """
    tenant_id = connection.tenant_id
    policies, customers, activities = connection.ask_together(
        finding_policy(tenant_id),
        Sent(_CUSTOMERS, (tenant_id, arrays.uuids(other_sides))),
        locking_activities(tenant_id, account_ids),
    )
    decoded = ((account_id, sequence, decode_activity(stored)) for account_id, sequence, stored in activities)
    return Known(
        policy_in(policies),
        {account_id for (account_id,) in customers},
        {account_id: Remembered(sequence, activity) for account_id, sequence, activity in decoded if activity},
    )


def remember(connection: TenantConnection, activities: Mapping[AccountId, Remembered]) -> None:
    """Write these activities, together with the next statement of the transaction."""
    accounts = sorted(activities, key=attrgetter("int"))
    remembered = [activities[account_id] for account_id in accounts]
    connection.tell(
        _REMEMBER,
        connection.tenant_id,
        arrays.uuids(accounts),
        arrays.integers(one.sequence for one in remembered),
        arrays.byte_strings(encode_activity(one.activity) for one in remembered),
    )
