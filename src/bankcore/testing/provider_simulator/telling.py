"""Sends webhooks: more than once, late, and forged, as the scenario says."""

import asyncio
from typing import Final
from urllib.parse import urlsplit

from bankcore.testing.provider_simulator.books import SimulatedCharge, SimulatedDispute, SimulatedRefund
from bankcore.testing.provider_simulator.http_server import post
from bankcore.testing.provider_simulator.payouts import SimulatedPayout
from bankcore.testing.provider_simulator.scenarios import Scenario
from bankcore.testing.provider_simulator.speaking import SimulatedMessage, SpokenProvider

TRIES: Final = 5
_THIS_MACHINE: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_SETTLED: Final = range(200, 500)
About = SimulatedCharge | SimulatedRefund | SimulatedPayout
"""What a webhook is about."""


class Telling:
    """Tells the customers of each provider how their charges and refunds stand."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self.places: dict[str, str] = {}
        self.statuses: list[int] = []
        """What was answered to each webhook that was sent; 0 if nothing was."""

    def tell(self, provider: SpokenProvider, about: About, scenario: Scenario) -> None:
        """Send what the provider has to say of it, as it stands now."""
        place = self.places.get(provider.name, _place_of(about))
        message = _message(provider, about)
        if not place or message is None or scenario is Scenario.WEBHOOK_MISSING:
            return
        messages = [message]
        match scenario:
            case Scenario.WEBHOOK_TWICE:
                messages = [message, message]
            case Scenario.WEBHOOK_FORGED:
                messages = [_forged(message), message]
            case Scenario.WEBHOOK_LATE:
                stale = _as_it_was(provider, about)
                messages = [message, *([stale] if stale is not None else [])]
            case _:
                pass
        self._begin(place, messages)

    def tell_of_dispute(self, provider: SpokenProvider, about: SimulatedDispute) -> None:
        """Send all that the provider has to say of the dispute, as it stands now."""
        place = self.places.get(provider.name, about.charge.webhooks_to)
        self._begin(place, list(provider.dispute_messages(about)) if place else [])

    async def wait(self) -> None:
        """Until nothing is on its way."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    def stop(self) -> None:
        """Forget what is on its way."""
        for task in self._tasks:
            task.cancel()

    def _begin(self, place: str, messages: list[SimulatedMessage]) -> None:
        task = asyncio.get_running_loop().create_task(self._send(place, messages))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send(self, place: str, messages: list[SimulatedMessage]) -> None:
        for message in messages:
            status, tries = 0, 0
            # What is refused, such as for its signature, is not sent again.
            while status not in _SETTLED and tries < TRIES:
                status = await post(place, message.body, message.headers)
                self.statuses.append(status)
                tries += 1


def _forged(message: SimulatedMessage) -> SimulatedMessage:
    """The same, signed by somebody who does not have the key."""
    turned = str.maketrans("0123456789abcdef", "123456789abcdef0")
    headers = {
        name: value if name == "Content-Type" else value.translate(turned) for name, value in message.headers.items()
    }
    return SimulatedMessage(message.body, headers)


def _place_of(about: About) -> str:
    """Where the order itself wanted its webhooks; a refund is told of where its charge is."""
    return (about.charge if isinstance(about, SimulatedRefund) else about).webhooks_to


def _message(provider: SpokenProvider, about: About) -> SimulatedMessage | None:
    return provider.payout_message(about) if isinstance(about, SimulatedPayout) else provider.message(about)


def _as_it_was(provider: SpokenProvider, about: About) -> SimulatedMessage | None:
    """What was to be said of it before."""
    status = about.status
    about.status = "pending" if isinstance(about, SimulatedRefund) else "open"
    message = _message(provider, about)
    about.status = status
    return message


def is_here(url: str) -> bool:
    """Whether that is on this machine, by http."""
    place = urlsplit(url)
    return place.scheme == "http" and place.hostname in _THIS_MACHINE and place.port is not None
