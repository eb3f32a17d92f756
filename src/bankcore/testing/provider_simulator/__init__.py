"""Payment providers to try a bank with: a local server that speaks their wire formats from books of its own.

In: what a bank sends to providers. Out: their answers, pages for payers, and webhooks, also those that go wrong.
Read `simulator`, `scenarios`, `books`, `speaking`, then the module of one provider.
"""

from bankcore.testing.provider_simulator.books import SimulatedCharge, SimulatedRefund
from bankcore.testing.provider_simulator.scenarios import Scenario
from bankcore.testing.provider_simulator.simulator import CREDENTIALS, NAMES, ProviderSimulator

__all__ = ["CREDENTIALS", "NAMES", "ProviderSimulator", "Scenario", "SimulatedCharge", "SimulatedRefund"]
