"""Verifies that the database still holds what was sealed, by an export that is verified and not written to a file.

So the bank and an auditor with an export check the same things in the same way.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from bankcore.audit.checkpoints import Note, log_origin
from bankcore.ledger.verification import Finding
from bankcore.tenancy.tenants import Tenant
from bankcore_infra.audit.laws.notes import CheckpointNote
from bankcore_infra.audit.laws.signatures import CheckpointKeys
from bankcore_infra.audit.laws.verification import Verification
from bankcore_infra.audit.verifying.export import ExportRequest, LogExport
from bankcore_infra.keys.sealing_keys import PublicKeys


@dataclass(frozen=True, slots=True, kw_only=True)
class LogReport:
    """What was verified, and what was wrong with it; `remarks` are losses before accepted eras."""

    records: int
    checkpoints: int
    findings: tuple[Finding, ...]
    remarks: tuple[str, ...] = ()


def verify_log(
    connection: Connection,
    tenant: Tenant,
    keys: PublicKeys | None,
    *,
    remembered: Note | None = None,
    accepted_eras: frozenset[int] = frozenset(),
    on_progress: Callable[[int], None] = lambda _records: None,
) -> LogReport:
    """Verify the tenant's log and tables as they are in one snapshot, while others go on; all is streamed.

    Signatures are checked if there are keys. `remembered` is the last note that was signed, read before the connection
    began to read: a log that was rolled back does not hold it. Losses before the accepted eras are only remarks. The
    connection should belong to the auditor role.
    """
    export = LogExport(connection, tenant, ExportRequest(), on_progress=lambda done, _total: on_progress(done))
    run = Verification(
        [] if remembered is None else [CheckpointNote.parse(remembered.text())],
        CheckpointKeys(None if keys is None else keys.pem()),
        origin=log_origin(tenant.id, tenant.slug),
        accepted_eras=accepted_eras,
    )
    run.run(export.lines_even_unsealed())
    findings = tuple(
        Finding(found.place, f"{found.problem} ({found.since})" if found.since else found.problem)
        for found in run.findings
    )
    return LogReport(records=run.records, checkpoints=run.checkpoints, findings=findings, remarks=tuple(run.remarks))
