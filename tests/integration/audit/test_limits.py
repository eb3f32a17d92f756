"""Who set which limits is in the log, and limits that were changed past the bank are found."""

from pathlib import Path

import pytest

from bankcore.errors import NotFoundError
from bankcore.identifiers import AccountId
from bankcore.ledger.commands import Withdraw
from bankcore.ledger.limits import Limit, LimitWindow
from bankcore.origin import Origin
from tests.integration.audit.test_invented_actions import HoldingBank
from tests.worlds.limits import limits_of
from tests.worlds.sealing import SealingRole
from tests.worlds.sql_bank import ScratchDatabase, SqlBank
from tests.worlds.values import npr, words

STAFF = Origin(actor_type="user", actor_id="operator-7")


@pytest.fixture
def world(bank: SqlBank, scratch: ScratchDatabase, role: SealingRole, tmp_path: Path) -> HoldingBank:
    """A bank with limits on an account, which were changed and used, and on all customers."""
    limits = limits_of(bank)
    alice, bob = bank.open_account(balance="100.00"), bank.open_account("bob")
    daily = Limit(per=LimitWindow.DAY, amount=npr("10"), kind="withdrawal")
    limits.set_for_account(alice.id, [], origin=STAFF)
    limits.set_for_account(alice.id, [daily, Limit(per=LimitWindow.MONTH, count=9)], reason="new", origin=STAFF)
    limits.set_for_account(bob.id, [daily], origin=STAFF)
    limits.set_for_account(bob.id, [], origin=STAFF)
    limits.set_for_tenant([daily], origin=STAFF)
    with pytest.raises(NotFoundError):
        limits.set_for_account(AccountId(bank.ids.new_id()), [daily], origin=STAFF)
    said = bank.ledger.execute([Withdraw(alice.id, npr("10")), Withdraw(alice.id, npr("1"))])
    assert words(said) == ["posted", "limit_exceeded"]
    return HoldingBank(bank, scratch, role, tmp_path)


def test_limits_verify_clean_and_the_log_tells_who_set_them(world: HoldingBank) -> None:
    assert world.findings() == ([], [])
    told = world.scratch.rows(
        "SELECT actor_id, outcome, cardinality(account_ids) FROM bankcore.audit_log"
        " WHERE action = 'limits.changed' ORDER BY at"
    )
    assert told == [("operator-7", "success", 1)] * 4 + [("operator-7", "success", 0), ("operator-7", "denied", 0)]
    refused = world.scratch.scalar(
        "SELECT convert_from(body, 'UTF8')::json #>> '{reason,facts,limit}' FROM bankcore.audit_log"
        " WHERE action = 'withdrawal.rejected'"
    )
    assert refused == "10.00 NPR"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE bankcore.limit_policies SET policy = '[]' WHERE policy <> '[]'",
        "UPDATE bankcore.limit_policies SET version = version + 1",
        "UPDATE bankcore.limit_policies SET changed_at = changed_at - interval '1 day'",
        "UPDATE bankcore.accounts SET is_limited = false",
        "UPDATE bankcore.accounts SET is_limited = true WHERE owner_id = 'bob'",
        "DELETE FROM bankcore.limit_policies WHERE subject_id = tenant_id",
        (
            "INSERT INTO bankcore.limit_policies SELECT tenant_id, gen_random_uuid(), 1, now(), '[]'"
            " FROM bankcore.limit_policies LIMIT 1"
        ),
    ],
)
def test_what_is_changed_past_the_bank_is_found(world: HoldingBank, change: str) -> None:
    world.scratch.execute(f"ALTER TABLE bankcore.limit_policies DISABLE TRIGGER ALL; {change}")

    inside, outside = world.findings()

    assert len(inside) == len(outside) > 0
    assert all("limit policy" in each for each in inside)
