"""A marketplace: the buyer pays once, and seller, tax office and marketplace each get their part in one transaction.

Run it with `python examples/marketplace_split.py`; it needs nothing but the installed package.
"""

import tempfile

from bankcore import Money, Posting, PostTransaction, Rejected, Source, Transfer
from bankcore_infra import open_bank


def usd(amount: str) -> Money:
    """An amount of US dollars."""
    return Money.of(amount, "USD")


with tempfile.TemporaryDirectory() as folder, open_bank(data_dir=f"{folder}/data") as bank:
    main = bank.tenant("main")
    buyer, seller, tax, fees = (
        main.accounts.open(currency="USD", owner_id=owner) for owner in ("buyer", "seller", "tax-office", "marketplace")
    )
    main.ledger.deposit(buyer.id, usd("150.00"))

    # The shares sum to the price, whatever it is; a cent that does not divide goes to who lost most of one.
    price = usd("100.00")
    to_seller, to_tax, to_fees = price.allocate([82, 10, 8])

    # Lines with a plus credit an account, lines with a minus debit it, and all lines sum to zero. Either all of them
    # are posted or none is. The source is a permanent name: this order is never paid twice, not even next year.
    order = PostTransaction(
        (
            Posting(buyer.id, -price),
            Posting(seller.id, to_seller),
            Posting(tax.id, to_tax),
            Posting(fees.id, to_fees),
        ),
        transaction_kind="order_payment",
        reference="Order 4711",
        source=Source("order", "4711"),
    )
    paid = main.ledger.post(order)
    print(f"{paid.kind} of {paid.amount} in {len(paid.entries)} entries")

    # Payouts of a day go as one batch. Each command has its own outcome; one that is refused disturbs no other.
    payouts = [
        Transfer(seller.id, fees.id, usd("500.00"), reference="A payout that is too large"),
        Transfer(seller.id, buyer.id, usd("2.00"), reference="A refund"),
    ]
    for command, outcome in zip(payouts, main.ledger.execute(payouts), strict=True):
        result = outcome.reason.code if isinstance(outcome, Rejected) else "posted"
        print(f"{command.reference}: {result}")

    # With `atomic` it is all or nothing, and with `dry_run` everything is decided and nothing is kept.
    would_be = main.ledger.execute([Transfer(seller.id, buyer.id, usd("80.00"))], dry_run=True)
    print(f"a dry run says: {type(would_be[0]).__name__}")

    for account in (buyer, seller, tax, fees):
        print(f"{account.owner_id}: {main.accounts.balance(account.id).balance}")
