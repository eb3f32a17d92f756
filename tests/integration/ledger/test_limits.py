"""Limits on PostgreSQL: many threads at once spend exactly what is allowed, and who has none pays nothing for them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from bankcore.holds.commands import PlaceHold
from bankcore.ledger.command import Command
from bankcore.ledger.commands import Deposit, Transfer, Withdraw
from bankcore.ledger.limits import Limit, LimitWindow
from bankcore.limits.service import LimitService
from tests.integration.ledger.books import require_sound
from tests.integration.ledger.test_statement_count import count
from tests.worlds.limits import limits_of
from tests.worlds.sql_bank import SqlBank
from tests.worlds.values import npr, words

THREADS = 64
DAILY = Limit(per=LimitWindow.DAY, amount=npr("10"))


@pytest.fixture
def limits(bank: SqlBank) -> LimitService:
    return limits_of(bank)


@pytest.mark.parametrize("is_together", [True, False])
@pytest.mark.parametrize("is_own", [True, False])
def test_threads_that_spend_at_once_are_allowed_exactly_what_the_limit_affords(
    bank: SqlBank,
    limits: LimitService,
    is_own: bool,  # noqa: FBT001
    is_together: bool,  # noqa: FBT001
) -> None:
    alice, bob = bank.open_account(balance="100.00"), bank.open_account("bob")
    if is_own:
        limits.set_for_account(alice.id, [DAILY])
    else:
        limits.set_for_tenant([DAILY])
    kinds: list[Callable[[], Command]] = [
        lambda: Transfer(alice.id, bob.id, npr("0.70")),
        lambda: Withdraw(alice.id, npr("0.70")),
        lambda: PlaceHold(alice.id, npr("0.70")),
    ]

    def ask(number: int) -> str:
        command = kinds[number % 3]()
        return words([bank.ledger.execute_one(command) if is_together else bank.ledger.execute([command])[0]])[0]

    with ThreadPoolExecutor(THREADS) as threads:
        said = list(threads.map(ask, range(THREADS)))

    assert said.count("posted") + said.count("hold open") == 14
    assert said.count("limit_exceeded") == THREADS - 14
    assert bank.queries.get_account(alice.id).available == npr("90.20")
    (standing,) = limits.list_standings(alice.id)
    assert (standing.used, standing.left) == (980, 20)
    require_sound(bank)


def test_a_limit_that_is_set_while_others_post_binds_each_that_begins_after_it(
    bank: SqlBank, limits: LimitService
) -> None:
    alice = bank.open_account(balance="100.00")

    def ask(number: int) -> str:
        if number == THREADS // 2:
            limits.set_for_account(alice.id, [Limit(per=LimitWindow.DAY, count=0)])
            return words([bank.ledger.execute_one(Withdraw(alice.id, npr("1")))])[0]
        return words([bank.ledger.execute_one(Withdraw(alice.id, npr("1")))])[0]

    with ThreadPoolExecutor(8) as threads:
        said = list(threads.map(ask, range(THREADS)))

    assert said[THREADS // 2] == "limit_exceeded"
    assert words([bank.ledger.execute_one(Withdraw(alice.id, npr("1")))]) == ["limit_exceeded"]
    assert bank.queries.get_account(alice.id).balance == npr(str(100 - said.count("posted")))


def test_one_statement_reads_limits_one_writes_what_is_used_and_nobody_else_has_either(
    bank: SqlBank, limits: LimitService
) -> None:
    alice, bob = bank.open_account(balance="100.00"), bank.open_account("bob", balance="100.00")

    def statements(size: int = 1) -> int:
        return count(bank, [Transfer(alice.id, bob.id, npr("0.01"), idempotency_key=None)] * size)[0]

    without = statements()
    limits.set_for_account(bank.open_account("carol").id, [DAILY])
    of_another = statements()
    limits.set_for_account(alice.id, [DAILY])
    own, many = statements(), statements(100)
    credited, _words = count(bank, [Deposit(alice.id, npr("1"))])
    limits.set_for_account(alice.id, [])
    taken_away = statements()
    limits.set_for_tenant([DAILY])
    of_tenant = statements()

    assert without == of_another == taken_away == 8
    assert own == of_tenant == many == without + 2
    # What comes in uses nothing, and is not written.
    assert credited == without + 1
