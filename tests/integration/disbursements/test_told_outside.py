"""What becomes of disbursements is told to the servers of whoever wants to know it, signed by the standard."""

import json
from pathlib import Path

from bankcore.payments.payments import ASKED_AFTER
from bankcore.providers.answers import Declined
from bankcore.providers.payouts import PayoutStanding
from tests.contract.disbursement_adapters import TO, postgresql_disbursement_adapter
from tests.worlds.sql_bank import SqlBank
from tests.worlds.sql_webhooks import HookWorld
from tests.worlds.webhook_receiver import webhook_receiver


def test_how_a_disbursement_ended_is_told_once_and_nothing_of_where_it_went(bank: SqlBank, tmp_path: Path) -> None:
    disbursements = postgresql_disbursement_adapter(bank, tmp_path)
    with webhook_receiver() as receiver:
        hooks = HookWorld(bank=bank, keys=tmp_path, receiver=receiver)
        hooks.create("/ends", "disbursement.paid", "disbursement.failed", "disbursement.returned")
        paid = disbursements.followed()
        disbursements.provider.answer_payout(Declined(code="no_account", reason="No such account."))
        failed = disbursements.followed()
        disbursements.provider.settle_payout(paid.reference, PayoutStanding.RETURNED)
        disbursements.let_time_pass(ASKED_AFTER[0])
        assert disbursements.follow_all() == 1

        hooks.consume()
        hooks.sender().send_due()

        told = [json.loads(body) for _path, _headers, body in receiver.requests]
        assert {(each["type"], each["data"]["subject"]["id"]) for each in told} == {
            ("disbursement.paid", str(paid.id)),
            ("disbursement.failed", str(failed.id)),
            ("disbursement.returned", str(paid.id)),
        }
        # The receiver verifies with the library of the standard before it counts.
        assert (receiver.unsigned, set(receiver.received.values())) == (0, {1})
        assert not any(TO.account_number.encode() in body for _path, _headers, body in receiver.requests)
