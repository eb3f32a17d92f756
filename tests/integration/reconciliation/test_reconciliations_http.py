"""Operators have the books reconciled over HTTP, and read what was found; holders and auditors do not."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from typing_extensions import override
from werkzeug.test import TestResponse

from bankcore.identifiers import SessionId, UserId
from bankcore.identity.principals import Principal
from bankcore.identity.users import Role
from bankcore.origin import LIBRARY
from bankcore.reconciliation.reconciliations import Reconciliations
from bankcore.testing.services import ListedServices
from bankcore_http.auth import Authenticator, BearerToken
from bankcore_http.reconciliation.blueprint import reconciliations_blueprint
from bankcore_http.serving.app import create_app
from bankcore_infra.clock import SystemClock
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.reconciliation.job import reconciliation_job
from bankcore_infra.reconciliation.reconciliations import SqlReconciliations
from bankcore_infra.tenancy.directory import SqlTenantDirectory
from bankcore_infra.work.jobs import JobRunner, JobScheduler
from tests.worlds.sql_bank import SqlBank
from tests.worlds.workers import ListSender

PATH = "/v1/admin/reconciliation-runs"


@dataclass(frozen=True, slots=True)
class RoleIsToken(Authenticator):
    """Believes whoever says a role."""

    bank: SqlBank

    @override
    def authenticate(self, access_token: str) -> Principal:
        return Principal(
            user_id=UserId(UUID(int=7)),
            tenant_id=self.bank.tenant_id,
            tenant_slug="main",
            session_id=SessionId(UUID(int=1)),
            roles=frozenset({Role(access_token)}),
        )


class Office:
    """The operators' window, and the scheduler and worker behind it."""

    def __init__(self, bank: SqlBank) -> None:
        self.bank = bank
        self.sender = ListSender()
        jobs, directory = [reconciliation_job(bank.database)], SqlTenantDirectory(bank.database)
        self.scheduler = JobScheduler(bank.database, directory, jobs, self.sender, SystemClock())
        self.runner = JobRunner(bank.database, jobs)
        self.client = self._client()
        self.work()

    def _client(self) -> FlaskClient:
        transactions = OwnTransactions(self.bank.database, self.bank.tenant_id)
        runs = SqlReconciliations(transactions, self.bank.unit)
        services = ListedServices({Reconciliations: lambda _tenant_id: runs})
        return create_app(
            [reconciliations_blueprint(services, BearerToken(RoleIsToken(self.bank)))],
            clock=SystemClock(),
            new_id=self.bank.ids.new_id,
            readiness=dict,
            log_request=lambda _line: None,
        ).test_client()

    def get(self, path: str = "", role: str = "operator") -> Any:
        """What is answered there."""
        return self.client.get(PATH + path, headers={"Authorization": f"Bearer {role}"}).get_json()

    def post(self, key: str, role: str = "operator") -> TestResponse:
        """Ask for a run."""
        return self.client.post(PATH, headers={"Authorization": f"Bearer {role}", "Idempotency-Key": key})

    def work(self) -> list[str]:
        """Let scheduler and worker do what there is: the jobs that ran."""
        self.scheduler.look()
        jobs, self.sender.jobs = self.sender.jobs, []
        for job in jobs:
            self.runner.run(*job)
        return [name for _tenant, name, _slot, _attempt in jobs]


@pytest.fixture
def office(bank: SqlBank) -> Office:
    """After the jobs of today have run."""
    return Office(bank)


def test_a_run_that_was_asked_for_is_run_once_and_then_in_the_list(office: Office) -> None:
    office.bank.open_account(balance="5.00")

    answers = [office.post("now") for _ in range(2)]
    ran = [*office.work(), *office.work()]

    assert [answer.status_code for answer in answers] == [202, 202]
    assert [answer.headers.get("Idempotent-Replayed") for answer in answers] == [None, "true"]
    assert answers[0].get_json()["data"] == answers[1].get_json()["data"]
    assert ran == ["reconciliation"]
    newest, of_today = office.get()["data"]
    assert (newest["accounts"], newest["entries"], newest["driftCount"]) == (2, 2, 0)
    assert newest["startedAt"] > answers[0].get_json()["data"]["requestedAt"] > of_today["startedAt"]
    audited = "SELECT actor_id FROM bankcore.audit_log WHERE action = 'reconciliation.requested'"
    assert office.bank.scratch.rows(audited) == [(str(UUID(int=7)),)]


def test_a_run_whose_worker_died_is_run_again(office: Office) -> None:
    office.post("now")
    office.scheduler.look()
    office.sender.jobs.clear()
    assert office.work() == []

    office.bank.scratch.execute("UPDATE bankcore.job_runs SET lease_until = now()")

    assert office.work() == ["reconciliation"]


def test_what_did_not_fit_is_told_with_the_run(office: Office) -> None:
    account = office.bank.open_account(balance="5.00")
    office.bank.scratch.execute("ALTER TABLE bankcore.accounts DISABLE TRIGGER ALL")
    office.bank.scratch.execute("UPDATE bankcore.accounts SET balance_minor = 501 WHERE id = %s", account.id)
    office.post("now")
    office.work()

    newest = office.get()["data"][0]
    shown = office.get(f"/{newest['id']}")["data"]

    assert newest["driftCount"] == len(shown["drifts"]) == 2
    assert shown["drifts"][0]["place"] == f"account {account.id}"
    assert shown["drifts"][1] == {"place": "currency NPR", "problem": "all balances sum to 1 minor units, not to zero"}
    assert office.get(f"/{office.bank.ids.new_id()}")["error"]["code"] == "not_found"


def test_runs_are_listed_in_pages(office: Office) -> None:
    for number in range(2):
        office.post(f"now-{number}")
        office.work()

    everything = office.get()["data"]
    first = office.get("?limit=2")
    second = office.get(f"?limit=2&cursor={first['meta']['page']['nextCursor']}")

    assert len(everything) == 3
    assert first["data"] + second["data"] == everything
    assert second["meta"]["page"]["nextCursor"] is None


@pytest.mark.parametrize("role", ["holder", "auditor"])
def test_others_may_not(office: Office, role: str) -> None:
    assert office.get(role=role)["error"]["code"] == "forbidden"
    assert office.post("now", role=role).status_code == 403


def test_from_the_library_no_key_is_needed(office: Office, bank: SqlBank) -> None:
    runs = SqlReconciliations(OwnTransactions(bank.database, bank.tenant_id), bank.unit)

    first, second = (runs.request_run(origin=LIBRARY) for _ in range(2))

    assert (first.replayed, second.replayed) == (False, False)
    assert office.work() == ["reconciliation"] * 2
