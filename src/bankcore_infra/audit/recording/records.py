"""The append-only audit log: its rows, their frame, and the one statement that adds them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, Final, NamedTuple
from uuid import UUID

from bankcore.actions import Action, Audience, Subject
from bankcore.clock import instant_text
from bankcore.events.stamps import Event, Stamp
from bankcore.ledger.accounts import AccountStatus
from bankcore.ledger.effects import Effect
from bankcore.money import format_minor
from bankcore.origin import Origin
from bankcore_infra.audit.recording.canonical import CanonicalValue, canonical_bytes
from bankcore_infra.audit.recording.context import AuditContext, AuditContexts, distinct
from bankcore_infra.db import arrays
from bankcore_infra.db.exchange import Parameter, Statement
from bankcore_infra.db.rows import BYTES, ID, INSTANT, TEXT, Row, RowStatement
from bankcore_infra.db.tenant_connection import TenantConnection

FRAME_VERSION: Final = 2
SUCCESS: Final = "success"

_number: Final = attrgetter("int")
# Account ids come as one text for each row: a column of arrays of different lengths has no literal of its own.
_APPEND: Final = RowStatement(
    """
    INSERT INTO bankcore.audit_log (tenant_id, id, at, action, outcome, actor_type, actor_id, subject_id, account_ids,
                                    request_id, context_id, body)
    SELECT $1::uuid, id, at, action, outcome, actor_type, actor_id, subject_id, account_ids::uuid[],
           request_id, context_id, body
    FROM {rows} AS new (id, at, action, outcome, actor_type, actor_id, subject_id, account_ids,
                        request_id, context_id, body)
    """,
    [ID, INSTANT, TEXT, TEXT, TEXT, TEXT, ID, TEXT, TEXT, ID, BYTES],
)
_ADD_CONTEXTS: Final = Statement("""
    INSERT INTO bankcore.audit_context (tenant_id, id, salt, ip_address, user_agent)
    SELECT $1::uuid, * FROM unnest($2::uuid[], $3::bytea[], $4::text[], $5::text[])
""")


class AuditRecord(NamedTuple):
    """One line of the audit log: the columns that queries need, and the canonical bytes that are sealed.

    `outcome` is `success`, `rejected` (the rules said no), `denied` (the caller may not) or `failed` (it was undone).
    """

    id: UUID
    at: datetime
    action: str
    outcome: str
    origin: Origin
    subject_id: UUID | None
    account_ids: Sequence[UUID]
    body: bytes
    context: AuditContext | None = None


class Deed(NamedTuple):
    """What was done or attempted, without who, when and how.

    `effects` tells what happened to accounts; `account_ids` are accounts that it names and did not change.
    """

    action: Action
    outcome: str = SUCCESS
    subject: Subject | None = None
    account_ids: Iterable[UUID] = ()
    effects: Sequence[Effect] = ()


Records = Mapping[type[Event], Callable[[Any, AuditContexts], AuditRecord]]
"""Makes the record of an event, with the contexts of the records that are written together."""


def make_record(stamp: Stamp, deed: Deed, facts: Mapping[str, CanonicalValue], contexts: AuditContexts) -> AuditRecord:
    """The record of that deed: the frame that every record has (docs/audit-records.md), and its own facts beside it.

    What there is none of is left out.
    """
    (action, audience), outcome, subject, named, effects = deed
    origin = stamp.origin
    context, context_hash = contexts.of(origin, stamp.id)
    changed = {effect.account_id for effect in effects}
    others = set(named) - changed
    document: dict[str, CanonicalValue] = {
        "v": FRAME_VERSION,
        "id": stamp.id,
        "tenant": stamp.tenant_id,
        "at": instant_text(stamp.occurred_at),
        "action": action,
        "actor": {"type": origin.actor_type, "id": origin.actor_id},
        **facts,
    }
    optional: dict[str, CanonicalValue] = {
        "outcome": None if outcome == SUCCESS else outcome,
        "context": context_hash,
        "request": origin.request_id,
        "audience": None if audience is Audience.NOBODY else audience,
        "subject": None if subject is None else _subject_facts(subject, stamp.id),
        "effects": list(map(_effect_facts, effects)),
        "accounts": in_order_of_ids(others),
    }
    document |= {name: value for name, value in optional.items() if value is not None and value != []}
    return AuditRecord(
        stamp.id,
        stamp.occurred_at,
        action,
        outcome,
        origin,
        None if subject is None else subject.id,
        in_order_of_ids(changed | others),
        canonical_bytes(document),
        context,
    )


def in_order_of_ids(ids: Iterable[UUID]) -> list[UUID]:
    """The ids in the order of their bytes, as PostgreSQL sorts them."""
    return sorted(ids, key=_number)


def _subject_facts(subject: Subject, record_id: UUID) -> dict[str, CanonicalValue]:
    """The subject of the record; its id only if it is not the record's own."""
    return {"kind": subject.kind} if subject.id == record_id else {"kind": subject.kind, "id": subject.id}


def _effect_facts(effect: Effect) -> dict[str, CanonicalValue]:
    """The facts of the effect, without the two that are true of nearly every account: nothing is held, and it is
    active.
    """
    account_id, currency, sequence, head, balance, held, status, amount, set_aside, was = effect
    exponent = currency.exponent
    facts: dict[str, CanonicalValue] = {
        "account": account_id,
        "balance": format_minor(balance, exponent),
        "currency": currency.code,
        "head": head.hex(),
        "sequence": sequence,
    }
    if amount is not None:
        facts["amount"] = format_minor(amount, exponent)
    if held:
        facts["held"] = format_minor(held, exponent)
    if set_aside:
        facts["setAside"] = format_minor(set_aside, exponent)
    if status is not AccountStatus.ACTIVE:
        facts["status"] = status
    if was is not None:
        facts["was"] = was
    return facts


def append_audit_records(connection: TenantConnection, records: Sequence[AuditRecord]) -> None:
    """Add the records to the tenant's log, in the transaction of what they tell about."""
    contexts = distinct(record.context for record in records)
    if contexts:
        connection.tell(_ADD_CONTEXTS, *_context_columns(connection, contexts))
    connection.tell_on(_APPEND, [_row(record) for record in records])


def _row(record: AuditRecord) -> Row:
    origin, context = record.origin, record.context
    return (
        record.id,
        record.at,
        record.action,
        record.outcome,
        origin.actor_type,
        origin.actor_id,
        record.subject_id,
        arrays.uuids_as_text(record.account_ids),
        origin.request_id,
        None if context is None else context.id,
        record.body,
    )


def _context_columns(connection: TenantConnection, contexts: Sequence[AuditContext]) -> tuple[Parameter, ...]:
    return (
        connection.tenant_id,
        arrays.uuids([context.id for context in contexts]),
        arrays.byte_strings([context.salt for context in contexts]),
        arrays.texts([context.ip_address for context in contexts]),
        arrays.texts([context.user_agent for context in contexts]),
    )
