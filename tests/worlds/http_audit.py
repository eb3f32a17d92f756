"""An auditor's HTTP client: the real application over banks and audit logs in memory, and all who ask it."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from bankcore.audit.attempts import DeniedRequest
from bankcore.audit.ports import SealedLog
from bankcore.audit.queries import AuditedEvent, AuditOutcome, AuditQueries
from bankcore.audit.receipts import AuditReceipts, ReceiptJwks
from bankcore.documents.holders import HolderNames
from bankcore.documents.printing import DocumentPrinter
from bankcore.identifiers import EventId, TenantId
from bankcore.ledger.queries import LedgerQueries
from bankcore.ledger.service import LedgerService
from bankcore.testing import FrozenClock, InMemoryAttemptLog, InMemoryAuditLog, SequentialIdentifiers, in_memory_bank
from bankcore.testing.documents import InMemoryHolderNames, InMemoryPrinter
from bankcore.testing.sealed_log import InMemorySealedLog
from bankcore.testing.services import ListedServices
from bankcore_http.audit.blueprint import audit_blueprint
from bankcore_http.audit.denials import Denials
from bankcore_http.audit.receipt_keys import receipt_keys_blueprint
from bankcore_http.audit.sealed import sealed_blueprint
from bankcore_http.auth import BearerToken
from bankcore_http.ledger.accounts import accounts_blueprint
from bankcore_http.ledger.transactions import transactions_blueprint
from bankcore_http.ledger.verification import chains_blueprint, ledger_blueprint
from bankcore_http.serving.app import create_app
from tests.worlds.http_client import MAIN, OTHER, HttpClient, NameIsToken, receipts_in

NOON: Final = datetime(2026, 1, 30, 12, tzinfo=UTC)
RECEIPT_KEYS: Final = {
    "keys": [{"kty": "OKP", "crv": "Ed25519", "x": "AA", "kid": "key", "alg": "EdDSA", "use": "sig"}]
}
SIGNED_ELSEWHERE: Final = "signed-by-us-and-revoked"


@dataclass
class AuditClient(HttpClient):
    """A client of the bank, with the audit log of each tenant and the attempts that were reported."""

    audits: dict[TenantId, InMemoryAuditLog] | None = None
    attempts: InMemoryAttemptLog | None = None
    sealed: InMemorySealedLog | None = None

    @property
    def audit(self) -> InMemoryAuditLog:
        """The log of the tenant that everybody but the stranger belongs to."""
        assert self.audits is not None
        return self.audits[MAIN]

    @property
    def denied(self) -> list[DeniedRequest]:
        """The requests that were reported as turned away."""
        assert self.attempts is not None
        return [attempt for attempt in self.attempts.attempts if isinstance(attempt, DeniedRequest)]

    def record(self, number: int, **changes: object) -> AuditedEvent:
        """A new record of that number, so many seconds after noon."""
        plain = AuditedEvent(
            id=EventId(UUID(int=number)),
            at=NOON + timedelta(seconds=number),
            action="transaction.posted",
            outcome=AuditOutcome.SUCCESS,
            actor_type="user",
            actor_id="sita",
            subject_id=UUID(int=number),
            account_ids=(UUID(int=0xA),),
            request_id="req_of_sita",
            ip_address="203.0.113.7",
            user_agent=None,
            body=f'{{"n":{number},"v":1}}'.encode(),
        )
        made = replace(plain, **changes)  # type: ignore[arg-type] # names of its fields
        self.audit.add(made)
        return made


def open_audit_client() -> AuditClient:
    """A client of empty books and logs."""
    banks = {tenant_id: in_memory_bank(tenant_id) for tenant_id in (MAIN, OTHER)}
    audits = {tenant_id: InMemoryAuditLog(bank.clock, SequentialIdentifiers()) for tenant_id, bank in banks.items()}
    attempts, sealed, caller = InMemoryAttemptLog(), InMemorySealedLog(FrozenClock()), BearerToken(NameIsToken())

    def tenant_of_token(token: str) -> TenantId | None:
        return OTHER if token == SIGNED_ELSEWHERE else None

    services = ListedServices(
        {
            LedgerService: lambda id_: banks[id_].ledger,
            LedgerQueries: lambda id_: banks[id_].queries,
            AuditReceipts: lambda id_: receipts_in(banks[id_]),
            AuditQueries: audits.__getitem__,
            SealedLog: lambda _id: sealed,
            HolderNames: lambda _id: InMemoryHolderNames({}),
        },
        shared={DocumentPrinter: InMemoryPrinter(), ReceiptJwks: ReceiptJwks(RECEIPT_KEYS["keys"])},
    )
    app = create_app(
        [
            blueprint(services, caller)
            for blueprint in (
                accounts_blueprint,
                transactions_blueprint,
                audit_blueprint,
                sealed_blueprint,
                chains_blueprint,
                ledger_blueprint,
                receipt_keys_blueprint,
            )
        ],
        clock=banks[MAIN].clock,
        new_id=SequentialIdentifiers().new_id,
        readiness=dict,
        log_request=lambda _line: None,
        note_refusal=Denials(attempts, tenant_of_token).note,
    )
    return AuditClient(banks, app.test_client(), audits=audits, attempts=attempts, sealed=sealed)
