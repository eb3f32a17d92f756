"""Records of posted transactions, written as text directly, because every transfer has one.

Writing them as other records are written gives the same bytes for three times the work (measured, docs/adr/0041). A
test compares both.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final
from uuid import UUID

import orjson

from bankcore.clock import instant_text
from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import AccountStatus
from bankcore.ledger.actions import TRANSACTION_POSTED
from bankcore.ledger.events import TransactionPosted
from bankcore.ledger.transactions import NO_METADATA, Entry, Transaction
from bankcore.money import format_minor
from bankcore.origin import Origin
from bankcore_infra.audit.recording.canonical import CanonicalValue, canonical_bytes
from bankcore_infra.audit.recording.context import AuditContext, AuditContexts
from bankcore_infra.audit.recording.records import FRAME_VERSION, SUCCESS, AuditRecord, in_order_of_ids

_PAIR: Final = 2
_END: Final = f',"v":{FRAME_VERSION}}}'.encode()
# Reference, metadata, what is reversed, and source: most transactions have none of them.
_NOTHING_CARRIED: Final = [None, NO_METADATA, None, None]


class PostedRecords:
    """The records of the transactions of one unit of work, which are all posted at one instant."""

    def __init__(self, contexts: AuditContexts) -> None:
        self._contexts = contexts
        self._origin: Origin | None = None
        self._context: AuditContext | None = None
        self._before_effects = self._after_id = b""

    def record(self, event: TransactionPosted) -> AuditRecord:
        """The event as a record of the audit log."""
        transaction, stamp = event.transaction, event.stamp
        if stamp.origin is not self._origin:
            self._begin_frame(event)
        held, entries = event.held_minor, transaction.entries
        facts = [_effect(entry, held) for entry in entries]
        if event.statuses:
            statuses = [event.statuses.get(entry.account_id) for entry in entries]
            facts = [_with_status(each, status) for each, status in zip(facts, statuses, strict=True)]
        effects = orjson.dumps(facts)
        body = b"".join(
            [
                self._before_effects,
                effects,
                b',"id":',
                orjson.dumps(stamp.id),
                self._after_id,
                _facts(transaction),
                _END,
            ]
        )
        return AuditRecord(
            stamp.id,
            stamp.occurred_at,
            TRANSACTION_POSTED.name,
            SUCCESS,
            stamp.origin,
            transaction.id,
            _accounts(entries),
            body,
            self._context,
        )

    def _begin_frame(self, event: TransactionPosted) -> None:
        """The part that all records of one caller share, in front of the effects and behind the id."""
        stamp = event.stamp
        self._origin = origin = stamp.origin
        self._context, context_hash = self._contexts.of(origin, stamp.id)
        name, audience = TRANSACTION_POSTED
        before: dict[str, CanonicalValue] = {
            "action": name,
            "actor": {"type": origin.actor_type, "id": origin.actor_id},
            "at": instant_text(stamp.occurred_at),
            "audience": audience,
        }
        after: dict[str, CanonicalValue] = {"subject": {"kind": "transaction"}, "tenant": stamp.tenant_id}
        if context_hash is not None:
            before["context"] = context_hash
        if origin.request_id is not None:
            after["request"] = origin.request_id
        # Without its braces, because text stands before and after it.
        self._before_effects = canonical_bytes(before)[:-1] + b',"effects":'
        self._after_id = b"," + canonical_bytes(after)[1:-1] + b',"transaction":'


def posted_facts(transaction: Transaction) -> dict[str, CanonicalValue]:
    """The facts of a transaction beside its effects; empty ones are left out."""
    facts: dict[str, CanonicalValue] = {"kind": transaction.kind}
    if transaction.effective_at != transaction.posted_at:
        facts["effectiveAt"] = instant_text(transaction.effective_at)
    if transaction.metadata:
        facts["metadata"] = dict(transaction.metadata)
    if transaction.reference is not None:
        facts["reference"] = transaction.reference
    if transaction.reverses is not None:
        facts["reverses"] = transaction.reverses
    if transaction.source is not None:
        facts["source"] = list(transaction.source)
    return facts


def _facts(transaction: Transaction) -> bytes:
    _tenant_id, _id, kind, _amount, *carried, effective_at, posted_at, _entries = transaction
    if carried != _NOTHING_CARRIED or effective_at != posted_at:
        return canonical_bytes(posted_facts(transaction))
    return _facts_of_nothing_but(kind)


@lru_cache(maxsize=64)
def _facts_of_nothing_but(kind: str) -> bytes:
    return canonical_bytes({"kind": kind})


def _effect(entry: Entry, held: Mapping[AccountId, int]) -> dict[str, CanonicalValue]:
    """What the entry did to its account, with the names in their order."""
    account_id, sequence, _transaction_id, currency, amount, _before, balance, _posted_at, digest = entry
    exponent = currency.exponent
    if held and account_id in held:
        return {
            "account": account_id,
            "amount": format_minor(amount, exponent),
            "balance": format_minor(balance, exponent),
            "currency": currency.code,
            "head": digest.hex(),
            "held": format_minor(held[account_id], exponent),
            "sequence": sequence,
        }
    return {
        "account": account_id,
        "amount": format_minor(amount, exponent),
        "balance": format_minor(balance, exponent),
        "currency": currency.code,
        "head": digest.hex(),
        "sequence": sequence,
    }


def _with_status(effect: dict[str, CanonicalValue], status: AccountStatus | None) -> dict[str, CanonicalValue]:
    """The effect, with the status of an account that is not active; its name is the last one."""
    return effect if status is None else {**effect, "status": status}


def _accounts(entries: tuple[Entry, ...]) -> list[UUID]:
    """The accounts of the entries, each once, in the order of their ids."""
    if len(entries) == _PAIR:
        first, second = entries[0].account_id, entries[1].account_id
        if first.int < second.int:
            return [first, second]
    return in_order_of_ids({entry.account_id for entry in entries})
