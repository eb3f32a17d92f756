"""AuditListener: writes the ledger's events to the audit log in the transaction that caused them."""

from collections.abc import Sequence

from bankcore.ledger.events import LedgerEvent
from bankcore_infra.audit.recording.ledger_records import ledger_records
from bankcore_infra.audit.recording.records import append_audit_records
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.signals import LedgerSignals


class AuditListener:
    """Records every change and every refusal; if it cannot, nothing is recorded at all."""

    def attach(self, signals: LedgerSignals) -> None:
        """Listen from now on."""
        signals.on_recorded(self.record)

    def record(self, connection: TenantConnection, events: Sequence[LedgerEvent]) -> None:
        """Append one record for each event, with one statement for all of them."""
        append_audit_records(connection, ledger_records(events))
