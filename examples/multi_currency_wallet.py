"""A wallet in three currencies: quotes of exchange rates, a transfer at one, and what happens when it comes too late.

Run it with `python examples/multi_currency_wallet.py`; it needs nothing but the installed package.
"""

import json
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from bankcore import (
    BankcoreError,
    Currency,
    FxQuote,
    GiveQuote,
    Money,
    QuotedTransfers,
    RequestQuote,
    Transfer,
    ValuePositions,
)
from bankcore_infra import TenantBank, open_bank


def say_rates(file: Path, **rates: str) -> None:
    """Write what currencies are worth now, as a treasury would; the file is read for each quote."""
    pairs = {pair.replace("_", "/"): rate for pair, rate in rates.items()}
    as_of = datetime.now(UTC).isoformat()  # noqa: TID251 - the treasury's own clock
    file.write_text(json.dumps({"asOf": as_of, "rates": pairs}))


def ask(main: TenantBank, amount: Money, into: str) -> FxQuote:
    """Ask for a quote and say it."""
    quote = main.get(GiveQuote)(RequestQuote(amount, Currency.of(into))).value
    print(f"{quote.from_amount} at {quote.rate} is {quote.to_amount}, for {quote.expires_at - quote.created_at}")
    return quote


def tour(main: TenantBank, rates: Path) -> None:
    """Fill a wallet, change some of it, and look at what that left the bank."""
    wallet = {code: main.accounts.open(currency=code, owner_id="asha") for code in ("USD", "JPY", "KWD")}
    main.ledger.deposit(wallet["USD"].id, Money.of("1000.00", "USD"))
    exchange = main.get(QuotedTransfers)

    # What is got has the decimals of its currency: none for yen, three for Kuwaiti dinars; the rest is rounded down.
    for_yen = ask(main, Money.of("99.99", "USD"), "JPY")
    for_dinars = ask(main, Money.of("250.00", "USD"), "KWD")

    # The rate of a quote holds, whatever the market does meanwhile.
    say_rates(rates, USD_JPY="120", JPY_USD="0.0083", KWD_USD="3.24")
    for quote in (for_yen, for_dinars):
        transfer = Transfer(wallet["USD"].id, wallet[quote.pair.got.code].id, quote.from_amount)
        moved = exchange(transfer, quote.id).value
        print(f"{moved.kind} at {moved.metadata['fxRate']} in {len(moved.entries)} entries")

    # A quote is good for one transfer.
    try:
        exchange(Transfer(wallet["USD"].id, wallet["JPY"].id, for_yen.from_amount), for_yen.id)
    except BankcoreError as refusal:
        print(f"the same quote again: {refusal.code}")

    # Without a rate of this moment there is no quote, and never one at an old rate.
    rates.rename(rates.with_suffix(".gone"))
    try:
        ask(main, Money.of("1.00", "USD"), "JPY")
    except BankcoreError as refusal:
        print(f"no rates: {refusal.code}")
    rates.with_suffix(".gone").rename(rates)

    for account in wallet.values():
        print(f"the wallet has {main.accounts.balance(account.id).balance}")
    report = main.get(ValuePositions).get_report(Currency.of("USD"))
    for position in report.positions:
        print(f"the bank is at {position.balance_minor} minor units of {position.currency}")
    print(f"all in all worth {report.total_minor} cents, at the rates of now")


with tempfile.TemporaryDirectory() as folder:
    os.environ["BANKCORE_FX_RATES_FILE"] = f"{folder}/rates.json"
    say_rates(Path(folder, "rates.json"), USD_JPY="151.387", USD_KWD="0.30755")
    with open_bank(data_dir=f"{folder}/data") as bank:
        tour(bank.tenant("main"), Path(folder, "rates.json"))
