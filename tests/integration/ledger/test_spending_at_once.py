"""Sixty-four callers who want the same money in five ways: what is there is spent once, and never less of it."""

import os
import random
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import pytest

from bankcore.errors import BankcoreError, UnavailableError
from bankcore.holds.commands import CaptureHold, PlaceHold
from bankcore.identifiers import AccountId, HoldId, TransactionId
from bankcore.ledger.command import Command
from bankcore.ledger.commands import Transfer
from bankcore.ledger.outcomes import accepted_hold
from bankcore.ledger.reversals import ReverseTransaction
from bankcore.payouts.rows import PayoutRow
from bankcore.payouts.start import StartPayout, StartPayouts
from bankcore_infra.audit.verifying.log_verification import verify_log
from bankcore_infra.ledger.verification import verify_books
from tests.contract.payout_adapters import postgresql_payouts
from tests.integration.ledger.books import require_sound
from tests.worlds.sealing import tenant_of
from tests.worlds.sql_bank import SqlBank
from tests.worlds.values import npr, words

pytestmark = pytest.mark.usefixtures("unmeasured")

THREADS: Final = 64
ROUNDS: Final = int(os.environ.get("BANKCORE_SPENDING_ROUNDS", "20"))
UNIT: Final = npr("1")
TRIES_MAX: Final = 50
DONE: Final = {"posted", "hold open", "running"}


@dataclass(frozen=True, slots=True)
class Purse:
    """An account, what came onto it by one deposit, and the holds that keep some of it already."""

    account_id: AccountId
    deposit_id: TransactionId
    holds: Sequence[HoldId]


@dataclass(frozen=True, slots=True)
class Spenders:
    """Take a unit each from the same purse: by transfer, hold, capture, payout and reversal."""

    bank: SqlBank
    payouts: StartPayouts
    payee: AccountId

    def fill(self, free: int, held: int) -> Purse:
        """A purse with so many units to spend, and so many in holds of one unit each."""
        ledger, account = self.bank.ledger, self.bank.open_account()
        deposit = ledger.deposit(account.id, npr(str(free + held)))
        placed = [accepted_hold(ledger.execute_one(PlaceHold(account.id, UNIT))) for _ in range(held)]
        return Purse(account.id, deposit.id, [hold.id for hold in placed])

    def spend(self, purse: Purse, way: int, place: int) -> str:
        """What came of it, in one word; a bank that is busy is asked again."""
        commands: list[Callable[[], Command]] = [
            lambda: Transfer(purse.account_id, self.payee, UNIT),
            lambda: PlaceHold(purse.account_id, UNIT),
            lambda: CaptureHold(purse.holds[place % len(purse.holds)], self.payee),
            lambda: ReverseTransaction(purse.deposit_id, UNIT, reason="a mistake"),
        ]
        for _ in range(TRIES_MAX):
            try:
                if way < len(commands):
                    (word,) = words([self.bank.ledger.execute_one(commands[way]())])
                    return word
                row = PayoutRow(1, str(self.payee), "1.00")
                return str(self.payouts(StartPayout(purse.account_id, [row])).value.status)
            except UnavailableError:
                continue
            except BankcoreError as refusal:
                return refusal.code
        raise AssertionError("the bank was busy for too long")


@pytest.mark.timeout(60 + 10 * ROUNDS)
def test_sixty_four_callers_spend_what_is_there_and_no_more_in_five_ways(bank: SqlBank) -> None:
    _units, services = postgresql_payouts(bank)
    spenders = Spenders(bank, services.start, bank.open_account().id)
    dice = random.Random(20260207)
    for _ in range(ROUNDS):
        free, held = dice.randint(5, 40), dice.randint(2, 6)
        purse = spenders.fill(free, held)
        asked = [(dice.randrange(5), dice.randrange(held)) for _ in range(THREADS)]
        with ThreadPoolExecutor(THREADS) as threads:
            said = list(threads.map(lambda ask, purse=purse: spenders.spend(purse, *ask), asked))

        done = Counter(way for (way, _place), word in zip(asked, said, strict=True) if word in DONE)
        captured = {place for way, place in asked if way == 2}
        wanted = sum(way != 2 for way, _place in asked)
        spent = done.total() - done[2]
        assert (spent, done[2]) == (min(free, wanted), len(captured)), said
        account = bank.queries.get_account(purse.account_id)
        gone, kept = done[0] + done[2] + done[3], done[1] + done[4] + held - done[2]
        assert account.balance == npr(str(free + held - gone))
        assert account.held == npr(str(kept))
        assert account.available == npr(str(free - spent))
    require_sound(bank)
    with bank.database.engine_for(bank.tenant_id).connect() as connection:
        assert verify_log(connection, tenant_of(bank), None).findings == ()
        assert verify_books(connection, bank.tenant_id).findings == ()
