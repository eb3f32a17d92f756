"""`bankcore approvals`: what waits for a second person is shown and rejected; nothing is approved."""

import json

import pytest

from bankcore import Money, Origin, ReverseTransaction, Transfer
from bankcore.approvals.service import Approvals
from bankcore_infra.cli.banks import bank_at
from bankcore_infra.installation import Installation
from tests.worlds.program import Run

pytestmark = pytest.mark.timeout(180)


def test_an_approval_is_listed_shown_and_rejected_once(run: Run, installation: Installation) -> None:
    asha = Origin(actor_type="user", actor_id="asha", key_scope="asha")
    with bank_at(installation.data_dir) as bank:
        main = bank.tenant("main")
        sita, ram = (main.accounts.open(currency="NPR", owner_id=name) for name in ("sita", "ram"))
        paid = main.ledger.deposit(sita.id, Money.of("10.00", "NPR"))
        wanted = Transfer(sita.id, ram.id, Money.of("7.00", "NPR"), reference="a car")
        first = str(main.get(Approvals).request(wanted, origin=asha).value.id)
        undoing = ReverseTransaction(paid.id, reason="sent twice")
        second = str(main.get(Approvals).request(undoing, origin=asha).value.id)

    shown = json.loads(run("approvals", "show", first).stdout)
    rejected = run("approvals", "reject", first, "--reason", "not known to us")
    again = run("approvals", "reject", first, "--reason", "not known to us")
    waiting = json.loads(run("approvals", "list", "--status", "pending", "--json").stdout)
    ended = json.loads(run("approvals", "show", first).stdout)

    assert (shown["kind"], shown["amount"], shown["status"]) == ("transfer", "7.00", "pending")
    assert (shown["accountIds"], shown["requestedBy"]) == ([str(sita.id), str(ram.id)], "asha")
    assert (rejected.exit_code, rejected.stdout) == (0, f"{first} is rejected\n")
    assert again.exit_code == 1
    assert "state=rejected" in str(again.exception)
    assert [(each["id"], each["reverses"]) for each in waiting] == [(second, str(paid.id))]
    assert (ended["endedBy"], ended["reason"]) == ("command line", "not known to us")
    assert run("approvals", "show", second, "--tenant", "nosuch").exit_code == 1
    assert run("approvals", "approve", second).exit_code == 2
