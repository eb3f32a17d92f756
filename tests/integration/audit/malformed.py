"""Records that nobody can read, as whoever has the application's role can add them."""

from typing import Any, Final
from uuid import UUID

from bankcore_infra.identifiers import RandomIdentifiers

_INSERT: Final = """
    INSERT INTO bankcore.audit_log (tenant_id, id, at, action, outcome, actor_type, actor_id, account_ids, body)
    VALUES (%s, %s, {at}, {action}, 'success', 'x', 'x', {accounts}, {body})
"""
_USUAL: Final = {"at": "now()", "action": "'transaction.posted'", "accounts": "'{}'", "body": "'{}'"}
_BODY: Final = """
    convert_to(json_build_object('id', '{id}', 'tenant', '{tenant}', 'at', now(), 'action', 'transaction.posted',
               'outcome', 'success', 'transaction', %s::json)::text, 'UTF8')
"""
_ENTRY: Final = '{"account": "x", "sequence": 1, "currency": "NPR", "amount": "1", "before": "0", "after": "1"}'
_TRANSACTION: Final = '{"id": "00000000-0000-7000-8000-000000000000", "kind": "transfer", "metadata": {}, '
MALFORMED: Final = {
    "no JSON": {"body": "'no JSON'"},
    "empty": {"body": "''"},
    "no text": {"body": "'\\xff00fe'"},
    "no object": {"body": "'[1, 2]'"},
    "null": {"body": "'null'"},
    "a number that is none": {"body": "'{\"transaction\": NaN}'"},
    "deep": {"body": "convert_to(repeat('[', 100000), 'UTF8')"},
    "half a character": {"body": '\'{"id": "\\\\ud800"}\''},
    "no account": {"accounts": "'{NULL}'"},
    "accounts in a square": {"accounts": f"'{{{{{UUID(int=1)},NULL}},{{NULL,{UUID(int=2)}}}}}'"},
    "accounts from 7 on": {"accounts": f"'[7:7]={{{UUID(int=1)}}}'"},
    "never": {"at": "'infinity'"},
    "always": {"at": "'-infinity'"},
    "before our era": {"at": "'0044-03-15 BC'"},
    "far": {"at": "'294000-01-01'"},
    "opened by nobody": {"action": "'account.opened'", "accounts": "'{NULL}'"},
    "opened, but what": {"action": "'account.opened'"},
    "a status of nothing": {"action": "'account.status_changed'"},
    "nobody registered": {"action": "'user.registered'"},
    "heads": {"action": "'heads.sealed'"},
    "an era": {"action": "'log.era_begun'"},
    "no action": {"action": "''"},
    "a transaction that is a number": {"body": _BODY % "'5'"},
    "a transaction without entries": {"body": _BODY % "'{}'"},
    "entries that are numbers": {
        "body": _BODY % f"""'{_TRANSACTION} "effectiveAt": "x", "postedAt": "x", "entries": [1]}}'"""
    },
    "an entry on no account": {
        "body": _BODY % f"""'{_TRANSACTION} "effectiveAt": "x", "postedAt": "x", "entries": [{_ENTRY}]}}'"""
    },
}


def insert_malformed(connection: Any, tenant_id: UUID, kind: str) -> UUID:
    """Add one of that kind to the tenant's log, on a connection that belongs to the tenant; its id."""
    record_id = RandomIdentifiers().new_id()
    parts = {**_USUAL, **MALFORMED[kind]}
    parts["body"] = parts["body"].replace("{id}", str(record_id)).replace("{tenant}", str(tenant_id))
    execute = getattr(connection, "exec_driver_sql", connection.execute)
    execute(_INSERT.format(**parts), (tenant_id, record_id))
    return record_id
