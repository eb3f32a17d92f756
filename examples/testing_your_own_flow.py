"""Testing your own flow: the same rules in memory, with a clock that you move and accidents that you choose.

Run it with `python examples/testing_your_own_flow.py`; it starts no server and takes no time.
"""

from datetime import timedelta

from bankcore import AccountId, LedgerService, Money, Transaction, UnavailableError
from bankcore.testing import Disturbance, in_memory_bank, require_sound_books


def pay_subscription(ledger: LedgerService, customer: AccountId, shop: AccountId, month: str) -> Transaction:
    """Your own flow: it takes the ledger as an argument, so a test can hand in one in memory."""
    price = Money.of("9.90", "EUR")
    return ledger.transfer(customer, shop, price, reference=month, idempotency_key=f"subscription-{customer}-{month}")


bank = in_memory_bank()
customer = bank.accounts.open(currency="EUR", owner_id="customer")
shop = bank.accounts.open(currency="EUR", owner_id="shop")
bank.ledger.deposit(customer.id, Money.of("30.00", "EUR"))

# Two months pass, and both are paid.
january = pay_subscription(bank.ledger, customer.id, shop.id, "2026-01")
bank.clock.advance(timedelta(days=31))
february = pay_subscription(bank.ledger, customer.id, shop.id, "2026-02")
print(f"paid on {january.posted_at:%d %B} and on {february.posted_at:%d %B}")

# The database is gone for a moment. Nothing was recorded, so the flow may simply be run again.
bank.units.disturb_next(Disturbance.UNAVAILABLE)
try:
    pay_subscription(bank.ledger, customer.id, shop.id, "2026-03")
except UnavailableError as error:
    print(f"the caller sees: {error.code}")
march = pay_subscription(bank.ledger, customer.id, shop.id, "2026-03")
print(f"march is paid once: {pay_subscription(bank.ledger, customer.id, shop.id, '2026-03').id == march.id}")

# What must hold of every book holds, and the events tell what happened.
require_sound_books(bank.snapshot())
print(f"the shop has {bank.accounts.balance(shop.id).balance}")
print(f"the last event is a {type(bank.events[-1]).__name__}")
