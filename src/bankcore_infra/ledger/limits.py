"""Limits as the ledger's unit of work reads them, and how it writes what is used: one statement each."""

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Final
from uuid import UUID

from bankcore.identifiers import AccountId
from bankcore.ledger.limits import AccountLimits, LimitFacts, LimitPolicy, Usage
from bankcore.ledger.stored_limits import policy_of
from bankcore_infra.db import arrays
from bankcore_infra.db.exchange import Rows, Statement
from bankcore_infra.db.rows import ID, NUMBER, TEXT, RowStatement
from bankcore_infra.db.tenant_connection import TenantConnection

# The policy of all customers is under the id of their tenant.
READ_LIMITS: Final = Statement("""
    SELECT subject_id, policy::text, NULL, NULL, 0::bigint, 0::bigint, 0::bigint, 0::bigint
    FROM bankcore.limit_policies
    WHERE tenant_id = $1::uuid AND subject_id = ANY(array_append($2::uuid[], $1::uuid))
    UNION ALL
    SELECT account_id, NULL, kind, day::text, day_count, day_minor, month_count, month_minor
    FROM bankcore.limit_usages WHERE tenant_id = $1::uuid AND account_id = ANY($2::uuid[])
""")
_WRITE_USAGES: Final = RowStatement(
    """
    INSERT INTO bankcore.limit_usages (tenant_id, account_id, kind, day, day_count, day_minor, month_count, month_minor)
    SELECT $1::uuid, account_id, kind, day::date, day_count, day_minor, month_count, month_minor
    FROM {rows} AS new (account_id, kind, day, day_count, day_minor, month_count, month_minor)
    ON CONFLICT ON CONSTRAINT limit_usages_pkey DO UPDATE
    SET day = excluded.day, day_count = excluded.day_count, day_minor = excluded.day_minor,
        month_count = excluded.month_count, month_minor = excluded.month_minor
    """,
    [ID, TEXT, TEXT, NUMBER, NUMBER, NUMBER, NUMBER],
)


def read_limits(connection: TenantConnection, account_ids: Sequence[AccountId]) -> LimitFacts:
    """The policy of the tenant, and policy and usage of each of these accounts."""
    rows = connection.ask(READ_LIMITS, connection.tenant_id, arrays.uuids(account_ids))
    return limits_in(rows, connection.tenant_id, account_ids)


def limits_in(rows: Rows, tenant_id: UUID, account_ids: Sequence[AccountId]) -> LimitFacts:
    """The limits in the answer to `READ_LIMITS`."""
    policies: dict[UUID, LimitPolicy] = {}
    usages: dict[UUID, list[Usage]] = defaultdict(list)
    for subject_id, policy, kind, day, *counts in rows:
        if policy is None:
            usages[subject_id].append(Usage(kind, date.fromisoformat(day), *counts))
        else:
            policies[subject_id] = stored_policy(policy)
    accounts = [AccountLimits(each, policies.get(each, ()), usages.get(each, ())) for each in account_ids]
    return LimitFacts(policies.get(tenant_id, ()), accounts)


@lru_cache(maxsize=1_024)
def stored_policy(document: str) -> LimitPolicy:
    """The policy in a stored document; remembered, because each debit reads it and it seldom changes."""
    return policy_of(json.loads(document))


def write_usages(connection: TenantConnection, usages: Sequence[tuple[AccountId, Usage]]) -> None:
    """Write what left these accounts, in the place of what was written before."""
    rows = [
        (
            account_id,
            usage.kind,
            usage.day.isoformat(),
            usage.day_count,
            usage.day_minor,
            usage.month_count,
            usage.month_minor,
        )
        for account_id, usage in usages
    ]
    connection.tell_on(_WRITE_USAGES, rows)
