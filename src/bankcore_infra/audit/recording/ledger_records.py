"""Audit records of the ledger's events: self-contained, with balances before and after."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from bankcore.actions import Subject
from bankcore.ledger.accounts import Account, FreezeDirection
from bankcore.ledger.actions import ACCOUNT_OPENED, ACCOUNT_STATUS_CHANGED, TRANSACTION_REVERSED, rejection_of
from bankcore.ledger.changes import Capture, Change, Open, Post, Reverse, SetAside, SetStatus
from bankcore.ledger.events import (
    AccountOpened,
    AccountStatusChanged,
    CommandRejected,
    HoldChanged,
    LedgerEvent,
    TransactionPosted,
    TransactionReversed,
)
from bankcore_infra.audit.recording.canonical import CanonicalValue
from bankcore_infra.audit.recording.context import AuditContexts
from bankcore_infra.audit.recording.hold_records import asked_of_hold, hold_facts
from bankcore_infra.audit.recording.posted_records import PostedRecords
from bankcore_infra.audit.recording.records import AuditRecord, Deed, make_record
from bankcore_infra.audit.recording.refusals import outcome_of, reason_facts


def ledger_records(events: Iterable[LedgerEvent]) -> list[AuditRecord]:
    """The events of one unit of work as records of the audit log."""
    contexts = AuditContexts()
    posted = PostedRecords(contexts)
    return [
        posted.record(event) if isinstance(event, TransactionPosted) else ledger_record(event, contexts)
        for event in events
    ]


def ledger_record(event: LedgerEvent, contexts: AuditContexts) -> AuditRecord:
    """The event as a record of the audit log."""
    match event:
        case TransactionPosted():
            return PostedRecords(contexts).record(event)
        case AccountOpened(stamp, account):
            deed = Deed(ACCOUNT_OPENED, subject=Subject("account", account.id), effects=event.effects)
            return make_record(stamp, deed, {"account": opened_facts(account)}, contexts)
        case AccountStatusChanged(stamp, effect, reason):
            subject = Subject("account", effect.account_id)
            deed = Deed(ACCOUNT_STATUS_CHANGED, subject=subject, effects=event.effects)
            return make_record(stamp, deed, {} if reason is None else {"reason": reason}, contexts)
        case TransactionReversed(stamp, transaction, reversal_id, amount, reason):
            accounts = {entry.account_id for entry in transaction.entries}
            deed = Deed(TRANSACTION_REVERSED, subject=Subject("transaction", transaction.id), account_ids=accounts)
            undone = {"by": str(reversal_id), "amount": None if amount is None else str(amount)}
            return make_record(stamp, deed, {"reversal": undone, "reason": reason}, contexts)
        case HoldChanged(stamp, hold):
            deed = Deed(event.action, subject=Subject("hold", hold.id), effects=event.effects)
            return make_record(stamp, deed, hold_facts(event), contexts)
        case CommandRejected(stamp, kind, change, reason):
            deed = Deed(rejection_of(kind), outcome_of(reason), account_ids=named_accounts(change))
            facts = {"command": asked(kind, change), "reason": reason_facts(reason)}
            return make_record(stamp, deed, facts, contexts)


def opened_facts(account: Account) -> dict[str, CanonicalValue]:
    """The facts of a new account."""
    return {
        "id": str(account.id),
        "number": account.number,
        "owner": account.owner_id,
        "currency": account.currency.code,
        "kind": account.kind,
        "floor": None if account.floor is None else account.floor.to_decimal_string(),
    }


def asked(kind: str, change: Change) -> dict[str, CanonicalValue]:
    """The facts of the command, without its key."""
    match change:
        case Post():
            lines = [{"account": str(line.account_id), "amount": str(line.amount)} for line in change.postings]
            return {"kind": kind, "reference": change.carried.reference, "postings": lines}
        case Open():
            return {"kind": kind, "owner": change.owner_id, "currency": change.currency.code}
        case SetStatus():
            direction = {} if change.direction in {None, FreezeDirection.BOTH} else {"direction": change.direction}
            return {"kind": kind, "account": str(change.account_id), "reason": change.reason, **direction}
        case Reverse(transaction_id, amount, reason):
            wanted = None if amount is None else str(amount)
            return {"kind": kind, "transaction": str(transaction_id), "amount": wanted, "reason": reason}
        case _:
            return {"kind": kind, **asked_of_hold(change)}


def named_accounts(change: Change) -> Sequence[UUID]:
    """The accounts that the change would touch, each once, in the order of their ids."""
    match change:
        case Post():
            return sorted({posting.account_id for posting in change.postings})
        case SetStatus() | SetAside():
            return [change.account_id]
        case Capture():
            return [change.to_account_id]
        case _:
            return []
