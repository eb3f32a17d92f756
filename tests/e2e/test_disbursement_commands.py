"""`bankcore disbursements`: what leaves the bank is shown, and of where it goes only what may be."""

import json

import pytest

from bankcore import Money, Origin
from bankcore.disbursements.request import RequestDisbursement, RequestDisbursements
from bankcore.errors import InvalidStateError
from bankcore.payments.configure import ConfigureProviders, WantedConfig
from bankcore.providers.payouts import PayoutDestination
from bankcore_infra.cli.banks import bank_at
from bankcore_infra.installation import Installation
from tests.worlds.program import Run

pytestmark = pytest.mark.timeout(180)


def test_a_disbursement_is_listed_and_shown_masked(run: Run, installation: Installation) -> None:
    run("tenant", "create", "shop", "--name", "Shop", "--kind", "test")
    origin = Origin(actor_type="system", actor_id="test")
    with bank_at(installation.data_dir) as bank:
        shop = bank.tenant("shop")
        credentials = {"secret_key": "sk_test_000000000000000000000000"}
        shop.get(ConfigureProviders).create(
            WantedConfig(name="naira", provider="paystack", credentials=credentials), origin=origin
        )
        account = shop.accounts.open(currency="NGN", owner_id="ada")
        shop.ledger.deposit(account.id, Money.of("10.00", "NGN"))
        to = PayoutDestination(bank_code="058", account_number="0123456789", payee="Ada Example")
        wanted = RequestDisbursement(account.id, Money.of("1.00", "NGN"), destination=to, description="Rent")
        wanted_id = str(shop.get(RequestDisbursements)(wanted, origin=origin).value.id)

    listed = run("disbursements", "list", "--tenant", "shop", "--status", "pending_approval", "--json").stdout
    none = run("disbursements", "list", "--tenant", "shop", "--status", "paid", "--json").stdout
    shown = run("disbursements", "show", wanted_id, "--tenant", "shop").stdout

    waiting = run("disbursements", "review", "--tenant", "shop", "--json").stdout
    refused = run("disbursements", "resolve", wanted_id, "paid", "--reason", "seen", "--tenant", "shop")

    assert json.loads(waiting) == []
    assert isinstance(refused.exception, InvalidStateError)
    assert [(each["id"], each["accountHint"]) for each in json.loads(listed)] == [(wanted_id, "6789")]
    assert json.loads(none) == []
    assert json.loads(shown)["amount"] == "1.00"
    assert "0123456789" not in listed + shown
