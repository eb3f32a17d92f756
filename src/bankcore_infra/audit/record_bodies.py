"""Reads the bodies of records: what was written with the application's role may be anything, and stays for ever."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import orjson

from bankcore.identifiers import TenantId
from bankcore_infra.audit.positions import PlacedRecord

_SEQUENCE_MAX: Final = 2**63 - 1
_TEXTS: Final = ("id", "kind", "effectiveAt", "postedAt")
_OPTIONAL_TEXTS: Final = ("reference", "reverses")
_ENTRY_TEXTS: Final = ("currency", "amount", "before", "after")


def find_body(tenant_id: TenantId, record: PlacedRecord) -> Mapping[str, Any] | None:
    """The body, parsed; None if the record is malformed, so that nobody who reads it could make anything of it."""
    if record.body is None or record.at is None:
        return None
    try:
        body = orjson.loads(record.body)
        # Again as text, since what is nested deeper than that can be read and not be written.
        orjson.dumps(body)
    except ValueError:
        return None
    if not isinstance(body, dict) or not _is_of(body, tenant_id, record):
        return None
    if record.action == "transaction.posted" or "transaction" in body:
        return body if _is_transaction(body.get("transaction")) else None
    if record.action == "account.opened":
        account = body.get("account")
        return body if isinstance(account, dict) and _is_id(account.get("id")) else None
    return body


def _is_of(body: Mapping[str, Any], tenant_id: TenantId, record: PlacedRecord) -> bool:
    said = (body.get("id"), body.get("tenant"), body.get("action"), body.get("outcome"))
    return said == (str(record.id), str(tenant_id), record.action, record.outcome)


def _is_transaction(facts: object) -> bool:
    if not isinstance(facts, dict) or not _is_id(facts.get("id")):
        return False
    texts = [facts.get(name) for name in _TEXTS]
    optional = [facts.get(name) for name in _OPTIONAL_TEXTS]
    entries = facts.get("entries")
    return (
        all(isinstance(text, str) for text in texts)
        and all(text is None or isinstance(text, str) for text in optional)
        and isinstance(facts.get("metadata"), dict)
        and isinstance(entries, list)
        and all(_is_entry(entry) for entry in entries)
    )


def _is_entry(entry: object) -> bool:
    if not isinstance(entry, dict) or not _is_id(entry.get("account")):
        return False
    sequence = entry.get("sequence")
    return (
        isinstance(sequence, int)
        and not isinstance(sequence, bool)
        and 0 < sequence <= _SEQUENCE_MAX
        and all(isinstance(entry.get(name), str) for name in _ENTRY_TEXTS)
    )


def _is_id(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        return str(UUID(value)) == value
    except ValueError:
        return False
