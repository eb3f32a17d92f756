"""Disputes at the simulated providers: they are written down, and told of."""

from collections.abc import Callable, Mapping
from typing import Final

from bankcore.money import Money
from bankcore.testing.provider_simulator.books import SimulatedDispute
from bankcore.testing.provider_simulator.documents import json_answer
from bankcore.testing.provider_simulator.http_server import SpokenAnswer
from bankcore.testing.provider_simulator.journal import Journal
from bankcore.testing.provider_simulator.speaking import SpokenProvider
from bankcore.testing.provider_simulator.telling import Telling

_ANSWERED_WITHIN_S: Final = 7 * 86_400


class Disputing:
    """Lets payers' banks take money back."""

    def __init__(self, journal: Journal, telling: Telling, now: Callable[[], int]) -> None:
        self._journal = journal
        self._telling = telling
        self._now = now

    async def open(self, provider: SpokenProvider, name: str, amount: Money | None) -> str:
        """Dispute that charge, or so much of it. KeyError: there is none."""
        charge = provider.books.find(name)
        if charge is None:
            raise KeyError(name)
        dispute = SimulatedDispute(
            number=provider.books.next_number(),
            charge=charge,
            amount=amount or charge.amount,
            due_by=self._now() + _ANSWERED_WITHIN_S,
        )
        provider.books.disputes.append(dispute)
        self._tell(provider, dispute)
        return dispute.reference

    async def move(self, provider: SpokenProvider, number: str, status: str) -> None:
        """Let the dispute stand so. KeyError: there is none."""
        dispute = provider.books.find_dispute(number)
        if dispute is None:
            raise KeyError(number)
        dispute.status = status
        self._tell(provider, dispute)

    async def asked(self, provider: SpokenProvider, form: Mapping[str, str]) -> SpokenAnswer:
        """Do so for somebody who is no Python: a form has the `reference` of a charge, or `number` and `status`."""
        try:
            number = form["number"] if "number" in form else await self.open(provider, form.get("reference", ""), None)
            if "status" in form:
                await self.move(provider, number, form["status"])
        except KeyError:
            return SpokenAnswer(404)
        return json_answer(200, {"number": number})

    def _tell(self, provider: SpokenProvider, dispute: SimulatedDispute) -> None:
        self._journal.write(dispute)
        self._telling.tell_of_dispute(provider, dispute)
