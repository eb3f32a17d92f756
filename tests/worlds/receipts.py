"""A bank that gives audit receipts, and an auditor who is brought some."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import jwt

from bankcore.identity.principals import TenantName
from bankcore.ledger.transactions import Transaction
from bankcore_infra.audit.laws.program import verify
from bankcore_infra.audit.laws.verification import Verification
from bankcore_infra.audit.reading.receipts import SqlAuditReceipts
from bankcore_infra.audit.verifying.export import ExportRequest
from bankcore_infra.clock import SystemClock
from bankcore_infra.keys.receipt_keys import jwk_set, open_receipt_keys
from bankcore_infra.keys.signing_keys import SigningKeys
from tests.worlds.hostile_tokens import parts_of
from tests.worlds.sealing import SealingRole, export_of
from tests.worlds.sql_bank import ScratchDatabase, SqlBank


def receipts_of(bank: SqlBank, keys: SigningKeys, slug: str = "main") -> SqlAuditReceipts:
    """The receipts of that bank."""
    return SqlAuditReceipts(bank.database, TenantName(bank.tenant_id, slug), keys, SystemClock())


@dataclass(kw_only=True)
class ReceiptWorld:
    """The bank, its keys and sealing role, and the auditor's folder; `note` is the last checkpoint kept outside."""

    bank: SqlBank
    scratch: ScratchDatabase
    role: SealingRole
    folder: Path
    note: str = ""
    keys: SigningKeys = field(init=False)
    receipts: SqlAuditReceipts = field(init=False)

    def __post_init__(self) -> None:
        self.keys = open_receipt_keys(self.folder / "keys")
        self.receipts = receipts_of(self.bank, self.keys)

    def receipt(self, transaction: Transaction) -> str:
        """The receipt that the bank gives for it."""
        found = self.receipts.find_receipt(transaction)
        assert found is not None
        return found.signed

    def seal(self) -> None:
        """Seal all, and keep the note."""
        sealed = self.role.seal(self.scratch, self.bank)
        assert sealed.note is not None
        self.note = sealed.note.text()

    def export(self, request: ExportRequest | None = None) -> Path:
        """The log as it is now."""
        return export_of(self.scratch, self.bank, self.folder / "log.ndjson", request)

    def verification(self, receipts: list[str], export: Path | None = None) -> Verification:
        """What the auditor makes of the log and these receipts."""
        named = [(f"{number}.jws", text) for number, text in enumerate(receipts)]
        keys = json.dumps(jwk_set(self.keys)).encode()
        pem = self.role.keys.public.pem()
        return verify(export or self.export(), [self.note], pem, receipts=named, receipt_keys=keys)

    def told(self, receipts: list[str], export: Path | None = None) -> list[str]:
        """The findings that are about receipts."""
        findings = map(str, self.verification(receipts, export).findings)
        return [finding for finding in findings if ": receipt " in finding]

    def with_payload(self, receipt: str, change: Callable[[dict[str, object]], object]) -> str:
        """A receipt that the bank signed, of another payload."""
        header, payload = parts_of(receipt)
        change(payload)
        return jwt.encode(payload, self.keys.signing_key, algorithm="EdDSA", headers=header)

    def take_away(self, transaction: Transaction) -> None:
        """Delete the transaction's record, as only the owner of the server can."""
        self._tamper(f"DELETE FROM bankcore.audit_log WHERE subject_id = '{transaction.id}'")

    def rewrite(self, transaction: Transaction) -> None:
        """Change the bytes of the transaction's record."""
        body = "convert_to(replace(convert_from(body, 'UTF8'), '1.00', '7.00'), 'UTF8')"
        self._tamper(f"UPDATE bankcore.audit_log SET body = {body} WHERE subject_id = '{transaction.id}'")

    def _tamper(self, statement: str) -> None:
        trigger = "TRIGGER audit_log_append_only"
        off, on = (f"ALTER TABLE bankcore.audit_log {word} {trigger}" for word in ("DISABLE", "ENABLE ALWAYS"))
        self.scratch.execute(f"{off}; {statement}; {on}")
