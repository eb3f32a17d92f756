"""Who may open which account."""

from uuid import UUID

import pytest

from bankcore.errors import ForbiddenError, InvalidRequestError
from bankcore.idempotency.answers import Rejected
from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import AccountKind, settlement_account_id
from bankcore.ledger.commands import OpenAccount
from bankcore.ledger.outcomes import Opened
from bankcore.money import Currency
from bankcore.origin import Origin
from bankcore.testing.bank import TENANT_ID, in_memory_bank

NPR = Currency.of("NPR")
ALICE = Origin(owner_id="alice")


@pytest.mark.parametrize(
    "command",
    [
        OpenAccount("bob", NPR),
        OpenAccount("alice", NPR, floor_minor=-1),
        OpenAccount("alice", NPR, floor_minor=None),
        OpenAccount("alice", NPR, account_kind=AccountKind.FEE),
    ],
    ids=["for another", "with an overdraft", "without a floor", "of our kind"],
)
def test_a_holder_opens_only_plain_accounts_of_his_own(command: OpenAccount) -> None:
    bank = in_memory_bank()

    assert bank.ledger.execute([command], origin=ALICE) == [Rejected(ForbiddenError())]
    (opened,) = bank.ledger.execute([OpenAccount("alice", NPR)], origin=ALICE)
    assert isinstance(opened, Opened)


def test_nobody_takes_the_id_of_a_settlement_account() -> None:
    with pytest.raises(InvalidRequestError):
        OpenAccount("alice", NPR, account_id=settlement_account_id(TENANT_ID, NPR))
    OpenAccount("alice", NPR, account_id=AccountId(UUID(int=1)))
