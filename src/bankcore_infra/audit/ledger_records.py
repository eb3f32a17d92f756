"""What the audit log says of the ledger's events: self-contained, with balances before and after."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from operator import attrgetter
from typing import Final
from uuid import UUID

from bankcore.errors import BankcoreError, ForbiddenError, NotFoundError
from bankcore.identifiers import TenantId
from bankcore.ledger.accounts import Account
from bankcore.ledger.commands import Command, MoneyCommand, OpenAccount
from bankcore.ledger.events import AccountOpened, AccountStatusChanged, CommandRejected, Event, TransactionPosted
from bankcore.ledger.status_commands import StatusCommand
from bankcore.ledger.transactions import Entry, Transaction
from bankcore.money import Money, format_minor
from bankcore_infra.audit.canonical import CanonicalValue, instant_text
from bankcore_infra.audit.context import AuditContexts
from bankcore_infra.audit.records import AuditRecord, Deed, make_record

_number: Final = attrgetter("int")


def ledger_record(event: Event, contexts: AuditContexts) -> AuditRecord:
    """The event as a record of the audit log."""
    match event:
        case TransactionPosted(stamp, transaction):
            accounts = sorted({entry.account_id for entry in transaction.entries}, key=_number)
            deed = Deed("transaction.posted", "success", transaction.id, accounts)
            return make_record(stamp, deed, {"transaction": posted_facts(transaction)}, contexts)
        case AccountOpened(stamp, account):
            deed = Deed("account.opened", "success", account.id, [account.id])
            return make_record(stamp, deed, {"account": opened_facts(account)}, contexts)
        case AccountStatusChanged(stamp, account_id, before, after, version, reason):
            deed = Deed("account.status_changed", "success", account_id, [account_id])
            change: dict[str, CanonicalValue] = {"account": str(account_id), "before": before, "after": after}
            change |= {"version": version, "reason": reason}
            return make_record(stamp, deed, {"status": change}, contexts)
        case CommandRejected(stamp, command, reason):
            outcome = "denied" if isinstance(reason, NotFoundError | ForbiddenError) else "rejected"
            deed = Deed(f"{command.kind}.rejected", outcome, None, named_accounts(command, stamp.tenant_id))
            facts = {"command": asked(command, stamp.tenant_id), "reason": _refused(reason)}
            return make_record(stamp, deed, facts, contexts)


def posted_facts(transaction: Transaction) -> dict[str, CanonicalValue]:
    """What a record says of a transaction."""
    return {
        "id": transaction.id,
        "kind": transaction.kind,
        "reference": transaction.reference,
        "metadata": dict(transaction.metadata),
        "reverses": transaction.reverses,
        "source": None if transaction.source is None else list(transaction.source),
        "effectiveAt": instant_text(transaction.effective_at),
        "postedAt": instant_text(transaction.posted_at),
        "entries": [_entered(entry) for entry in transaction.entries],
    }


def _entered(entry: Entry) -> dict[str, CanonicalValue]:
    exponent = entry.currency.exponent
    return {
        "account": entry.account_id,
        "sequence": entry.sequence,
        "currency": entry.currency.code,
        "amount": format_minor(entry.amount_minor, exponent),
        "before": format_minor(entry.balance_before_minor, exponent),
        "after": format_minor(entry.balance_after_minor, exponent),
        "hash": entry.hash.hex(),
    }


def opened_facts(account: Account) -> dict[str, CanonicalValue]:
    """What a record says of a new account."""
    return {
        "id": str(account.id),
        "number": account.number,
        "owner": account.owner_id,
        "currency": account.currency.code,
        "kind": account.kind,
        "floor": None if account.floor is None else account.floor.to_decimal_string(),
    }


def asked(command: Command, tenant_id: TenantId) -> dict[str, CanonicalValue]:
    """What the command wants, without its key."""
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


def named_accounts(command: Command, tenant_id: TenantId) -> Sequence[UUID]:
    """The accounts that the command would touch, each once, in the order of their ids."""
    if isinstance(command, MoneyCommand):
        return sorted({posting.account_id for posting in command.postings(tenant_id)})
    return [command.account_id] if isinstance(command, StatusCommand) else []
