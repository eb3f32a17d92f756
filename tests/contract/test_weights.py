"""Configurations of one priority share payments by weight, on both adapters."""

import pytest

from bankcore.errors import InvalidRequestError
from bankcore.payments.configurations import ProviderConfigId
from bankcore.payments.configure import WantedConfig
from bankcore.payments.payments import PaymentStatus
from bankcore.providers.answers import NotExecuted
from tests.contract.payment_adapters import PaymentAdapter, wanted


def weights(payments: PaymentAdapter) -> dict[str, int]:
    return {config.name: config.weight for config in payments.configs.list_configs()}


def test_a_weight_is_one_until_it_is_said_and_stays_when_something_else_changes(payments: PaymentAdapter) -> None:
    heavy = WantedConfig(name="heavy", provider="memory", credentials={"secret": "sk_test_0000000000"}, weight=9)
    made = payments.configure.create(heavy).value
    assert weights(payments) == {"main": 1, "heavy": 9}

    payments.configure.change(payments.config.id, WantedConfig(weight=4))
    changed = payments.configure.change(made.id, WantedConfig(priority=3)).value

    assert weights(payments) == {"main": 4, "heavy": 9}
    assert (changed.weight, changed.priority) == (9, 3)


@pytest.mark.parametrize("weight", [0, 1001, -1])
def test_a_weight_is_one_to_a_thousand(weight: int) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        WantedConfig(weight=weight)

    assert refused.value.pointer == "/weight"


def test_a_weight_is_part_of_what_is_asked() -> None:
    fingerprints = {WantedConfig(weight=weight).fingerprint(None) for weight in (None, 1, 2)}

    assert len(fingerprints) == 3


def test_payments_are_shared_and_an_equal_is_tried_after_a_definite_no(payments: PaymentAdapter) -> None:
    second = payments.add_provider("second", priority=0)
    first_ids: set[ProviderConfigId] = set()
    while len(first_ids) < 2:
        first_ids.add(payments.paid("1.00").attempt.config_id)

    for provider in (payments.provider, second):
        provider.answer_next(NotExecuted("not_sent", "no connection"))
    payment = payments.paid()

    assert payment.status is PaymentStatus.FAILED
    assert payment.attempt.number == 2
    assert {wanted("main").priority, wanted("second").priority} == {0}
