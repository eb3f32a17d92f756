"""An escrow: the buyer's money is set aside, the seller is paid as goods arrive, and what is left over goes back.

Run it with `python examples/escrow_with_holds.py`; it needs nothing but the installed package.
"""

import tempfile
from datetime import timedelta

from bankcore import HoldService, HoldStatus, InsufficientFundsError, InvalidStateError, Money
from bankcore_infra import open_bank


def npr(amount: str) -> Money:
    """An amount of Nepalese rupees."""
    return Money.of(amount, "NPR")


with tempfile.TemporaryDirectory() as folder, open_bank(data_dir=f"{folder}/data") as bank:
    main = bank.tenant("main")
    holds = main.get(HoldService)
    buyer, seller = (main.accounts.open(currency="NPR", owner_id=owner) for owner in ("buyer", "seller"))
    main.ledger.deposit(buyer.id, npr("1000.00"))

    # The money stays on the buyer's account, and nobody can spend it meanwhile, the buyer included.
    order = holds.place(buyer.id, npr("600.00"), lifetime=timedelta(days=30), reference="Order 4711")
    account = main.accounts.get(buyer.id)
    print(f"balance {account.balance}, held {account.held}, available {account.available}")
    try:
        main.ledger.withdraw(buyer.id, npr("500.00"))
    except InsufficientFundsError as error:
        print(f"withdrawing 500.00: {error.code}, {error.available} is available")

    # Two parcels arrive, and each is paid for; a key makes sure that it is paid once, whatever is sent twice.
    for parcel, price in (("first", npr("250.00")), ("second", npr("150.00"))):
        paid = holds.capture(order.id, seller.id, price, is_final=False, idempotency_key=f"4711-{parcel}")
        print(f"{parcel} parcel: {paid.kind} of {paid.amount}")
    holds.capture(order.id, seller.id, npr("150.00"), is_final=False, idempotency_key="4711-second")
    print(f"left in escrow: {holds.get(order.id).remaining}")

    # The third is not available: what is left goes back, and the hold is over for good.
    holds.void(order.id, reason="sold out")
    try:
        holds.capture(order.id, seller.id)
    except InvalidStateError as error:
        print(f"capturing it now: {error.code}, it is {error.state}")

    # A hold that nobody ends expires by itself, with nothing that has to run for it.
    forgotten = holds.place(buyer.id, npr("100.00"), lifetime=timedelta(microseconds=1))
    print(f"a forgotten hold is {holds.get(forgotten.id).status}")
    print(f"open holds: {len(holds.list_on(buyer.id, status=HoldStatus.OPEN))}")
    for name, each in (("buyer", buyer), ("seller", seller)):
        print(f"{name}: {main.accounts.get(each.id).available}")
