"""The worker on real PostgreSQL while a provider hangs: payments at other providers are settled all the same."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from typing import Final

import pytest
from typing_extensions import override

from bankcore.payments.configurations import ProviderConfigId
from bankcore.payments.payments import ASKED_AFTER, Payment, PaymentStatus
from bankcore.payments.ports import Providers, UsableProvider
from bankcore.providers.answers import Unknown
from bankcore.providers.orders import ChargeLookup
from bankcore.providers.states import ChargeState
from bankcore.testing.providers import InMemoryProvider
from bankcore_infra.payments.following import payment_work
from bankcore_infra.payments.questions import AT_ONCE_MAX_EACH
from bankcore_infra.payments.worker import ProviderWorker
from bankcore_infra.tenancy.directory import SqlTenantDirectory
from tests.contract.payment_adapters import PaymentAdapter, postgresql_payment_adapter
from tests.worlds.running_client import wait_for
from tests.worlds.sql_bank import SqlBank

pytestmark = pytest.mark.timeout(60)
PATIENCE_S: Final = 30.0


class Hanging(InMemoryProvider):
    """It says nothing before it may."""

    def __init__(self, may_answer: Event) -> None:
        super().__init__()
        self.may_answer = may_answer
        self.begun = 0

    @override
    def get_payment_status(self, lookup: ChargeLookup) -> ChargeState | Unknown:
        self.begun += 1
        self.may_answer.wait(PATIENCE_S)
        return super().get_payment_status(lookup)


class OneHangs(Providers):
    """The same providers, but that one hangs."""

    def __init__(self, providers: Providers, config_id: ProviderConfigId, hanging: Hanging) -> None:
        self.providers = providers
        self.config_id = config_id
        self.hanging = hanging

    @override
    def list_usable(self) -> Sequence[UsableProvider]:
        return self.providers.list_usable()

    @override
    def get_provider(self, config_id: ProviderConfigId) -> UsableProvider:
        usable = self.providers.get_provider(config_id)
        return replace(usable, provider=self.hanging) if config_id == self.config_id else usable


@pytest.fixture
def payments(bank: SqlBank, tmp_path: Path) -> PaymentAdapter:
    return postgresql_payment_adapter(bank, tmp_path)


def unknown(payments: PaymentAdapter, name: str) -> Payment:
    """A payment that was charged, and of which the bank does not know."""
    payments.factory.of(name).answer_next(Unknown("time-out"), happened=True)
    return payments.create(payments.order(provider=name)).value


def test_a_provider_that_hangs_delays_the_payments_of_no_other(payments: PaymentAdapter, bank: SqlBank) -> None:
    payments.add_provider("second")
    hanging = [unknown(payments, "main") for _ in range(AT_ONCE_MAX_EACH + 1)]
    others = [unknown(payments, "second") for _ in range(AT_ONCE_MAX_EACH + 1)]
    payments.let_time_pass(ASKED_AFTER[0])
    may_answer, stop = Event(), Event()
    silent = Hanging(may_answer)
    ask = replace(payments.ask, providers=OneHangs(payments.ask.providers, payments.config.id, silent))
    work = payment_work(payments.heed, ask)
    worker = ProviderWorker("payments", SqlTenantDirectory(bank.database), lambda _tenant: work)
    working = Thread(target=worker.run, args=(stop,))
    working.start()

    try:
        settled = wait_for(
            lambda: all(payments.now(each).status is PaymentStatus.COMPLETED for each in others), within_s=PATIENCE_S
        )
        statuses, begun = {payments.now(each).status for each in hanging}, silent.begun
    finally:
        stop.set()
        may_answer.set()
        working.join(PATIENCE_S)

    assert settled
    assert statuses == {PaymentStatus.PROCESSING}
    assert begun == AT_ONCE_MAX_EACH
