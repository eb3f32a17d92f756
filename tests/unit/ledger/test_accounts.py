from uuid import UUID, uuid5

from bankcore.identifiers import TenantId
from bankcore.ledger.accounts import AccountKind, AccountStatus, settlement_account, settlement_account_id
from bankcore.testing import InMemoryBank
from tests.worlds.values import NPR, USD, npr

TENANT = TenantId(UUID(int=100))


def test_an_account_tells_its_amounts_as_money(bank: InMemoryBank) -> None:
    opened = bank.accounts.open(currency="NPR", owner_id="alice", floor="-5.00")
    bank.ledger.deposit(opened.id, npr("10"))

    account = bank.accounts.get(opened.id)

    assert (account.balance, account.held, account.available, account.floor) == (
        npr("10"),
        npr("0"),
        npr("10"),
        npr("-5"),
    )


def test_an_account_without_a_floor_says_so(bank: InMemoryBank) -> None:
    assert bank.accounts.open(currency="NPR", owner_id="alice", floor=None).floor is None


def test_the_id_of_a_settlement_account_follows_from_tenant_and_currency() -> None:
    assert settlement_account_id(TENANT, NPR) == uuid5(TENANT, "settlement/NPR")
    assert settlement_account_id(TENANT, NPR) != settlement_account_id(TENANT, USD)
    assert settlement_account_id(TENANT, NPR) != settlement_account_id(TenantId(UUID(int=101)), NPR)


def test_a_settlement_account_is_ours_and_has_no_floor(bank: InMemoryBank) -> None:
    account = settlement_account(TENANT, NPR, opened_at=bank.clock.now())

    assert account.id == settlement_account_id(TENANT, NPR)
    assert (account.kind, account.status, account.owner_id) == (AccountKind.SETTLEMENT, AccountStatus.ACTIVE, "bank")
    assert account.floor is None
    assert not account.balance
