"""`bankcore reconcile`: compares accounts with their entries since the last time, and records what does not fit."""

import json
import sys
from pathlib import Path

import click
from rich.console import Console

from bankcore.clock import instant_text
from bankcore.tenancy.tenants import Tenant
from bankcore_infra.cli.banks import bank_at
from bankcore_infra.cli.options import OPERATOR, data_dir_option, json_option, no_answer, tenants_option
from bankcore_infra.cli.printing import progress_bar
from bankcore_infra.identifiers import RandomIdentifiers
from bankcore_infra.reconciliation.comparison import Reconciliation, ReconciliationReport
from bankcore_infra.wiring import Bank


@click.command()
@tenants_option
@json_option
@data_dir_option
def reconcile(*, slug: str | None, as_json: bool, data_dir: Path | None) -> None:
    """Recompute what was posted since the last run; drift is recorded and never repaired.

    `bankcore verify` looks at everything anew. Exit code 0: everything fits; 1: something does not, and it is named; 2:
    there is nothing to reconcile, or it cannot be reached.
    """
    with no_answer(), bank_at(data_dir) as bank:
        tenants = bank.tenants.list_tenants() if slug is None else [bank.find_tenant(slug)]
        reports = [(tenant, _reconcile(bank, tenant, Console(stderr=True, quiet=as_json))) for tenant in tenants]
    click.echo(json.dumps(_as_document(reports)) if as_json else _as_text(reports))
    if not all(report.is_clean for _tenant, report in reports):
        sys.exit(1)


def _reconcile(bank: Bank, tenant: Tenant, console: Console) -> ReconciliationReport:
    reconciliation = Reconciliation(bank.database, tenant.id, RandomIdentifiers())
    with progress_bar(f"{tenant.slug}: accounts", console) as show:
        return reconciliation.run(show, origin=OPERATOR)


def _as_document(reports: list[tuple[Tenant, ReconciliationReport]]) -> dict[str, object]:
    return {
        "clean": all(report.is_clean for _tenant, report in reports),
        "tenants": [
            {
                "tenant": tenant.slug,
                "runId": str(report.run_id),
                "startedAt": instant_text(report.started_at),
                "accounts": report.accounts,
                "entries": report.entries,
                "drifts": [{"place": drift.place, "problem": drift.problem} for drift in report.drifts],
            }
            for tenant, report in reports
        ],
    }


def _as_text(reports: list[tuple[Tenant, ReconciliationReport]]) -> str:
    lines = []
    for tenant, report in reports:
        verdict = "clean" if report.is_clean else f"{len(report.drifts)} drifts"
        lines.append(f"{tenant.slug}: {report.accounts} changed accounts, {report.entries} new entries: {verdict}")
        lines.extend(f"  {drift.place}: {drift.problem}" for drift in report.drifts)
    return "\n".join(lines)
