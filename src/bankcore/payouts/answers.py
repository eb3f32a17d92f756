"""How the answer to a keyed command on a job is kept: what of the job may change, beside its id."""

import json
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from bankcore.errors import LedgerInvariantError
from bankcore.identifiers import HoldId
from bankcore.payouts.jobs import PayoutJob, PayoutJobId, PayoutStatus, Tally
from bankcore.payouts.ports import PayoutUnit


def encode_job(job: PayoutJob) -> bytes:
    """The job as bytes."""
    kept = {
        "payout": job.id.hex,
        "status": job.status.value,
        "hold": None if job.hold_id is None else job.hold_id.hex,
        "paid": job.paid,
        "failed": job.failed,
        "checkpoint": job.checkpoint,
        "stopped_by": job.stopped_by,
        "ended_at": None if job.ended_at is None else job.ended_at.isoformat(),
    }
    return json.dumps(kept, separators=(",", ":")).encode()


def decode_job(encoded: bytes, unit: PayoutUnit) -> PayoutJob:
    """The job as it was when it was encoded. Raises: LedgerInvariantError: it is not there."""
    kept = json.loads(encoded)
    job = unit.find_job(PayoutJobId(UUID(kept["payout"])))
    if job is None:
        raise LedgerInvariantError("a payout is remembered that is not there")
    return replace(
        job,
        status=PayoutStatus(kept["status"]),
        hold_id=None if kept["hold"] is None else HoldId(UUID(kept["hold"])),
        paid=Tally(*kept["paid"]),
        failed=Tally(*kept["failed"]),
        checkpoint=kept["checkpoint"],
        stopped_by=kept["stopped_by"],
        ended_at=None if kept["ended_at"] is None else datetime.fromisoformat(kept["ended_at"]),
    )
