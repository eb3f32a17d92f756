"""What auditors read of a tenant's sealed log: its checkpoints, and proofs that a record is in it."""

from collections.abc import Sequence
from typing import Final

from typing_extensions import override

from bankcore.audit.ports import InclusionProof, SealedLog, SealedState
from bankcore.errors import NotFoundError
from bankcore.identifiers import EventId
from bankcore_infra.audit.sealing.sealed_log import CHECKPOINT_ROW, StoredCheckpoint, StoredLog, stored_checkpoint_of
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import Transactions

_EVERY_SIZE: Final = 2**63 - 1
_LIST: Final = f"""
    SELECT {CHECKPOINT_ROW} FROM bankcore.checkpoints
    WHERE tenant_id = %s AND size < %s ORDER BY tenant_id DESC, size DESC LIMIT %s
"""  # noqa: S608 - made of constants


class SqlSealedLog(SealedLog):
    """The sealed log of the tenant of these transactions."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    @override
    def list_checkpoints(self, *, before_size: int | None = None, limit: int) -> Sequence[SealedState]:
        below = _EVERY_SIZE if before_size is None else before_size

        def find(connection: TenantConnection) -> Sequence[SealedState]:
            rows = connection.sql.exec_driver_sql(_LIST, (connection.tenant_id, below, limit))
            return [_state(stored_checkpoint_of(row)) for row in rows]

        return self._transactions.rehearse(find)

    @override
    def get_latest_checkpoint(self) -> SealedState:
        head = self._transactions.rehearse(lambda connection: StoredLog(connection).find_head())
        if head is None:
            raise NotFoundError(resource="checkpoint", identifier="latest")
        return _state(head)

    @override
    def prove_inclusion(self, event_id: EventId) -> InclusionProof:
        def prove(connection: TenantConnection) -> InclusionProof:
            log = StoredLog(connection)
            leaf = log.find_leaf(event_id)
            # A leaf has its place before there is a checkpoint above it.
            head = log.find_head()
            if leaf is None or head is None or leaf.idx >= head.size:
                raise NotFoundError(resource="audit_event", identifier=str(event_id))
            return InclusionProof(
                event_id=event_id,
                leaf_index=leaf.idx,
                leaf_hash=leaf.hash,
                path=log.inclusion_proof(leaf.idx, head.size),
                checkpoint=_state(head),
            )

        return self._transactions.rehearse(prove)


def _state(stored: StoredCheckpoint) -> SealedState:
    return SealedState(size=stored.size, root=stored.root, era=stored.era, at=stored.created_at, note=stored.note)
