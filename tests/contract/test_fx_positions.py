"""One suite for both adapters of FX's ports: what transfers between currencies leave the bank."""

from bankcore.fx.rates import RateProblem
from bankcore.ledger.accounts import AccountKind, position_account_id
from bankcore.money import Currency
from tests.contract.fx_adapters import FxAdapter


def test_positions_are_valued_at_present_rates_and_nothing_is_posted(fx: FxAdapter) -> None:
    fx.move(fx.quote().id)
    fx.rates.set_rate("NPR/USD", "0.0076")

    report = fx.services.value_positions.get_report()

    shown = [(str(one.currency), one.balance_minor, str(one.rate), one.value_minor) for one in report.positions]
    assert shown == [("NPR", -1_332_500, "0.0076", -10_127), ("USD", 10_000, "1", 10_000)]
    assert (str(report.currency), report.total_minor) == ("USD", -127)
    assert fx.services.value_positions.get_report(Currency.of("NPR")).total_minor == 0
    assert fx.balance(fx.dollars) == "900.00 USD"


def test_positions_without_a_rate_have_no_value_and_no_total(fx: FxAdapter) -> None:
    fx.move(fx.quote().id)
    fx.rates.set_rate("USD/JPY", "150")
    fx.quote("1.00 USD", "JPY")

    missing = fx.services.value_positions.get_report(Currency.of("EUR"))
    fx.rates.problem, asked = RateProblem.TOO_SLOW, fx.rates.asked
    silent = fx.services.value_positions.get_report(Currency.of("EUR"))

    assert [one.problem for one in missing.positions] == [None, RateProblem.NO_SUCH_RATE, RateProblem.NO_SUCH_RATE]
    assert [(one.value_minor, one.rate is None) for one in missing.positions] == [
        (0, False),
        (None, True),
        (None, True),
    ]
    assert [one.problem for one in silent.positions] == [None, RateProblem.TOO_SLOW, RateProblem.TOO_SLOW]
    assert fx.rates.asked == asked + 1
    assert missing.total_minor is silent.total_minor is None


def test_position_accounts_are_ours_and_opened_once(fx: FxAdapter) -> None:
    fx.quote()
    fx.quote()
    account = fx.bank.accounts.get(position_account_id(fx.bank.tenant_id, Currency.of("USD")))

    assert (account.kind, account.owner_id, account.floor) == (AccountKind.FX_POSITION, "bank", None)
    lines = [line for line in fx.bank.queries.trial_balance() if line.kind is AccountKind.FX_POSITION]
    assert [(str(line.currency), line.accounts) for line in lines] == [("NPR", 1), ("USD", 1)]
