"""The audit log as a capability: read by auditors, sealed, and promised by receipts."""

from typing import Final

from bankcore.audit.attempts import AttemptLog
from bankcore.audit.ports import SealedLog
from bankcore.audit.queries import AuditQueries
from bankcore.audit.receipts import AuditReceipts, ReceiptJwks
from bankcore.errors import NotFoundError
from bankcore_infra.audit.reading.queries import SqlAuditQueries
from bankcore_infra.audit.reading.receipts import SqlAuditReceipts
from bankcore_infra.audit.reading.sealed_queries import SqlSealedLog
from bankcore_infra.capability import BankParts, Capability, TenantParts
from bankcore_infra.clock import SystemClock
from bankcore_infra.identifiers import RandomIdentifiers
from bankcore_infra.keys.key_files import UnusableKeyError
from bankcore_infra.keys.receipt_keys import jwk_set, open_receipt_keys
from bankcore_infra.keys.signing_keys import SigningKeys
from bankcore_infra.settings import SettingsError


def _keys(parts: BankParts) -> SigningKeys:
    try:
        return open_receipt_keys(parts.keys_dir)
    except UnusableKeyError as error:
        raise SettingsError("BANKCORE_DATA_DIR", str(error)) from None


def _public_keys(parts: BankParts) -> ReceiptJwks:
    return ReceiptJwks(jwk_set(_keys(parts))["keys"])


def _receipts(parts: TenantParts) -> SqlAuditReceipts:
    name = parts.bank.tenant_names.find_by_id(parts.tenant_id)
    if name is None:
        raise NotFoundError(resource="tenant", identifier=str(parts.tenant_id))
    return SqlAuditReceipts(parts.bank.database, name, parts.shared.get(SigningKeys), SystemClock())


def _queries(parts: TenantParts) -> SqlAuditQueries:
    return SqlAuditQueries(parts.transactions, RandomIdentifiers())


def _sealed(parts: TenantParts) -> SqlSealedLog:
    return SqlSealedLog(parts.transactions)


def _attempts(parts: BankParts) -> AttemptLog:
    return parts.attempts


AUDIT: Final = Capability(
    name="audit",
    shared={SigningKeys: _keys, ReceiptJwks: _public_keys, AttemptLog: _attempts},
    services={AuditQueries: _queries, SealedLog: _sealed, AuditReceipts: _receipts},
)
