"""What each request with an API key asks: one read by a unique index, and at most once a minute a note of its use."""

from typing import Final

from typing_extensions import override

from bankcore.api_keys.authenticate import NOTED_EVERY
from bankcore.api_keys.keys import ApiKeyId
from bankcore.api_keys.ports import ApiKeyUses, KnownKey
from bankcore.errors import OutcomeUnknownError, UnavailableError
from bankcore.identity.demands import NO_DEMANDS, FactorDemands
from bankcore.tenancy.settings import APPROVAL_MINOR
from bankcore.tenancy.tenants import TenantStatus
from bankcore_infra.api_keys.locks import note_use_of_api_key
from bankcore_infra.api_keys.store import key_of_row
from bankcore_infra.db.exchange import Statement
from bankcore_infra.db.transactions import Transactions

_FIND: Final = Statement("""
    SELECT k.id, k.service_id, k.name, k.hint, k.scopes, k.networks, k.created_at, k.expires_at, k.revoked_at,
           k.last_used_at, t.status,
           (SELECT value FROM bankcore.tenant_settings WHERE tenant_id = k.tenant_id AND name = 'approval_minor')
    FROM bankcore.api_keys AS k
    JOIN bankcore.tenants AS t ON t.id = k.tenant_id
    WHERE k.tenant_id = $1::uuid AND k.digest = decode($2, 'hex')
""")
_COLUMNS: Final = (
    *("id", "service_id", "name", "hint", "scopes", "networks"),
    *("created_at", "expires_at", "revoked_at", "last_used_at"),
)


class SqlApiKeyUses(ApiKeyUses):
    """The keys of one tenant, as requests come with them."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    @override
    def find_used_key(self, digest: bytes) -> KnownKey | None:
        as_of, rows = self._transactions.ask(_FIND, self._transactions.tenant_id, digest.hex())
        if not rows:
            return None
        (*columns, status, approvals) = rows[0]
        key = key_of_row(dict(zip(_COLUMNS, columns, strict=True)))
        return KnownKey(key, as_of, status == TenantStatus.SUSPENDED, _demands_of(approvals))

    @override
    def note_use(self, key_id: ApiKeyId) -> None:
        try:
            self._transactions.run(
                lambda connection: note_use_of_api_key(connection.sql, connection.tenant_id, key_id, NOTED_EVERY)
            )
        except (UnavailableError, OutcomeUnknownError):
            # The request that brought the key is not to fail for that; the next one notes its use.
            return


def _demands_of(approvals: str | None) -> FactorDemands:
    return NO_DEMANDS if approvals is None else FactorDemands(approvals_minor=APPROVAL_MINOR.read(approvals))
