"""A bank with holds is clean for its auditors, and nobody changes what is held, or a hold, unseen."""

from datetime import timedelta
from pathlib import Path

import pytest

from bankcore.holds.commands import CaptureHold
from bankcore.holds.service import HoldService
from bankcore.ledger.accounts import Account
from bankcore_infra.db.engine import Database
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.holds.queries import SqlHoldQueries
from bankcore_infra.ledger.verification import verify_books
from tests.integration.audit.test_invented_actions import HoldingBank
from tests.worlds.sealing import AUDITOR, SealingRole
from tests.worlds.sql_bank import ScratchDatabase, SqlBank
from tests.worlds.values import npr, words


@pytest.fixture
def world(bank: SqlBank, scratch: ScratchDatabase, role: SealingRole, tmp_path: Path) -> HoldingBank:
    return HoldingBank(bank, scratch, role, tmp_path)


@pytest.fixture
def holds(bank: SqlBank) -> HoldService:
    return HoldService(bank.ledger, SqlHoldQueries(OwnTransactions(bank.database, bank.tenant_id)))


@pytest.fixture
def account(bank: SqlBank, holds: HoldService) -> Account:
    """An account with 100.00, a hold in each state, and two that are open."""
    alice, bob = bank.open_account(balance="100.00"), bank.open_account("bob")
    first, voided, _kept = (holds.place(alice.id, npr(amount), reference="order") for amount in ("30", "5", "7.50"))
    holds.place(alice.id, npr("2"), lifetime=timedelta(microseconds=1))
    holds.capture(first.id, bob.id, npr("10"), is_final=False)
    holds.extend(first.id, lifetime=timedelta(days=30))
    holds.void(voided.id, reason="sold out")
    ended = holds.place(alice.id, npr("1"))
    holds.capture(ended.id, bob.id, npr("0.25"))
    assert words([bank.ledger.execute_one(CaptureHold(ended.id, bob.id))]) == ["invalid_state"]
    return bank.queries.get_account(alice.id)


def test_open_holds_verify_clean_from_within_and_from_without(world: HoldingBank, account: Account) -> None:
    assert account.held == npr("27.50")
    assert world.findings() == ([], [])


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ("UPDATE bankcore.accounts SET held_minor = held_minor - 100 WHERE held_minor > 0", "account"),
        ("UPDATE bankcore.holds SET captured_minor = captured_minor + 1 WHERE status = 'open'", "hold"),
        ("UPDATE bankcore.holds SET expires_at = now() + interval '300 days' WHERE status = 'open'", "hold"),
        ("UPDATE bankcore.holds SET status = 'open' WHERE status = 'voided'", "hold"),
        ("UPDATE bankcore.holds SET account_id = gen_random_uuid() WHERE status = 'expired'", "hold"),
        ("UPDATE bankcore.holds SET reference = 'another' WHERE status = 'captured'", "hold"),
        ("DELETE FROM bankcore.holds WHERE status = 'expired'", "hold"),
        (
            (
                "INSERT INTO bankcore.holds SELECT tenant_id, gen_random_uuid(), account_id, 1, 0, 1, now(), now(),"
                " true, currency, 'voided', NULL FROM bankcore.holds LIMIT 1"
            ),
            "hold",
        ),
    ],
)
def test_what_is_changed_past_the_bank_is_found(world: HoldingBank, account: Account, change: str, place: str) -> None:
    assert account.held == npr("27.50")
    world.scratch.execute(f"ALTER TABLE bankcore.holds DISABLE TRIGGER ALL; {change}")

    inside, outside = world.findings()

    assert len(inside) > 0
    assert all(place in each for each in inside)
    assert len(outside) == len(inside)


def test_the_books_verify_that_an_account_holds_what_its_holds_keep(world: HoldingBank, account: Account) -> None:
    with Database(world.scratch.url(AUDITOR), pool_size=1) as database:
        engine = database.engine_for(world.bank.tenant_id)
        with engine.connect() as connection:
            assert verify_books(connection, world.bank.tenant_id).is_clean
        world.scratch.execute("UPDATE bankcore.accounts SET held_minor = 2700, held_until = NULL WHERE held_minor > 0")
        with engine.connect() as connection:
            findings = verify_books(connection, world.bank.tenant_id).findings

    problems = {finding.place.split()[0]: finding.problem for finding in findings}
    assert problems["account"] == "holds 2700 minor units, its open holds keep 2750"
    assert problems["hold"].endswith("before its account looks for it")
    assert len(findings) == 3
    assert str(account.id) in findings[0].place
