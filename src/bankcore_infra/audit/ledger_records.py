"""What the audit log says of the ledger's events: self-contained, with balances before and after."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from uuid import UUID

from bankcore.errors import BankcoreError, ForbiddenError, NotFoundError
from bankcore.identifiers import TenantId
from bankcore.ledger.accounts import Account
from bankcore.ledger.commands import Command, MoneyCommand, OpenAccount
from bankcore.ledger.events import AccountOpened, AccountStatusChanged, CommandRejected, Event, Stamp, TransactionPosted
from bankcore.ledger.status_commands import StatusCommand
from bankcore.ledger.transactions import Entry, Transaction
from bankcore.money import Money, format_minor
from bankcore_infra.audit.canonical import CanonicalValue, canonical_bytes, instant_text
from bankcore_infra.audit.records import AuditRecord


def ledger_record(event: Event) -> AuditRecord:
    """The event as a record of the audit log."""
    match event:
        case TransactionPosted(stamp, transaction):
            accounts = sorted({entry.account_id for entry in transaction.entries})
            return _record(
                stamp, "transaction.posted", "success", transaction.id, accounts, {"transaction": _posted(transaction)}
            )
        case AccountOpened(stamp, account):
            return _record(stamp, "account.opened", "success", account.id, [account.id], {"account": _opened(account)})
        case AccountStatusChanged(stamp, account_id, before, after, reason):
            change: dict[str, CanonicalValue] = {"before": before, "after": after, "reason": reason}
            return _record(stamp, "account.status_changed", "success", account_id, [account_id], {"status": change})
        case CommandRejected(stamp, command, reason):
            outcome = "denied" if isinstance(reason, NotFoundError | ForbiddenError) else "rejected"
            facts = {"command": _asked(command, stamp.tenant_id), "reason": _refused(reason)}
            return _record(
                stamp, f"{command.kind}.rejected", outcome, None, _named_accounts(command, stamp.tenant_id), facts
            )


def _record(
    stamp: Stamp,
    action: str,
    outcome: str,
    subject_id: UUID | None,
    account_ids: Sequence[UUID],
    facts: Mapping[str, CanonicalValue],
) -> AuditRecord:
    origin = stamp.origin
    body = canonical_bytes(
        {
            "id": str(stamp.id),
            "tenant": str(stamp.tenant_id),
            "at": instant_text(stamp.occurred_at),
            "action": action,
            "outcome": outcome,
            "actor": {"type": origin.actor_type, "id": origin.actor_id},
            "request": origin.request_id,
            **facts,
        }
    )
    return AuditRecord(stamp.id, stamp.occurred_at, action, outcome, origin, subject_id, account_ids, body)


def _posted(transaction: Transaction) -> dict[str, CanonicalValue]:
    return {
        "id": str(transaction.id),
        "kind": transaction.kind,
        "reference": transaction.reference,
        "metadata": dict(transaction.metadata),
        "reverses": None if transaction.reverses is None else str(transaction.reverses),
        "source": None if transaction.source is None else list(transaction.source),
        "effectiveAt": instant_text(transaction.effective_at),
        "postedAt": instant_text(transaction.posted_at),
        "entries": [_entered(entry) for entry in transaction.entries],
    }


def _entered(entry: Entry) -> dict[str, CanonicalValue]:
    exponent = entry.currency.exponent
    return {
        "account": str(entry.account_id),
        "sequence": entry.sequence,
        "currency": entry.currency.code,
        "amount": format_minor(entry.amount_minor, exponent),
        "before": format_minor(entry.balance_before_minor, exponent),
        "after": format_minor(entry.balance_after_minor, exponent),
        "hash": entry.hash.hex(),
    }


def _opened(account: Account) -> dict[str, CanonicalValue]:
    return {
        "id": str(account.id),
        "number": account.number,
        "owner": account.owner_id,
        "currency": account.currency.code,
        "kind": account.kind,
        "floor": None if account.floor is None else account.floor.to_decimal_string(),
    }


def _asked(command: Command, tenant_id: TenantId) -> dict[str, CanonicalValue]:
    if isinstance(command, OpenAccount):
        return {"kind": command.kind, "owner": command.owner_id, "currency": command.currency.code}
    if isinstance(command, StatusCommand):
        return {"kind": command.kind, "account": str(command.account_id), "reason": command.reason}
    if isinstance(command, MoneyCommand):
        lines = [
            {"account": str(posting.account_id), "amount": str(posting.amount)}
            for posting in command.postings(tenant_id)
        ]
        return {"kind": command.kind, "reference": command.reference, "postings": lines}
    return {"kind": command.kind}


def _refused(reason: BankcoreError) -> dict[str, CanonicalValue]:
    facts = {field.name: _fact(getattr(reason, field.name)) for field in fields(reason)}
    return {"code": reason.code, "facts": facts}


def _fact(value: object) -> CanonicalValue:
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, Money):
        return str(value)
    return instant_text(value) if isinstance(value, datetime) else str(value)


def _named_accounts(command: Command, tenant_id: TenantId) -> Sequence[UUID]:
    if isinstance(command, MoneyCommand):
        return sorted({posting.account_id for posting in command.postings(tenant_id)})
    return [command.account_id] if isinstance(command, StatusCommand) else []
