"""The audit log as a capability: read by auditors, sealed, and promised by receipts."""

from typing import Final

from bankcore.audit.attempts import AttemptLog
from bankcore.audit.ports import SealedLog
from bankcore.audit.queries import AuditQueries
from bankcore.audit.receipts import AuditReceipts, ReceiptJwks
from bankcore.errors import NotFoundError
from bankcore_infra.audit.reading.receipt_desk import ReceiptDesk
from bankcore_infra.audit.settings import AuditSettings
from bankcore_infra.capability import BankParts, Capability, TenantParts
from bankcore_infra.clock import SystemClock
from bankcore_infra.identifiers import RandomIdentifiers


def _desk(parts: BankParts) -> ReceiptDesk:
    from bankcore_infra.audit.reading.receipts import SqlReceiptDesk
    from bankcore_infra.keys.receipt_keys import require_receipt_keys

    return SqlReceiptDesk(parts.database, require_receipt_keys(parts.keys_dir), SystemClock())


def _public_keys(parts: BankParts) -> ReceiptJwks:
    from bankcore_infra.keys.receipt_keys import jwk_set, require_receipt_keys

    return ReceiptJwks(jwk_set(require_receipt_keys(parts.keys_dir))["keys"])


def _receipts(parts: TenantParts) -> AuditReceipts:
    name = parts.bank.tenant_names.find_by_id(parts.tenant_id)
    if name is None:
        raise NotFoundError(resource="tenant", identifier=str(parts.tenant_id))
    return parts.shared.get(ReceiptDesk).of_tenant(name)


def _queries(parts: TenantParts) -> AuditQueries:
    from bankcore_infra.audit.reading.queries import SqlAuditQueries

    return SqlAuditQueries(parts.transactions, RandomIdentifiers())


def _sealed(parts: TenantParts) -> SealedLog:
    from bankcore_infra.audit.reading.sealed_queries import SqlSealedLog

    return SqlSealedLog(parts.transactions)


def _attempts(parts: BankParts) -> AttemptLog:
    return parts.attempts


AUDIT: Final = Capability(
    name="audit",
    settings=AuditSettings,
    shared={ReceiptDesk: _desk, ReceiptJwks: _public_keys, AttemptLog: _attempts},
    services={AuditQueries: _queries, SealedLog: _sealed, AuditReceipts: _receipts},
)
