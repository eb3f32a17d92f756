"""What a tenant can demand of second factors, and what it cannot be set to."""

import pytest

from bankcore.api_keys.manage import CreateApiKey
from bankcore.errors import InvalidRequestError
from bankcore.identity.demands import NO_DEMANDS, FactorDemands
from bankcore.identity.users import Role
from bankcore.money import Money
from bankcore.origin import LIBRARY
from bankcore.permissions import Permission
from bankcore.tenancy.settings import APPROVAL_MINOR, SECOND_FACTOR_ROLES, STEP_UP_MINOR
from bankcore.testing import in_memory_bank
from bankcore.testing.api_keys import in_memory_api_keys


def test_every_role_can_be_asked_for_a_factor_and_nothing_else() -> None:
    assert SECOND_FACTOR_ROLES.read(None) == SECOND_FACTOR_ROLES.read("none") == frozenset()
    assert SECOND_FACTOR_ROLES.read(",".join(Role)) == frozenset(Role)
    for text in ("", "boss", "admin, operator", "none,admin"):
        with pytest.raises(InvalidRequestError, match="none, or roles") as refused:
            SECOND_FACTOR_ROLES.read(text)
        assert refused.value.detail.endswith(f"of these: {', '.join(Role)}")


def test_amounts_are_of_known_currencies_each_once_and_never_below_zero() -> None:
    assert STEP_UP_MINOR.read(None) == STEP_UP_MINOR.read("none") == {}
    assert STEP_UP_MINOR.read("NPR=0,USD=100000") == {"NPR": 0, "USD": 100_000}
    for text in ("", "NPR", "NPR=", "NPR=1.5", "NPR=-1", "XXY=5", "NPR=1,NPR=2", f"NPR={2**63}"):
        with pytest.raises(InvalidRequestError, match="none, or whole amounts of currencies of ISO 4217, each once"):
            STEP_UP_MINOR.read(text)


def test_movements_at_once_are_large_together_in_each_currency_by_itself() -> None:
    demands = FactorDemands(amounts_minor={"NPR": 1_000})
    rupees, dollars = Money.of("6.00", "NPR"), Money.of("6.00", "USD")

    assert not demands.is_large([rupees, dollars])
    assert demands.is_large([rupees, dollars, rupees])
    assert not demands.is_large([])
    assert not NO_DEMANDS.is_large([Money.of("1000000000", "NPR")])


def test_above_the_limit_of_one_person_the_limit_is_told_in_each_currency_by_itself() -> None:
    demands = FactorDemands(approvals_minor={"NPR": 1_000, "USD": 0})
    rupees, dollars, yen = Money.of("6.00", "NPR"), Money.of("0.01", "USD"), Money.of("1000000000", "JPY")

    assert demands.find_approval_limit([rupees, yen]) is None
    assert demands.find_approval_limit([rupees, rupees]) == Money.of("10.00", "NPR")
    assert demands.find_approval_limit([dollars]) == Money.of("0.00", "USD")
    assert NO_DEMANDS.find_approval_limit([rupees]) is None
    assert APPROVAL_MINOR.read("NPR=1000,USD=0") == demands.approvals_minor
    assert not demands.is_large([rupees, rupees])


def test_a_service_knows_what_its_tenant_demands() -> None:
    keys = in_memory_api_keys(in_memory_bank())
    command = CreateApiKey(name="payroll", scopes=frozenset({Permission.TRANSACTIONS_POST}))
    text = keys.manage.create(command, origin=LIBRARY).value.text
    assert text is not None
    demands = FactorDemands(approvals_minor={"NPR": 1_000})

    keys.queries.demand(demands)

    assert keys.directory.authenticate(text, client=None).demands == demands
