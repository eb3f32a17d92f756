"""What others state of our accounts, beside what our books count by the same instant."""

from collections.abc import Sequence
from typing import Final

from bankcore.ledger.verification import Finding
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.ledger.value_dates import balance_effective_at

_COUNTED: Final = balance_effective_at(tenant="s.tenant_id", account="s.account_id", instant="s.as_of")
# A settlement account mirrors the one at the other bank, so its balance is seen there with the other sign.
CHECKED_ASSERTIONS: Final = f"""
    SELECT s.id, s.account_id, s.as_of, s.recorded_at, s.stated_minor, s.currency, s.source,
           CASE a.kind WHEN 'settlement' THEN -counted.minor ELSE counted.minor END AS counted_minor,
           EXISTS (
               SELECT FROM bankcore.balance_assertions AS later
               WHERE later.tenant_id = s.tenant_id AND later.account_id = s.account_id AND later.as_of = s.as_of
                 AND later.id > s.id
           ) AS is_superseded
    FROM bankcore.balance_assertions AS s
    JOIN bankcore.accounts AS a ON a.tenant_id = s.tenant_id AND a.id = s.account_id
    CROSS JOIN LATERAL (SELECT ({_COUNTED}) AS minor) AS counted
"""  # noqa: S608 - made of constants
"""All assertions `s`; a condition follows."""
UNMET_ASSERTIONS: Final = f"""
    SELECT place, counted_minor::text, as_of::text, source, stated_minor::text FROM (
        SELECT 'account ' || checked.account_id AS place, checked.*
        FROM ({CHECKED_ASSERTIONS} WHERE s.tenant_id = bankcore.current_tenant()) AS checked
        WHERE NOT is_superseded AND counted_minor <> stated_minor
    ) AS unmet ORDER BY place, as_of LIMIT 1000
"""  # noqa: S608 - made of constants
UNMET: Final = "counts {0} minor units by {1}, and {2} states {3}"
"""What is wrong at the place that `UNMET_ASSERTIONS` names first."""


def find_unmet_assertions(connection: TenantConnection) -> Sequence[Finding]:
    """The stated balances that the tenant's books do not agree with."""
    rows = connection.sql.exec_driver_sql(UNMET_ASSERTIONS)
    return [Finding(place, UNMET.format(*facts)) for place, *facts in rows]
