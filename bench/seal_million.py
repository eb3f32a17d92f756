"""Measures the verifier on an export of a million transfers, made without a database.

`python bench/seal_million.py [RECORDS]` prints seconds of processor time and the memory that the verifier took.
"""

import json
import resource
import subprocess
import sys
import tempfile
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from bankcore.audit.checkpoints import NO_NOTE, Checkpoint, log_origin
from bankcore.audit.merkle import Frontier, leaf_hash
from bankcore.identifiers import AccountId, EventId, TenantId, TransactionId
from bankcore.ledger.accounts import GENESIS_HASH
from bankcore.ledger.chain import microseconds, seal_entry
from bankcore.ledger.events import Stamp, TransactionPosted
from bankcore.ledger.transactions import Entry, Transaction
from bankcore.money import Currency, Money
from bankcore.origin import Origin
from bankcore_infra.audit import standalone_verifier
from bankcore_infra.audit.canonical import instant_text
from bankcore_infra.audit.context import AuditContexts
from bankcore_infra.audit.ledger_records import ledger_record
from bankcore_infra.audit.records import AuditRecord
from bankcore_infra.audit.sealing_keys import SealingKeys
from bankcore_infra.audit.standalone_verifier import FORMAT

TENANT: Final = TenantId(UUID(int=7))
ORIGIN: Final = log_origin(TENANT, "main")
_START: Final = datetime(2026, 1, 1, tzinfo=UTC)
_NPR: Final = Currency.of("NPR")


def transfers(count: int, *, accounts: int = 1_000) -> Iterator[tuple[Transaction, AuditRecord]]:
    """That many transfers between accounts, each with its record."""
    ids = [AccountId(UUID(int=2**100 + number)) for number in range(accounts)]
    state = [(0, 0, GENESIS_HASH)] * accounts
    origin = Origin(actor_type="user", actor_id="0198c6a2-1111-7000-8000-000000000000", request_id="4bf92f3577b34da6")
    for number in range(count):
        at = _START + timedelta(milliseconds=number)
        transaction_id = TransactionId(UUID(int=2**110 + number))
        entries: list[Entry] = []
        for place, amount in ((number % accounts, -100), ((number * 7 + 1) % accounts, 100)):
            sequence, balance, head = state[place]
            entry = seal_entry(
                head,
                TENANT,
                ids[place],
                sequence=sequence + 1,
                transaction_id=transaction_id,
                currency=_NPR,
                amount_minor=amount,
                balance_before_minor=balance,
                posted_at=at,
                posted_at_us=microseconds(at),
            )
            state[place] = (sequence + 1, balance + amount, entry.hash)
            entries.append(entry)
        transaction = Transaction(
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
        record = ledger_record(
            TransactionPosted(Stamp(EventId(UUID(int=2**120 + number)), TENANT, at, origin), transaction),
            AuditContexts(),
        )
        yield transaction, record


def write_export(path: Path, keys: SealingKeys, count: int, *, batch: int = 500) -> str:
    """An export of that many records with a checkpoint after each batch; the last note, as a witness keeps it."""
    frontier, previous, note = Frontier(), NO_NOTE, ""
    with path.open("w", encoding="utf-8") as file:

        def write(**line: object) -> None:
            file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")

        write(
            type="header",
            format=FORMAT,
            origin=ORIGIN,
            tenant=str(TENANT),
            start=0,
            startedAt=None,
            end=count,
            rows=True,
            frontier=[],
        )
        for index, (transaction, record) in enumerate(transfers(count)):
            leaf = leaf_hash(record.body)
            nodes = frontier.append(leaf)
            write(
                type="record",
                i=index,
                id=str(record.id),
                xid=index,
                leaf=_text(leaf),
                nodes=list(map(_text, nodes)),
                body=record.body.decode(),
                **_rows(transaction, record),
            )
            if frontier.size % batch == 0 or frontier.size == count:
                checkpoint = Checkpoint(
                    origin=ORIGIN,
                    size=frontier.size,
                    root=frontier.root,
                    era=1,
                    upto=frontier.size,
                    system=1,
                    at=instant_text(_START + timedelta(milliseconds=index)),
                    previous=previous,
                )
                signed = keys.sign(checkpoint)
                columns = [frontier.size, _text(frontier.root), frontier.size, 1, 1, _text(previous), checkpoint.at]
                previous, note = signed.digest, signed.text()
                write(type="checkpoint", note=note, frontier=list(map(_text, frontier.hashes)), row=columns)
        write(type="end", records=count, pending=0)
    return note


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


def _rows(transaction: Transaction, record: AuditRecord) -> dict[str, object]:
    at, accounts = instant_text(record.at), list(map(str, record.account_ids))
    origin = record.origin
    facts = [at, record.action, record.outcome, origin.actor_type, origin.actor_id, str(record.subject_id), accounts]
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
        for entry in sorted(transaction.entries)
    ]
    key = str(transaction.id)
    return {
        "row": [*facts, origin.request_id, None, None],
        "transaction": [key, at, at, 100, "NPR", transaction.kind, None, transaction.reference, None, None, None],
        "entries": entries,
    }


def _text(value: bytes) -> str:
    return b64encode(value).decode()


if __name__ == "__main__":
    main()
