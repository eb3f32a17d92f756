"""`bankcore limits`, on a bank that is there."""

import json

import pytest

from bankcore.ledger.limits import LimitWindow
from bankcore.ledger.rejections import LimitExceededError
from bankcore.money import Money
from bankcore_infra.environment import load_settings
from bankcore_infra.installation import Installation
from bankcore_infra.wiring import Bank
from tests.worlds.program import Run

pytestmark = pytest.mark.timeout(180)


def test_limits_are_set_shown_and_taken_away_and_bind(installation: Installation, run: Run) -> None:
    bank = Bank(installation, load_settings(data_dir=installation.data_dir))
    main = bank.tenant("main")
    account = main.accounts.open(currency="NPR", owner_id="asha")
    main.ledger.deposit(account.id, Money.of("100.00", "NPR"))
    named = ("--account", str(account.id))

    own = run("limits", "set", *named, "--limit", "day 5.00 NPR withdrawal", "--reason", "new", "--json")
    everybody = run("limits", "set", "--limit", "month 20")
    main.ledger.withdraw(account.id, Money.of("3.00", "NPR"))
    with pytest.raises(LimitExceededError):
        main.ledger.withdraw(account.id, Money.of("3.00", "NPR"))
    shown, told = run("limits", "show", *named), json.loads(run("limits", "show", *named, "--json").stdout)
    removed = run("limits", "set", *named, "--none")
    main.ledger.withdraw(account.id, Money.of("3.00", "NPR"))
    bank.disconnect()

    assert [own.exit_code, everybody.exit_code, shown.exit_code, removed.exit_code] == [0, 0, 0, 0]
    limit = {"amount": "5.00", "count": None, "currency": "NPR", "kind": "withdrawal", "per": LimitWindow.DAY.value}
    assert json.loads(own.stdout) == [limit]
    assert {"used": "3.00", "left": "2.00", "setFor": "account"}.items() <= told[0].items()
    assert (told[1]["count"], told[1]["setFor"]) == (20, "all customers")
    assert removed.stdout == "no limits\n"
    assert json.loads(run("limits", "show", "--json").stdout)[0]["count"] == 20
    assert run("limits", "set", "--none").exit_code == 0
    assert run("verify").exit_code == 0


def test_a_wrong_limit_is_one_line_and_sets_nothing(installation: Installation, run: Run) -> None:
    wrong = run("limits", "set", "--limit", "day 5", "--limit", "week 5.00 NPR")
    neither = run("limits", "set")
    both = run("limits", "set", "--none", "--limit", "day 5")

    assert [wrong.exit_code, neither.exit_code, both.exit_code] == [2, 2, 2]
    assert "'week 5.00 NPR', per: transaction, day or month" in wrong.stderr
    assert "either --limit, as often as wanted, or --none" in neither.stderr
    assert run("limits", "show").stdout == "no limits\n"
