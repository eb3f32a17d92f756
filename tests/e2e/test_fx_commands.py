"""`bankcore fx`, on a bank that has exchanged money, which then verifies clean."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bankcore.clock import instant_text
from bankcore.fx.give_quote import GiveQuote, RequestQuote
from bankcore.fx.ports import FxQueries
from bankcore.fx.rates import FxUnavailableError
from bankcore.ledger.commands import Transfer
from bankcore.ledger.quoted_transfers import QuotedTransfers
from bankcore.money import Currency, Money
from bankcore_infra.clock import SystemClock
from bankcore_infra.environment import load_settings
from bankcore_infra.installation import Installation
from bankcore_infra.wiring import Bank
from tests.worlds.audit_evidence import take_evidence, verify
from tests.worlds.program import Run

pytestmark = pytest.mark.timeout(180)


def say_rates(file: Path, **rates: str) -> None:
    document = {"asOf": instant_text(SystemClock().now()), "rates": rates}
    file.write_text(json.dumps(document).replace("_", "/"))


@contextmanager
def bank_on(installation: Installation) -> Iterator[Bank]:
    """The bank on servers that go on running after it."""
    bank = Bank(installation, load_settings(data_dir=installation.data_dir))
    try:
        yield bank
    finally:
        bank.disconnect()


def exchange(bank: Bank) -> None:
    """Change ten dollars into rupees."""
    main = bank.tenant("main")
    dollars, rupees = (main.accounts.open(currency=code, owner_id="asha") for code in ("USD", "NPR"))
    main.ledger.deposit(dollars.id, Money.of("10.00", "USD"))
    quote = main.get(GiveQuote)(RequestQuote(Money.of("10.00", "USD"), Currency.of("NPR"))).value
    moved = main.get(QuotedTransfers)(Transfer(dollars.id, rupees.id, quote.from_amount), quote.id).value
    assert main.get(FxQueries).get_quote(quote.id).quote.transaction_id == moved.id


def test_positions_are_listed_with_their_value_and_the_bank_verifies_clean(
    installation: Installation, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates = tmp_path / "rates.json"
    say_rates(rates, USD_NPR="133.25", NPR_USD="0.0076")
    monkeypatch.setenv("BANKCORE_FX_RATES_FILE", str(rates))
    with bank_on(installation) as bank:
        exchange(bank)
        evidence = take_evidence(bank, run, tmp_path)

    shown, told = run("fx", "positions"), run("fx", "positions", "--json")
    rates.unlink()
    silent = run("fx", "positions", "--currency", "EUR")
    wrong = run("fx", "positions", "--currency", "XXX")

    assert [shown.exit_code, told.exit_code, silent.exit_code, wrong.exit_code] == [0, 0, 0, 2]
    assert "total: -0.13 USD" in shown.stdout
    document = json.loads(told.stdout)
    assert (document["currency"], document["total"]) == ("USD", "-0.13")
    assert document["positions"] == [
        {"currency": "NPR", "balance": "-1332.50", "rate": "0.0076", "value": "-10.13", "problem": None},
        {"currency": "USD", "balance": "10.00", "rate": "1", "value": "10.00", "problem": None},
    ]
    assert "total: unknown EUR" in silent.stdout
    assert "unreachable" in silent.stdout
    assert "not a currency code of ISO 4217" in wrong.stderr
    assert run("verify").exit_code == 0
    assert verify(str(evidence.log), *evidence.witness).exit_code == 0


def test_a_bank_without_rates_names_the_settings(installation: Installation) -> None:
    with bank_on(installation) as bank:
        give_quote = bank.tenant("main").get(GiveQuote)

        with pytest.raises(FxUnavailableError, match="BANKCORE_FX_RATES_FILE"):
            give_quote(RequestQuote(Money.of("10.00", "USD"), Currency.of("NPR")))
