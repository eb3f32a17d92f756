"""An order and its payment in one database transaction: both are there, or neither is.

Run it with `python examples/your_own_transaction.py`; it needs nothing but the installed package.
"""

import tempfile

from bankcore import InsufficientFundsError, Money, Source
from bankcore_infra import open_bank

with tempfile.TemporaryDirectory() as folder, open_bank(data_dir=f"{folder}/data") as bank:
    shop = bank.tenant("main")
    buyer = shop.accounts.open(currency="NPR", owner_id="buyer")
    seller = shop.accounts.open(currency="NPR", owner_id="seller")
    shop.ledger.deposit(buyer.id, Money.of("100.00", "NPR"))

    for number, price in (("order-1", "60.00"), ("order-2", "60.00")):
        with bank.database.begin() as connection:
            connection.exec_driver_sql("CREATE TEMPORARY TABLE IF NOT EXISTS orders (number text, state text)")
            try:
                # The source is a permanent name: however often this is repeated, the order is paid once.
                shop.ledger.using(connection).transfer(
                    buyer.id, seller.id, Money.of(price, "NPR"), source=Source("order", number)
                )
                state = "paid"
            except InsufficientFundsError as refused:
                state = f"refused: {refused.available} available, {refused.needed} needed"
            connection.exec_driver_sql("INSERT INTO orders VALUES (%s, %s)", (number, state))
            print(f"{number} {state}")

    print(f"the seller has {shop.accounts.balance(seller.id).balance}")
