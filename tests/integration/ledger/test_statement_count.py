"""How many statements a batch takes: its writes at most so many times as there are portions, all else once."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import pytest

from bankcore.ledger.accounts import Account
from bankcore.ledger.batch import PORTION_MIN, PORTIONS_MAX
from bankcore.ledger.command import Command
from bankcore.ledger.commands import Deposit, FreezeAccount, OpenAccount, PostTransaction, Transfer, UnfreezeAccount
from bankcore.ledger.transactions import Posting, Source
from tests.worlds.database_faults import COMMIT, accident_at
from tests.worlds.sql_bank import SqlBank
from tests.worlds.values import NPR, npr, words

MANY: Final = 1_000
STATEMENTS_MAX: Final = 10
Batch = Callable[[Sequence[Account], int], Command]


def plain(accounts: Sequence[Account], number: int) -> Command:
    source, destination = accounts[number % len(accounts)], accounts[(number + 1) % len(accounts)]
    return Transfer(source.id, destination.id, npr("0.01"))


def keyed(accounts: Sequence[Account], number: int) -> Command:
    return Deposit(accounts[number % len(accounts)].id, npr("0.01"), idempotency_key=f"key-{number}")


def sourced(accounts: Sequence[Account], number: int) -> Command:
    return Deposit(accounts[number % len(accounts)].id, npr("0.01"), source=Source("job", f"{number}"))


def opening(_accounts: Sequence[Account], number: int) -> Command:
    return OpenAccount(f"owner-{number}", NPR, idempotency_key=f"open-{number}")


def refused(accounts: Sequence[Account], number: int) -> Command:
    return Transfer(accounts[0].id, accounts[0].id, npr("0.01"), idempotency_key=f"refused-{number}")


def general(accounts: Sequence[Account], number: int) -> Command:
    lines = (Posting(accounts[0].id, npr("-0.02")), *(Posting(account.id, npr("0.01")) for account in accounts[1:3]))
    return PostTransaction(lines, idempotency_key=f"general-{number}")


def status(accounts: Sequence[Account], number: int) -> Command:
    command = FreezeAccount if number % 2 == 0 else UnfreezeAccount
    return command(accounts[-1].id, idempotency_key=f"status-{number}")


# BEGIN and COMMIT are counted.
COUNTS: Final[Mapping[Batch, int]] = {plain: 8, keyed: 10, sourced: 9, opening: 7, refused: 7, general: 10, status: 8}

# What is written of each portion. Accounts are opened together, and all else with them.
WRITES: Final[Mapping[Batch, int]] = {plain: 4, keyed: 5, sourced: 4, opening: 0, refused: 2, general: 5, status: 3}

WORDS: Final[Mapping[Batch, set[str]]] = {opening: {"opened"}, refused: {"same_account"}, status: {"frozen", "active"}}


@pytest.fixture
def accounts(bank: SqlBank) -> list[Account]:
    """Ten accounts with a hundred rupees each."""
    return [bank.open_account(f"owner-{number}", balance="100.00") for number in range(10)]


def count(bank: SqlBank, commands: Sequence[Command]) -> tuple[int, set[str]]:
    """How many statements the batch takes, BEGIN and COMMIT among them, and which words its outcomes are."""
    with accident_at(bank.database.engine_for(bank.tenant_id), -1, lambda _connection: None) as fuse:
        outcomes = bank.ledger.execute(commands)
    assert fuse.statements.count(COMMIT) == 1
    return 1 + len(fuse.statements), set(words(outcomes))


@pytest.mark.parametrize("batch", COUNTS, ids=lambda batch: batch.__name__)
def test_a_thousand_commands_take_the_statements_of_one_and_its_writes_for_each_portion(
    bank: SqlBank, accounts: list[Account], batch: Batch
) -> None:
    one, answer = count(bank, [batch(accounts, 0)])
    many, answers = count(bank, [batch(accounts, number) for number in range(1, 1 + MANY)])

    assert answer <= answers == WORDS.get(batch, {"posted"})
    assert one == COUNTS[batch] <= STATEMENTS_MAX
    assert many == one + (PORTIONS_MAX - 1) * WRITES[batch]


@pytest.mark.parametrize("batch", COUNTS, ids=lambda batch: batch.__name__)
def test_a_portion_takes_as_many_statements_as_one_command(
    bank: SqlBank, accounts: list[Account], batch: Batch
) -> None:
    one, _answer = count(bank, [batch(accounts, 0)])
    portion, _answers = count(bank, [batch(accounts, number) for number in range(1, 1 + PORTION_MIN)])

    assert one == portion


@pytest.mark.parametrize("batch", [keyed, sourced], ids=lambda batch: batch.__name__)
def test_replays_take_no_more_than_first_answers(bank: SqlBank, accounts: list[Account], batch: Batch) -> None:
    commands = [batch(accounts, number) for number in range(MANY)]
    count(bank, commands)

    one, _answer = count(bank, commands[:1])
    many, answers = count(bank, commands)

    assert answers == {"again:posted"}
    # A few ask for their locks together with their keys, and get none.
    assert many <= one <= many + 1 <= STATEMENTS_MAX


def test_a_batch_of_everything_takes_ten_between_begin_and_commit(bank: SqlBank, accounts: list[Account]) -> None:
    bank.ledger.execute([keyed(accounts, 0), sourced(accounts, 0)])
    kinds: list[Batch] = list(COUNTS)

    few, answers = count(bank, [batch(accounts, number) for number in range(2) for batch in kinds])
    many, _answers = count(bank, [batch(accounts, number) for number in range(200) for batch in kinds])

    assert answers == {"posted", "again:posted", "opened", "same_account", "frozen", "active"}
    assert few == many == STATEMENTS_MAX + 2
