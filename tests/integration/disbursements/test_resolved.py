"""What a person said of a disbursement is in the log, and the books are as it tells."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bankcore.disbursements.resolve import DisbursementVerdict, ResolveDisbursement
from bankcore.payments.payments import ASKED_AFTER
from bankcore.providers.payouts import PayoutStanding
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.disbursements.proof import PROOF
from tests.contract.disbursement_adapters import ASHA, DisbursementAdapter, postgresql_disbursement_adapter
from tests.worlds.sql_bank import SqlBank

_LAST: str = """
    SELECT action, actor_id, convert_from(body, 'UTF8') FROM bankcore.audit_log
    WHERE subject_id = %s ORDER BY id DESC LIMIT 1
"""


@pytest.fixture
def disbursements(bank: SqlBank, tmp_path: Path) -> DisbursementAdapter:
    made = postgresql_disbursement_adapter(bank, tmp_path)
    # What the log tells of stays as it is.
    sooner = "UPDATE bankcore.disbursements SET due_at = due_at - %s::interval"
    return replace(made, let_time_pass=lambda time: bank.scratch.execute(sooner, time))


@pytest.mark.parametrize(
    ("verdict", "action"),
    [(DisbursementVerdict.PAID, "disbursement.resolved"), (DisbursementVerdict.FAILED, "disbursement.returned")],
)
def test_the_record_tells_who_said_so_and_why_and_the_books_are_as_it_tells(
    disbursements: DisbursementAdapter, bank: SqlBank, verdict: DisbursementVerdict, action: str
) -> None:
    paid = disbursements.followed()
    disbursements.provider.settle_payout(paid.reference, PayoutStanding.FAILED)
    disbursements.let_time_pass(ASKED_AFTER[0])
    disbursements.follow_all()

    command = ResolveDisbursement(paid.id, verdict, reason="seen in their list", evidence="page 7")
    disbursements.decide.resolve(command, origin=ASHA)

    recorded, actor, body = bank.scratch.row(_LAST, paid.id)
    told = json.loads(str(body))["disbursement"]
    assert (recorded, actor) == (action, ASHA.actor_id)
    assert (told["reason"], told["evidence"]) == ("seen in their list", "page 7")
    transactions = OwnTransactions(bank.database, bank.tenant_id)
    assert transactions.rehearse(lambda connection: list(PROOF.verify(connection))) == []
