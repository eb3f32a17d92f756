"""A day at the bank: money comes in, moves on, is asked for twice, is refused, and stops at a frozen account.

Run it with `python examples/a_day_at_the_bank.py`; it needs nothing but the installed package.
"""

import tempfile

from bankcore import AccountFrozenError, FreezeAccount, InsufficientFundsError, Money, UnfreezeAccount
from bankcore_infra import open_bank

with tempfile.TemporaryDirectory() as folder, open_bank(data_dir=f"{folder}/data") as bank:
    main = bank.tenant("main")

    # Two people get an account each. Deposits come from the bank's own settlement account.
    asha = main.accounts.open(currency="NPR", owner_id="asha", name="Everyday")
    bikram = main.accounts.open(currency="NPR", owner_id="bikram")
    main.ledger.deposit(asha.id, Money.of("1000.00", "NPR"), reference="Salary")

    # The key makes the transfer safe to repeat: the second call gets the first answer, and nothing moves again.
    rent = Money.of("250.50", "NPR")
    first = main.ledger.transfer(asha.id, bikram.id, rent, reference="Rent", idempotency_key="rent-2026-01")
    again = main.ledger.transfer(asha.id, bikram.id, rent, reference="Rent", idempotency_key="rent-2026-01")
    print(f"transaction {first.id} at {first.posted_at.isoformat()}")
    print(f"asked twice, moved once: {again.id == first.id}")

    # A refusal is an error that carries the facts.
    try:
        main.ledger.withdraw(asha.id, Money.of("5000.00", "NPR"))
    except InsufficientFundsError as refused:
        print(f"refused, {refused.code}: {refused.available} available, {refused.needed} needed")

    # A frozen account takes part in no posting until it is unfrozen.
    main.ledger.execute_one(FreezeAccount(bikram.id))
    try:
        main.ledger.withdraw(bikram.id, Money.of("10.00", "NPR"))
    except AccountFrozenError as refused:
        print(f"refused, {refused.code}")
    main.ledger.execute_one(UnfreezeAccount(bikram.id))
    main.ledger.withdraw(bikram.id, Money.of("10.00", "NPR"), reference="Cash")

    # Looking back: each entry knows the balance that it made, and a balance can be asked for at any instant.
    for entry in main.accounts.entries(asha.id):
        print(f"entry {entry.sequence} of asha: {entry.amount}, which made {entry.balance_after}")
    print(f"bikram had {main.accounts.balance(bikram.id, at=first.posted_at).balance}")
    print(f"bikram has {main.accounts.balance(bikram.id).balance}")
