"""Many asyncio tasks at once: what comes while others commit is committed together, and each task gets its own answer.

Run it with `python examples/asyncio_callers.py`; it needs nothing but the installed package.
"""

import asyncio
import tempfile

from bankcore import AccountId, InsufficientFundsError, Money
from bankcore_infra import TenantBank, open_bank


async def pay(main: TenantBank, payer: AccountId, payee: AccountId, number: int) -> str:
    """Pay ten rupees and say what came of it; the key makes it safe to call this again after a crash."""
    try:
        await main.aio.ledger.transfer(payer, payee, Money.of("10.00", "NPR"), idempotency_key=f"ticket-{number}")
    except InsufficientFundsError:
        return "refused"
    return "paid"


async def sell_tickets(main: TenantBank) -> None:
    """Let thirty tasks pay from one account that has money for twenty."""
    fan = main.accounts.open(currency="NPR", owner_id="fan")
    cinema = main.accounts.open(currency="NPR", owner_id="cinema")
    await main.aio.ledger.deposit(fan.id, Money.of("200.00", "NPR"))

    answers = await asyncio.gather(*(pay(main, fan.id, cinema.id, number) for number in range(30)))
    print(f"first time: {answers.count('paid')} paid, {answers.count('refused')} refused")

    # All of them once more, as after a lost connection: every task gets the answer that it had before.
    again = await asyncio.gather(*(pay(main, fan.id, cinema.id, number) for number in range(30)))
    print(f"the same answers again: {again == answers}")
    print(f"the cinema has {main.accounts.balance(cinema.id).balance}")


with tempfile.TemporaryDirectory() as folder, open_bank(data_dir=f"{folder}/data") as bank:
    asyncio.run(sell_tickets(bank.tenant("main")))
