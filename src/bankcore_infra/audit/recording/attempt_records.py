"""Audit records of attempts that no unit of work keeps."""

from datetime import datetime
from itertools import islice
from typing import Final

from bankcore.actions import Subject
from bankcore.audit.attempts import Attempt, DeniedRequest, FailedBatch
from bankcore.events.stamps import Stamp
from bankcore.identifiers import EventId, IdentifierSource, TenantId
from bankcore.ledger.actions import BATCH_FAILED, failure_of
from bankcore_infra.audit.recording.canonical import CanonicalValue
from bankcore_infra.audit.recording.context import AuditContexts
from bankcore_infra.audit.recording.ledger_records import asked, named_accounts
from bankcore_infra.audit.recording.records import AuditRecord, Deed, make_record

COMMANDS_TOLD_MAX: Final = 100
"""How many commands of a failed batch are recorded one by one; their number is always recorded."""


class AttemptRecords:
    """Makes the records of one unit of work."""

    def __init__(self, tenant_id: TenantId, at: datetime, ids: IdentifierSource) -> None:
        self._tenant_id = tenant_id
        self._at = at
        self._ids = ids
        self._contexts = AuditContexts()

    def record(self, attempt: Attempt, *, unrecorded: int = 0) -> AuditRecord:
        """The attempt as a record, with the number of unrecorded attempts of the same actor before it."""
        more: dict[str, CanonicalValue] = {"unrecorded": unrecorded} if unrecorded else {}
        stamp = Stamp(EventId(self._ids.new_id()), self._tenant_id, self._at, attempt.origin)
        match attempt:
            case DeniedRequest():
                return self._denied(stamp, attempt, more)
            case FailedBatch():
                return self._failed(stamp, attempt, more)

    def _denied(self, stamp: Stamp, attempt: DeniedRequest, more: dict[str, CanonicalValue]) -> AuditRecord:
        found = attempt.resource_id
        subject = None if found is None else Subject(attempt.resource or "unknown", found)
        accounts = [found] if found is not None and attempt.resource == "account" else []
        deed = Deed(attempt.denial.value, "denied", subject, accounts)
        facts: dict[str, CanonicalValue] = {"code": attempt.code, "route": attempt.route, "resource": attempt.resource}
        return make_record(stamp, deed, {**facts, **more}, self._contexts)

    def _failed(self, stamp: Stamp, attempt: FailedBatch, more: dict[str, CanonicalValue]) -> AuditRecord:
        told = list(islice(attempt.commands, COMMANDS_TOLD_MAX))
        action = failure_of(attempt.commands[0].kind) if len(attempt.commands) == 1 else BATCH_FAILED
        changes = [command.plan(stamp.tenant_id) for command in told]
        accounts = {account for change in changes for account in named_accounts(change)}
        facts: dict[str, CanonicalValue] = {
            "code": attempt.code,
            "count": len(attempt.commands),
            "commands": [asked(command.kind, change) for command, change in zip(told, changes, strict=True)],
        }
        deed = Deed(action, "failed", account_ids=accounts)
        return make_record(stamp, deed, {**facts, **more}, self._contexts)
