"""Measures the verifier on an export of a million transfers, made without a database.

`python bench/seal_million.py [RECORDS]` prints seconds of processor time and the memory that the verifier took.
"""

import resource
import subprocess
import sys
import tempfile
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final
from uuid import UUID

from bankcore.audit.checkpoints import NO_NOTE, Checkpoint, log_origin
from bankcore.audit.merkle import Frontier, leaf_hash
from bankcore.clock import instant_text
from bankcore.events.stamps import Stamp
from bankcore.identifiers import AccountId, EventId, TenantId, TransactionId
from bankcore.ledger.accounts import GENESIS_HASH, Account, AccountKind, AccountStatus, settlement_account
from bankcore.ledger.chain import microseconds, seal_entry
from bankcore.ledger.events import AccountOpened, LedgerEvent, TransactionPosted
from bankcore.ledger.transactions import Entry, Transaction
from bankcore.money import Currency, Money
from bankcore.origin import Origin
from bankcore_infra.audit import standalone_verifier
from bankcore_infra.audit.recording.context import AuditContexts
from bankcore_infra.audit.recording.ledger_records import ledger_record
from bankcore_infra.audit.recording.records import AuditRecord
from bankcore_infra.audit.standalone_verifier import FORMAT, written
from bankcore_infra.keys.sealing_keys import SealingKeys

TENANT: Final = TenantId(UUID(int=7))
ORIGIN: Final = log_origin(TENANT, "main")
_START: Final = datetime(2026, 1, 1, tzinfo=UTC)
_NPR: Final = Currency.of("NPR")
_ASKING: Final = Origin(
    actor_type="user", actor_id="0198c6a2-1111-7000-8000-000000000000", request_id="4bf92f3577b34da6"
)
_ACCOUNTS: Final = 1_000
Standing = tuple[int, int, bytes, str | None]


class BusyBank:
    """Accounts that are opened, and then pay each other; `standings` are how they stand."""

    def __init__(self) -> None:
        """Before anything happened."""
        self.accounts = [_account(number) for number in range(_ACCOUNTS)]
        self.standings: list[Standing] = [(0, 0, GENESIS_HASH, None)] * _ACCOUNTS

    def events(self, count: int) -> Iterator[LedgerEvent]:
        """That many events."""
        for number in range(count):
            at = _START + timedelta(milliseconds=number)
            stamp = Stamp(EventId(UUID(int=2**110 + number)), TENANT, at, _ASKING)
            if number < _ACCOUNTS:
                yield AccountOpened(stamp, self.accounts[number])
            else:
                yield TransactionPosted(stamp, self._transfer(number, at))

    def _transfer(self, number: int, at: datetime) -> Transaction:
        transaction_id = TransactionId(UUID(int=2**110 + number))
        entries: list[Entry] = []
        for place, amount in ((number % _ACCOUNTS, -100), ((number * 7 + 1) % _ACCOUNTS, 100)):
            sequence, balance, head, _at = self.standings[place]
            entry = seal_entry(
                head,
                TENANT,
                self.accounts[place].id,
                sequence=sequence + 1,
                transaction_id=transaction_id,
                currency=_NPR,
                amount_minor=amount,
                balance_before_minor=balance,
                posted_at=at,
                posted_at_us=microseconds(at),
            )
            self.standings[place] = (sequence + 1, balance + amount, entry.hash, instant_text(at))
            entries.append(entry)
        return Transaction(
            tenant_id=TENANT,
            id=transaction_id,
            kind="transfer",
            amount=Money(100, _NPR),
            reference="Rent",
            metadata={},
            reverses=None,
            source=None,
            effective_at=at,
            posted_at=at,
            entries=tuple(entries),
        )


class ExportFile:
    """An export that is made without a database."""

    def __init__(self, path: Path, keys: SealingKeys) -> None:
        """In that file, with checkpoints signed by that key."""
        self._file = path.open("wb")
        self._keys = keys
        self._digest = sha256()
        self._frontier = Frontier()
        self._previous = NO_NOTE
        self.note = ""

    def line(self, **members: object) -> None:
        """Write a line."""
        raw = written(members)
        self._digest.update(raw)
        self._file.write(raw)

    def record(self, record: AuditRecord, rows: dict[str, object]) -> None:
        """Write a record with the rows of what it tells about."""
        leaf, index = leaf_hash(record.body), self._frontier.size
        nodes = self._frontier.append(leaf)
        self.line(
            type="record",
            i=index,
            id=str(record.id),
            xid=index,
            leaf=_text(leaf),
            nodes=list(map(_text, nodes)),
            body=record.body.decode(),
            **rows,
        )

    def checkpoint(self, at: str) -> None:
        """Sign where the log stands."""
        size, root = self._frontier.size, self._frontier.root
        signed = self._keys.sign(
            Checkpoint(origin=ORIGIN, size=size, root=root, era=1, upto=size, system=1, at=at, previous=self._previous)
        )
        columns = [size, _text(root), size, 1, 1, _text(self._previous), at]
        self._previous, self.note = signed.digest, signed.text()
        self.line(type="checkpoint", note=self.note, frontier=list(map(_text, self._frontier.hashes)), row=columns)

    def end(self, count: int) -> None:
        """Write the last line."""
        self.line(type="end", records=count, pending=0, sha256=self._digest.hexdigest())
        self._file.close()


def write_export(path: Path, keys: SealingKeys, count: int, *, batch: int = 500) -> str:
    """An export of that many records with a checkpoint after each batch; the last note, as a witness keeps it."""
    bank, export = BusyBank(), ExportFile(path, keys)
    export.line(
        type="header",
        format=FORMAT,
        origin=ORIGIN,
        tenant=str(TENANT),
        start=0,
        startedAt=None,
        exportedAt=instant_text(_START + timedelta(days=1)),
        end=count,
        rows=True,
        frontier=[],
    )
    for number, event in enumerate(bank.events(count), start=1):
        record = ledger_record(event, AuditContexts())
        export.record(record, _rows(event, record))
        if number % batch == 0 or number == count:
            export.checkpoint(instant_text(record.at))
    opened = bank.accounts[: min(count, _ACCOUNTS)]
    ours = settlement_account(TENANT, _NPR, opened_at=_START)
    stand = [*zip(opened, bank.standings, strict=False), (ours, (0, 0, GENESIS_HASH, None))]
    for account, (version, balance, head, at) in sorted(stand, key=lambda each: each[0].id.bytes):
        row = [*_columns(account), balance, 0, version, head.hex(), at, "active"]
        export.line(type="account", row=row)
    posted = count - len(opened)
    export.line(type="tables", transactions=posted, entries=2 * posted, accounts=len(stand))
    export.end(count)
    return export.note


def main() -> None:
    """Make the export, verify it in a process of its own, and say what that took."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        export, note, key = folder / "log.ndjson", folder / "note", folder / "public-key.pem"
        keys = SealingKeys.open(folder)
        note.write_text(write_export(export, keys, count), encoding="utf-8")
        print(f"{count} records, {export.stat().st_size / 1e6:.0f} MB")
        words = [sys.executable, standalone_verifier.__file__, str(export)]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([*words, "--checkpoint", str(note), "--public-key", str(key)], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{spent:.1f} s of processor time, {after.ru_maxrss / 1024:.0f} MB resident at most")


def _account(number: int) -> Account:
    return Account(
        tenant_id=TENANT,
        id=AccountId(UUID(int=2**100 + number)),
        number=str(number),
        owner_id="sita",
        name=None,
        currency=_NPR,
        kind=AccountKind.CUSTOMER,
        status=AccountStatus.ACTIVE,
        balance_minor=0,
        held_minor=0,
        floor_minor=None,
        version=0,
        head_hash=GENESIS_HASH,
        created_at=_START + timedelta(milliseconds=number),
    )


def _columns(account: Account) -> list[object]:
    at = instant_text(account.created_at)
    return [str(account.id), account.number, account.owner_id, account.currency.code, account.kind, None, at]


def _rows(event: LedgerEvent, record: AuditRecord) -> dict[str, object]:
    at, accounts, origin = instant_text(record.at), list(map(str, record.account_ids)), record.origin
    facts = [at, record.action, record.outcome, origin.actor_type, origin.actor_id, str(record.subject_id), accounts]
    row = [*facts, origin.request_id, None, None]
    if isinstance(event, AccountOpened):
        return {"row": row, "account": _columns(event.account)}
    if not isinstance(event, TransactionPosted):
        raise TypeError
    transaction = event.transaction
    entries = [
        [
            str(entry.account_id),
            entry.sequence,
            entry.currency.code,
            entry.amount_minor,
            entry.balance_before_minor,
            entry.balance_after_minor,
            at,
            entry.hash.hex(),
        ]
        for entry in sorted(transaction.entries, key=lambda entry: entry.account_id.bytes)
    ]
    key = str(transaction.id)
    columns = [key, at, at, 100, "NPR", transaction.kind, None, transaction.reference, None, None, None]
    return {"row": row, "transaction": columns, "entries": entries}


def _text(value: bytes) -> str:
    return b64encode(value).decode()


if __name__ == "__main__":
    main()
