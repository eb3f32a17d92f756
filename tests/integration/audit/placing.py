"""Gives positions by hand, and reads what came of it."""

from typing import Any, Final
from uuid import UUID

import orjson

from bankcore.audit.merkle import Frontier, leaf_hash
from bankcore_infra.audit.recording.positions import Placed, place_records
from bankcore_infra.db.transactions import OwnTransactions
from tests.worlds.sql_bank import SqlBank

_LEAVES: Final = """
    SELECT leaf.idx, leaf.hash, leaf.nodes, leaf.audit_id, log.body FROM bankcore.log_leaves AS leaf
    JOIN bankcore.audit_log AS log ON log.tenant_id = leaf.tenant_id AND log.id = leaf.audit_id
    WHERE leaf.tenant_id = %s ORDER BY leaf.idx
"""


def place(bank: SqlBank, *, most: int = 5_000, is_patient: bool = True) -> Placed:
    """Give the bank's next records their positions."""
    transactions = OwnTransactions(bank.database, bank.tenant_id)
    return transactions.run(lambda connection: place_records(connection, most=most, is_patient=is_patient))


def placed(bank: SqlBank) -> list[UUID]:
    """The records by position, once it is shown that the log is dense and its tree is right."""
    rows: Any = bank.scratch.rows(_LEAVES, bank.tenant_id)
    frontier = Frontier()
    for place_in_log, (index, leaf, nodes, _record_id, body) in enumerate(rows):
        assert (index, leaf) == (place_in_log, leaf_hash(body))
        assert tuple(nodes) == frontier.append(leaf)
    state = bank.scratch.row("SELECT size, frontier FROM bankcore.log_states WHERE tenant_id = %s", bank.tenant_id)
    assert state == (frontier.size, list(frontier.hashes))
    return [row[3] for row in rows]


def committed(bank: SqlBank) -> set[UUID]:
    """Every record there is."""
    rows: Any = bank.scratch.rows("SELECT id FROM bankcore.audit_log WHERE tenant_id = %s", bank.tenant_id)
    return {record_id for (record_id,) in rows}


def sequences(bank: SqlBank) -> dict[str, list[int]]:
    """The sequences of each account in the order of the positions, its opening as 0."""
    found: dict[str, list[int]] = {}
    for *_leaf, raw in bank.scratch.rows(_LEAVES, bank.tenant_id):
        body = orjson.loads(raw)  # type: ignore[arg-type] # bytes
        for effect in body.get("effects", ()):
            found.setdefault(effect["account"], []).append(effect["sequence"])
    return found
