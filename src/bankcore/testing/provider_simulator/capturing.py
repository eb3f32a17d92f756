"""Captures and releases at the simulated providers: they are written down, and told of."""

from bankcore.testing.provider_simulator.http_server import SpokenAnswer
from bankcore.testing.provider_simulator.journal import Journal
from bankcore.testing.provider_simulator.scenarios import NOT_TAKEN, Scenario, scenario_of
from bankcore.testing.provider_simulator.speaking import SpokenProvider
from bankcore.testing.provider_simulator.spoiling import not_taken, spoiled
from bankcore.testing.provider_simulator.telling import Telling


class Capturing:
    """Has what payers agreed to taken later."""

    def __init__(self, journal: Journal, telling: Telling) -> None:
        self._journal = journal
        self._telling = telling

    async def expire(self, provider: SpokenProvider, name: str) -> None:
        """Release what nobody captured in time. KeyError: there is no such charge."""
        provider.release(provider.books.charges[name])
        self.follow(provider, None)

    def follow(self, provider: SpokenProvider, said: SpokenAnswer | None) -> SpokenAnswer | None:
        """Tell of what was captured or released; the amount of a capture says what its answer meets on the way."""
        while provider.changed:
            charge = provider.changed.pop()
            scenario = scenario_of(charge.amount) if charge.status == "paid" else Scenario.SUCCESS
            if scenario in NOT_TAKEN:
                charge.pay_as(charge.ordered)
                charge.status = "authorized"
                return not_taken(scenario)
            self._journal.write(charge)
            self._telling.tell(provider, charge, scenario)
            said = spoiled(scenario, said)
        return said
