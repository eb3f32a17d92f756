"""Configured providers: orders are sent with the credentials that their configuration has at that moment."""

from pathlib import Path

import pytest

from bankcore.payments.configuration_ports import Credentials
from bankcore.payments.configurations import ProviderConfig
from bankcore.payments.configure import WantedConfig
from bankcore.providers.ports import PaymentProvider
from bankcore.providers.states import ProviderMode
from bankcore.testing.provider_factory import InMemoryProviderFactory
from tests.contract.payment_adapters import postgresql_payment_adapter
from tests.worlds.sql_bank import SqlBank


def test_a_provider_is_made_once_for_each_set_of_credentials(
    bank: SqlBank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    payments, make, made = (
        postgresql_payment_adapter(bank, tmp_path),
        InMemoryProviderFactory.make_provider,
        list[str](),
    )

    def make_provider(
        self: InMemoryProviderFactory, config: ProviderConfig, credentials: Credentials, mode: ProviderMode
    ) -> PaymentProvider:
        made.append(credentials["secret"])
        return make(self, config, credentials, mode)

    monkeypatch.setattr(InMemoryProviderFactory, "make_provider", make_provider)
    payments.paid()
    payments.paid()
    payments.configure.change(payments.config.id, WantedConfig(credentials={"secret": "sk_test_of_main_5678"}))
    made_before = len(made)
    payments.paid()
    payments.paid()

    assert made[0] == "sk_test_of_main_1234"
    assert made[made_before:] == ["sk_test_of_main_5678"]
