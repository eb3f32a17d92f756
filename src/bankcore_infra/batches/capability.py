"""Batches as a capability: many commands under one key."""

from typing import Final

from bankcore.batches.post_batch import PostBatch
from bankcore.ledger.service import LedgerService
from bankcore_infra.capability import Capability, TenantParts


def _post_batch(parts: TenantParts) -> PostBatch:
    from bankcore_infra.batches.unit import SqlBatchUnits

    return PostBatch(units=SqlBatchUnits(parts.transactions, parts.bank.unit), ledger=parts.get(LedgerService))


BATCHES: Final = Capability(name="batches", services={PostBatch: _post_batch})
