"""`bankcore verify`: recomputes the books, and says where they contradict themselves."""

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click
from rich.console import Console

from bankcore.identifiers import TenantId
from bankcore.ledger.verification import Finding
from bankcore.tenancy.tenants import Tenant
from bankcore_infra.audit.laws.columns import NOT_PROVEN
from bankcore_infra.audit.sealing.last_notes import LastNotes
from bankcore_infra.audit.verifying.log_verification import LogReport, verify_log
from bankcore_infra.capabilities import CAPABILITIES
from bankcore_infra.cli.auditor import open_auditor_database, tenants_named
from bankcore_infra.cli.installations import installation_at
from bankcore_infra.cli.options import accept_era_option, data_dir_option, json_option, no_answer, tenants_option
from bankcore_infra.cli.printing import progress_bar
from bankcore_infra.db.engine import Database
from bankcore_infra.db.session import lift_time_limit
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.installation import Installation
from bankcore_infra.keys.key_files import UnusableKeyError
from bankcore_infra.keys.sealing_keys import PUBLIC_KEY_FILE, PublicKeys
from bankcore_infra.ledger.verification import VerificationReport, verify_books


@click.command()
@tenants_option
@json_option
@accept_era_option
@data_dir_option
def verify(*, slug: str | None, as_json: bool, accepted_eras: Sequence[int], data_dir: Path | None) -> None:
    """Recompute every balance, sequence, chain and zero sum, and compare it with what was sealed.

    The books stay open meanwhile. Exit code 0: nothing contradicts itself; 1: something does, and it is named; 2: there
    is nothing to verify, or it cannot be reached.
    """
    with no_answer(UnusableKeyError), installation_at(data_dir) as installation:
        console = Console(stderr=True, quiet=as_json)
        reports = verify_installation(installation, slug, console)
        logs = {
            tenant.slug: verify_sealed(installation, tenant, console, accepted_eras=frozenset(accepted_eras))
            for tenant, _report in reports
        }
    click.echo(json.dumps(_as_document(reports, logs)) if as_json else _as_text(reports, logs))
    if not all(report.is_clean for _tenant, report in reports) or any(log.findings for log in logs.values()):
        sys.exit(1)


def verify_installation(
    installation: Installation, slug: str | None, console: Console
) -> list[tuple[Tenant, VerificationReport]]:
    """Verify one tenant, or all, as the auditor role where there is one; progress goes to the console."""
    with open_auditor_database(installation, command="verify") as database:
        return [(tenant, _verify_books(database, tenant, console)) for tenant in tenants_named(database, slug)]


def verify_sealed(
    installation: Installation, tenant: Tenant, console: Console, *, accepted_eras: frozenset[int] = frozenset()
) -> LogReport:
    """Compare the database with what was sealed.

    Signatures are checked if the public key is there, and the last signed note is looked for if it is there.
    """
    public_key = installation.sealing_dir / PUBLIC_KEY_FILE
    keys = PublicKeys.from_pem(public_key.read_bytes()) if public_key.exists() else None
    if keys is None:
        click.echo(f"bankcore: signatures are not checked: {public_key} is not there", err=True)
    # Read before the log, or sealing would go on in between.
    remembered = LastNotes(installation.sealing_dir).find(tenant.id)
    with (
        open_auditor_database(installation, command="verify") as database,
        progress_bar(f"{tenant.slug}: sealed records", console) as show,
        database.engine_for(tenant.id).connect() as connection,
    ):
        return verify_log(
            connection, tenant, keys, remembered=remembered, accepted_eras=accepted_eras, on_progress=show
        )


def _verify_books(database: Database, tenant: Tenant, console: Console) -> VerificationReport:
    with (
        progress_bar(f"{tenant.slug}: entries", console) as show,
        database.engine_for(tenant.id).connect() as connection,
    ):
        report = verify_books(connection, tenant.id, on_progress=show)
    others = verify_capabilities(database, tenant.id)
    return replace(report, findings=(*report.findings, *others))


def verify_capabilities(database: Database, tenant_id: TenantId) -> Sequence[Finding]:
    """What is wrong with the rows of capabilities that no export has, as they are in one snapshot."""
    with database.engine_for(tenant_id).connect() as opened:
        connection = opened.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            lift_time_limit(connection)
            told = TenantConnection(connection, tenant_id)
            return [finding for capability in CAPABILITIES for finding in capability.verify(told)]


def _as_document(reports: list[tuple[Tenant, VerificationReport]], logs: dict[str, LogReport]) -> dict[str, object]:
    findings = {tenant.slug: [*report.findings, *logs[tenant.slug].findings] for tenant, report in reports}
    return {
        "clean": not any(findings.values()),
        "tenants": [
            {
                "tenant": tenant.slug,
                "accounts": report.accounts,
                "transactions": report.transactions,
                "entries": report.entries,
                "sealed": logs[tenant.slug].records,
                "remarks": logs[tenant.slug].remarks,
                "findings": [{"place": each.place, "problem": each.problem} for each in findings[tenant.slug]],
            }
            for tenant, report in reports
        ],
    }


def _as_text(reports: list[tuple[Tenant, VerificationReport]], logs: dict[str, LogReport]) -> str:
    lines = []
    for tenant, report in reports:
        log = logs[tenant.slug]
        findings: list[Finding] = [*report.findings, *log.findings]
        looked_at = f"{report.accounts} accounts, {report.transactions} transactions, {report.entries} entries"
        verdict = "clean" if not findings else f"{len(findings)} contradictions"
        lines.append(f"{tenant.slug}: {looked_at}, {log.records} sealed records: {verdict}")
        lines.extend(f"  {finding.place}: {finding.problem}" for finding in findings)
        lines.extend(f"  {remark}" for remark in log.remarks)
    lines.append(f"not proven, for no record tells: {', '.join(NOT_PROVEN)}")
    return "\n".join(lines)
