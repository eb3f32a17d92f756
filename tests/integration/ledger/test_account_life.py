"""Closing and freezing beside those who post: what was decided under the lock of the account holds."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from bankcore.ledger.accounts import AccountStatus, FreezeDirection
from bankcore.ledger.commands import CloseAccount, Deposit, FreezeAccount, UnfreezeAccount, Withdraw
from tests.integration.ledger.books import require_sound
from tests.worlds.sql_bank import SqlBank
from tests.worlds.values import npr, words

THREADS = 32


@pytest.mark.parametrize("is_together", [True, False])
def test_an_account_that_is_closed_and_paid_at_once_is_one_or_the_other(bank: SqlBank, is_together: bool) -> None:  # noqa: FBT001
    for _ in range(4):
        account = bank.open_account()

        def ask(number: int, account_id: object = account.id) -> str:
            command = CloseAccount(account_id) if number % 4 == 0 else Deposit(account_id, npr("1"))  # type: ignore[arg-type]
            return words([bank.ledger.execute_one(command) if is_together else bank.ledger.execute([command])[0]])[0]

        with ThreadPoolExecutor(THREADS) as threads:
            said = list(threads.map(ask, range(THREADS)))

        stored = bank.queries.get_account(account.id)
        if stored.status is AccountStatus.CLOSED:
            assert (said.count("closed"), said.count("posted"), stored.version) == (1, 0, 0)
        else:
            assert said.count("account_not_empty") == THREADS // 4
            assert said.count("posted") == stored.version == THREADS * 3 // 4
    require_sound(bank)


def test_nothing_is_debited_between_a_freeze_of_debits_and_its_end(bank: SqlBank) -> None:
    account = bank.open_account(balance="100.00")

    def ask(number: int) -> str:
        commands = {
            0: FreezeAccount(account.id, directions=FreezeDirection.DEBITS),
            1: UnfreezeAccount(account.id, directions=FreezeDirection.DEBITS),
            2: Deposit(account.id, npr("1")),
        }
        return words([bank.ledger.execute_one(commands.get(number % 8, Withdraw(account.id, npr("1"))))])[0]

    with ThreadPoolExecutor(THREADS) as threads:
        said = list(threads.map(ask, range(THREADS * 4)))

    withdrawn = said.count("posted") - THREADS // 2
    assert bank.queries.get_account(account.id).balance == npr(str(100 + THREADS // 2 - withdrawn))
    assert said.count("account_frozen") == THREADS * 4 * 5 // 8 - withdrawn
    require_sound(bank)
