"""Accounts that are frozen in one direction, rest or are closed verify clean, and what they refuse is found."""

from pathlib import Path

import pytest

from bankcore.ledger import balance_validator
from bankcore.ledger.accounts import Account, AccountStatus, FreezeDirection
from bankcore.ledger.commands import (
    CloseAccount,
    Deposit,
    FreezeAccount,
    MakeDormant,
    UnfreezeAccount,
    WakeAccount,
    Withdraw,
)
from tests.integration.audit.test_invented_actions import HoldingBank
from tests.worlds.sealing import SealingRole
from tests.worlds.sql_bank import ScratchDatabase, SqlBank
from tests.worlds.values import npr, words


@pytest.fixture
def world(bank: SqlBank, scratch: ScratchDatabase, role: SealingRole, tmp_path: Path) -> HoldingBank:
    return HoldingBank(bank, scratch, role, tmp_path)


@pytest.fixture
def account(bank: SqlBank) -> Account:
    """An account with 90.00 whose debits are frozen."""
    account = bank.open_account(balance="100.00")
    bank.ledger.execute(
        [
            FreezeAccount(account.id, directions=FreezeDirection.CREDITS),
            Withdraw(account.id, npr("10")),
            UnfreezeAccount(account.id),
            FreezeAccount(account.id, directions=FreezeDirection.DEBITS),
        ]
    )
    return account


def test_freezes_in_one_direction_rest_and_closing_verify_clean(world: HoldingBank, account: Account) -> None:
    other = world.bank.open_account("bob")
    outcomes = world.bank.ledger.execute(
        [
            Deposit(account.id, npr("1")),
            UnfreezeAccount(account.id, directions=FreezeDirection.DEBITS),
            MakeDormant(account.id),
            Deposit(account.id, npr("1")),
            WakeAccount(account.id),
            Withdraw(account.id, npr("92")),
            CloseAccount(account.id, reason="moved"),
            MakeDormant(other.id),
            Deposit(other.id, npr("3")),
        ]
    )

    assert words(outcomes) == [
        *("posted", "active", "dormant", "posted", "active", "posted", "closed", "dormant", "posted")
    ]
    assert world.findings() == ([], [])


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (AccountStatus.ACTIVE, "entry 3 was posted while the account was not active"),
        (AccountStatus.CREDITS_FROZEN, "entry 3 says that the account was credits frozen, which it was not"),
    ],
)
def test_a_debit_behind_the_logs_back_is_found_by_both(
    world: HoldingBank, account: Account, status: AccountStatus, told: str
) -> None:
    world.scratch.execute("UPDATE bankcore.accounts SET status = %s WHERE id = %s", status, account.id)
    world.bank.ledger.withdraw(account.id, npr("5"))
    world.scratch.execute("UPDATE bankcore.accounts SET status = 'debits_frozen' WHERE id = %s", account.id)

    for found in world.findings():
        assert any(told in each for each in found), found


def test_what_a_program_posted_in_a_direction_that_was_kept_from_the_account_is_found_by_both(
    world: HoldingBank, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(balance_validator, "standing_refusal", lambda *_args, **_kwargs: None)
    world.bank.ledger.withdraw(account.id, npr("5"))
    world.bank.ledger.execute(
        [UnfreezeAccount(account.id), FreezeAccount(account.id, directions=FreezeDirection.CREDITS)]
    )
    world.bank.ledger.deposit(account.id, npr("5"))

    for found in world.findings():
        assert any("entry 3 debited the account while it was debits frozen" in each for each in found), found
        assert any("entry 4 credited the account while it was credits frozen" in each for each in found), found
