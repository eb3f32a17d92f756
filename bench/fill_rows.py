"""Rows in the text format of COPY, made as cheaply as Python can."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from bankcore.identifiers import TenantId
from bankcore.ledger.accounts import Account
from bankcore.ledger.transactions import Entry
from bankcore.money import format_minor
from bankcore.origin import LIBRARY
from bankcore_infra.audit.recording.records import AuditRecord

NULL: Final = r"\N"
COLUMNS: Final = {
    "transactions": "tenant_id, id, posted_at, effective_at, amount_minor, kind, currency",
    "entries": (
        "tenant_id, account_id, sequence, transaction_id, amount_minor, balance_before_minor, balance_after_minor,"
        " posted_at, currency, hash"
    ),
    "audit_log": "tenant_id, id, at, action, outcome, actor_type, actor_id, subject_id, account_ids, body",
    "accounts": (
        "tenant_id, id, balance_minor, held_minor, floor_minor, version, last_posted_at, created_at, head_hash,"
        " currency, kind, status, number, owner_id, name"
    ),
}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ACTOR: Final = f"{LIBRARY.actor_type}\t{LIBRARY.actor_id}"


@dataclass(slots=True)
class Rows:
    """A part of a history, row by row in the order of time; no row holds a character that COPY would have to escape."""

    transactions: list[str] = field(default_factory=list)
    entries: list[str] = field(default_factory=list)
    audit_log: list[str] = field(default_factory=list)

    def post(self, tenant: str, at: str, kind: str, debit: Entry, credit: Entry) -> str:
        """Add the rows of a transaction of two entries, and return its record; each name is written out only once."""
        transaction, currency = str(credit.transaction_id), credit.currency
        debited, credited = str(debit.account_id), str(credit.account_id)
        head = (
            '{"action":"transaction.posted","actor":{"id":"library","type":"service"},'
            f'"at":"{at}","audience":"owner","effects":['
        )
        tail = (
            f'],"id":"{transaction}","subject":{{"kind":"transaction"}},"tenant":"{tenant}",'
            f'"transaction":{{"kind":"{kind}"}},"v":2}}'
        )
        lines = [
            self._enter(entry, f"{tenant}\t{account}\t{entry.sequence}\t{transaction}", account, at)
            for account, entry in ((debited, debit), (credited, credit))
        ]
        body = f"{head}{lines[0]},{lines[1]}{tail}"
        self.transactions.append(
            f"{tenant}\t{transaction}\t{at}\t{at}\t{credit.amount_minor}\t{kind}\t{currency.code}\n"
        )
        # Texts of ids sort as the ids do.
        first, second = (debited, credited) if debited < credited else (credited, debited)
        self.audit_log.append(
            f"{tenant}\t{transaction}\t{at}\ttransaction.posted\tsuccess\t{_ACTOR}\t{transaction}\t{{{first},{second}}}\t{body}\n"
        )
        return body

    def _enter(self, entry: Entry, names: str, account: str, at: str) -> str:
        """Add the row of an entry, and return what the record says of it."""
        digest, code, exponent = entry.hash.hex(), entry.currency.code, entry.currency.exponent
        amount, before, after = entry.amount_minor, entry.balance_before_minor, entry.balance_after_minor
        self.entries.append(f"{names}\t{amount}\t{before}\t{after}\t{at}\t{code}\t\\\\x{digest}\n")
        return (
            f'{{"account":"{account}","amount":"{format_minor(amount, exponent)}",'
            f'"balance":"{format_minor(after, exponent)}","currency":"{code}","head":"{digest}",'
            f'"sequence":{entry.sequence}}}'
        )


def audit_row(tenant_id: TenantId, record: AuditRecord) -> str:
    """The row of a record of the library."""
    accounts = ",".join(account_id.hex for account_id in record.account_ids)
    subject = NULL if record.subject_id is None else record.subject_id.hex
    return (
        f"{tenant_id.hex}\t{record.id.hex}\t{record.at.isoformat()}\t{record.action}\t{record.outcome}"
        f"\t{_ACTOR}\t{subject}\t{{{accounts}}}\t{record.body.decode('ascii')}\n"
    )


def account_row(account: Account, posted_us: int) -> str:
    """The row of an account whose last entry was posted at that microsecond."""
    posted_at = (_EPOCH + timedelta(microseconds=posted_us)).isoformat() if account.version else NULL
    floor = NULL if account.floor_minor is None else account.floor_minor
    return (
        f"{account.tenant_id.hex}\t{account.id.hex}\t{account.balance_minor}\t{account.held_minor}\t{floor}"
        f"\t{account.version}\t{posted_at}\t{account.created_at.isoformat()}\t\\\\x{account.head_hash.hex()}"
        f"\t{account.currency.code}\t{account.kind}\t{account.status}\t{account.number}\t{account.owner_id}"
        f"\t{account.name or NULL}\n"
    )
