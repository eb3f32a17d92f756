"""Configurations of providers, on both adapters."""

import pytest

from bankcore.errors import InvalidRequestError, NotFoundError
from bankcore.payments.configure import ConfigExistsError, WantedConfig
from bankcore.payments.payments import PaymentStatus
from tests.contract.payment_adapters import ADMIN, NOWHERE, PaymentAdapter, wanted


def test_configurations_are_changed_and_their_credentials_never_told(payments: PaymentAdapter) -> None:
    assert payments.configs.list_configs() == [payments.config]
    assert payments.config.hint == "1234"
    new = WantedConfig(credentials={"secret": "sk_test_of_another_9876"}, priority=7)

    changed = payments.configure.change(payments.config.id, new, origin=ADMIN, idempotency_key="k").value

    assert (changed.version, changed.hint, changed.priority) == (2, "9876", 7)
    assert payments.configure.change(payments.config.id, new, origin=ADMIN, idempotency_key="k").replayed
    assert "9876" not in repr(new)
    with pytest.raises(ConfigExistsError):
        payments.configure.create(wanted("main"))
    with pytest.raises(NotFoundError):
        payments.configure.change(NOWHERE, new)  # type: ignore[arg-type]
    assert payments.paid().status is PaymentStatus.COMPLETED


@pytest.mark.parametrize(
    ("asked", "pointer"),
    [
        ({"name": "Main"}, "/name"),
        ({"provider": "nobody"}, "/provider"),
        ({"credentials": {}}, "/credentials"),
        ({"credentials": {"secret": ""}}, "/credentials/secret"),
        ({"priority": 1001}, "/priority"),
    ],
)
def test_a_configuration_that_could_not_work_is_refused(
    payments: PaymentAdapter, asked: dict[str, object], pointer: str
) -> None:
    said = {"name": "second", "provider": "memory", "credentials": {"secret": "sk_test_0123456789"}, **asked}

    with pytest.raises(InvalidRequestError) as refused:
        payments.configure.create(WantedConfig(**said))  # type: ignore[arg-type]
    assert refused.value.pointer == pointer
    with pytest.raises(InvalidRequestError):
        payments.configure.change(payments.config.id, WantedConfig(name="other"))
