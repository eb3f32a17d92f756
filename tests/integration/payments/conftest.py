"""One bank that takes payments, for all tests of this folder that speak to it over HTTP."""

from collections.abc import Iterator

import pytest

from bankcore.testing.provider_simulator import ProviderSimulator
from bankcore_infra.clock import SystemClock
from tests.integration.payments.paying_world import METRICS_TOKEN, PayingWorld, served
from tests.worlds.documented_bank import documented_bank


@pytest.fixture(scope="package")
def world() -> Iterator[PayingWorld]:
    with (
        pytest.MonkeyPatch.context() as environment,
        ProviderSimulator(SystemClock()) as simulator,
    ):
        environment.setenv("BANKCORE_METRICS_TOKEN", METRICS_TOKEN)
        with documented_bank(simulator.url) as bank, served(bank, simulator) as world:
            yield world
