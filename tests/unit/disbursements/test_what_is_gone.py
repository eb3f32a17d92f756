"""What is remembered or was sent, and is not there any more, is a contradiction and no refusal."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from typing_extensions import override

from bankcore.disbursements.postings import PayOut
from bankcore.disbursements.request import RequestDisbursement
from bankcore.errors import InvalidRequestError, LedgerInvariantError
from bankcore.origin import Origin
from bankcore.payments.configurations import ProviderConfigId
from bankcore.payments.configure import WantedConfig
from bankcore.payments.ports import Providers, UsableProvider
from bankcore.providers.payouts import PayoutDestination
from bankcore.testing import in_memory_bank
from bankcore.testing.disbursements import StoredDisbursements, in_memory_disbursements
from bankcore.testing.payments import in_memory_payments
from tests.worlds.values import npr

SHOP = Origin(actor_type="user", actor_id="shop", owner_id="shop", key_scope="shop")
ASHA = Origin(actor_type="user", actor_id="asha", key_scope="asha")
TO = PayoutDestination(bank_code="058", account_number="0123456789", payee="Ada")


class ProvidersThatLose(Providers):
    """Whoever asks them for a provider finds nothing stored after that."""

    def __init__(self, inner: Providers, stored: StoredDisbursements) -> None:
        self._inner = inner
        self._stored = stored

    @override
    def list_usable(self) -> Sequence[UsableProvider]:
        return self._inner.list_usable()

    @override
    def get_provider(self, config_id: ProviderConfigId) -> UsableProvider:
        self._stored.all.clear()
        return self._inner.get_provider(config_id)


def test_a_disbursement_that_is_gone_is_neither_answered_nor_settled() -> None:
    bank = in_memory_bank()
    payments = in_memory_payments(bank)
    payments.configure.create(WantedConfig(name="main", provider="memory", credentials={"secret": "sk_test_1234"}))
    made = in_memory_disbursements(bank, payments.units, payments.providers)
    account = bank.accounts.open(currency="NPR", owner_id="shop")
    bank.ledger.deposit(account.id, npr("10"))
    order = RequestDisbursement(account.id, npr("1"), destination=TO, description="Rent", idempotency_key="k")
    made.decide.approve(made.request(order, origin=SHOP).value.id, origin=ASHA)
    (stored,) = [each for each in bank.books.sections.values() if isinstance(each, StoredDisbursements)]

    with pytest.raises(LedgerInvariantError, match="was followed"):
        replace(made.follow, providers=ProvidersThatLose(payments.providers, stored)).follow_next()
    with pytest.raises(LedgerInvariantError, match="remembered"):
        made.request(order, origin=SHOP)


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"bank_code": "05 8"}, "/bankCode"),
        ({"account_number": "012"}, "/accountNumber"),
        ({"account_number": "0123\n"}, "/accountNumber"),
        ({"payee": ""}, "/payee"),
    ],
)
def test_a_destination_that_no_bank_has_is_refused_by_its_field(wrong: dict[str, str], pointer: str) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        replace(TO, **wrong)

    assert refused.value.pointer == pointer


def test_of_a_short_number_nothing_is_shown() -> None:
    assert [replace(TO, account_number=number).hint for number in ("1234567", "12345678")] == ["", "5678"]


def test_two_movements_out_of_an_account_are_told_apart_by_what_they_move() -> None:
    bank = in_memory_bank()
    account, clearing = (bank.accounts.open(currency="NPR", owner_id="shop").id for _ in range(2))

    assert PayOut(account, clearing, npr("1")).fingerprint() != PayOut(account, clearing, npr("2")).fingerprint()
