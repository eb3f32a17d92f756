"""A sealed log made without a database: as many transfers as wanted, in the form of an export."""

import json
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
from bankcore_infra.audit.canonical import instant_text
from bankcore_infra.audit.context import AuditContexts
from bankcore_infra.audit.ledger_records import ledger_record
from bankcore_infra.audit.sealing_keys import SealingKeys
from bankcore_infra.audit.standalone_verifier import FORMAT

TENANT: Final = TenantId(UUID(int=7))
ORIGIN: Final = log_origin(TENANT, "main")
_START: Final = datetime(2026, 1, 1, tzinfo=UTC)
_NPR: Final = Currency.of("NPR")


def bodies(count: int, *, accounts: int = 1_000) -> Iterator[tuple[UUID, bytes]]:
    """That many transfers between accounts, each record with its id."""
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
        yield record.id, record.body


def write_export(path: Path, keys: SealingKeys, count: int, *, batch: int = 500) -> str:
    """An export of that many records with a checkpoint after each batch; the last note, as a witness keeps it."""
    frontier, previous, note = Frontier(), NO_NOTE, ""

    def lines() -> Iterator[dict[str, object]]:
        nonlocal previous, note
        yield {"type": "header", "format": FORMAT, "origin": ORIGIN, "tenant": str(TENANT), "start": 0, "frontier": []}
        for index, (record_id, body) in enumerate(bodies(count)):
            leaf = leaf_hash(body)
            frontier.append(leaf)
            text = b64encode(leaf).decode()
            yield {
                "type": "record",
                "i": index,
                "id": str(record_id),
                "xid": index,
                "leaf": text,
                "body": body.decode(),
            }
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
                previous, note = signed.digest, signed.text()
                hashes = [b64encode(value).decode() for value in frontier.hashes]
                yield {"type": "checkpoint", "note": note, "frontier": hashes}
        yield {"type": "end", "records": count, "pending": 0}

    with path.open("w", encoding="utf-8") as file:
        for line in lines():
            file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
    return note
