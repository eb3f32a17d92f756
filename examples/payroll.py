"""A payroll: every row is checked, the sum is set aside, and what failed is tried again.

Run it with `python examples/payroll.py`; it needs nothing but the installed package.
"""

import tempfile

from bankcore import Money
from bankcore.payouts.files import PayoutFormat, read_rows
from bankcore.payouts.jobs import PayoutItemStatus, PayoutJob
from bankcore.payouts.ports import PayoutQueries
from bankcore.payouts.rows import InvalidRowsError
from bankcore.payouts.start import StartPayout, StartPayouts
from bankcore.payouts.steer import Steering, SteerPayout, SteerPayouts
from bankcore_infra import Bank, TenantBank, open_bank
from bankcore_infra.payouts.wiring import payout_worker


def pay(bank: Bank) -> None:
    """Do what the workers of a bank do all the time."""
    worker = payout_worker(bank.database, bank.parts.unit)
    while worker.pay_due():
        pass


def say(main: TenantBank, job: PayoutJob) -> None:
    """Say how the payout stands."""
    job = main.get(PayoutQueries).get_job(job.id)
    print(f"{job.name} is {job.status}: {job.progress}, {job.failed.items} failed")


def tour(bank: Bank) -> None:
    """Pay three people, one of whom cannot be paid at first."""
    main = bank.tenant("main")
    firm = main.accounts.open(currency="NPR", owner_id="firm")
    staff = [main.accounts.open(currency="NPR", owner_id=name) for name in ("asha", "bina", "chandra")]
    main.ledger.deposit(firm.id, Money.of("100000.00", "NPR"))
    start, steer = main.get(StartPayouts), main.get(SteerPayouts)

    # Two of these rows are wrong: each is told, and nothing is started.
    wages = [
        f"{person.number},{wage}" for person, wage in zip(staff, ("30000.00", "25000.005", "20000.00"), strict=True)
    ]
    try:
        start(StartPayout(firm.id, read_rows(["account,amount", *wages, "17,1.00"], PayoutFormat.CSV)))
    except InvalidRowsError as error:
        for line, field, detail in error.problems:
            print(f"line {line}, {field}: {detail}")

    # Put right, all of it is set aside at once.
    wages[1] = f"{staff[1].number},25000.00"
    rows = read_rows(["account,amount", *wages], PayoutFormat.CSV)
    job = start(StartPayout(firm.id, rows, name="Wages January", idempotency_key="wages-2026-01")).value
    balance = main.accounts.balance(firm.id)
    print(f"of {balance.balance}, {balance.held} are set aside")

    # One account is frozen: the others are paid all the same.
    main.ledger.freeze(staff[1].id, reason="papers are missing")
    pay(bank)
    say(main, job)
    for item in main.get(PayoutQueries).list_items(job.id, status=PayoutItemStatus.FAILED, limit=10):
        print(f"item {item.place} of {item.amount}: {item.problem}")

    main.ledger.unfreeze(staff[1].id)
    steer(SteerPayout(job.id, Steering.RETRY))
    pay(bank)
    say(main, job)
    for person in staff:
        print(f"{person.owner_id} has {main.accounts.balance(person.id).balance}")
    print(f"the firm has {main.accounts.balance(firm.id).balance}")


with tempfile.TemporaryDirectory() as folder, open_bank(data_dir=f"{folder}/data") as bank:
    tour(bank)
