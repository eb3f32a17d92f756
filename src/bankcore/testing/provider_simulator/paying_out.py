"""Payouts at the simulated providers: they end at once or by hand, are written down, and told of."""

from collections.abc import Collection, Mapping, MutableMapping
from typing import Final

from bankcore.testing.provider_simulator.http_server import SpokenAnswer
from bankcore.testing.provider_simulator.journal import Journal
from bankcore.testing.provider_simulator.scenarios import Scenario
from bankcore.testing.provider_simulator.speaking import SpokenProvider
from bankcore.testing.provider_simulator.telling import Telling

_ENDS: Final = frozenset({"paid", "declined", "returned"})


class PayingOut:
    """Lets money arrive outside, or not, or come back."""

    def __init__(self, journal: Journal, telling: Telling, chosen: MutableMapping[str, Scenario]) -> None:
        self._journal = journal
        self._telling = telling
        self._chosen = chosen

    def begin(
        self, provider: SpokenProvider, references: Collection[str], scenario: Scenario, *, webhooks_to: str
    ) -> None:
        """Begin the new payouts, and end them, unless somebody is to end them by hand."""
        for reference in references:
            payout = provider.books.payouts[reference]
            payout.webhooks_to = webhooks_to
            self._chosen[reference] = scenario
            self._journal.write(payout)
            if scenario is not Scenario.ACTION:
                self._end(provider, reference, "declined" if scenario is Scenario.DECLINE else "paid")

    async def end(self, provider: SpokenProvider, reference: str, status: str) -> None:
        """End that payout so. KeyError: there is none."""
        self._end(provider, reference, status)

    async def asked(self, provider: SpokenProvider, form: Mapping[str, str]) -> SpokenAnswer:
        """Do so for somebody who is no Python: a form has its `reference` and a `status`."""
        if form.get("reference") not in provider.books.payouts:
            return SpokenAnswer(404)
        if form.get("status") not in _ENDS:
            return SpokenAnswer(400)
        self._end(provider, form["reference"], form["status"])
        return SpokenAnswer(204)

    def _end(self, provider: SpokenProvider, reference: str, status: str) -> None:
        payout = provider.books.payouts[reference]
        payout.status = status
        self._journal.write(payout)
        self._telling.tell(provider, payout, self._chosen.get(reference, Scenario.SUCCESS))
