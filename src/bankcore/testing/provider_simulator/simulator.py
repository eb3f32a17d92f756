"""The simulator: one server for all providers, in a thread of its own."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar

from bankcore.clock import Clock
from bankcore.money import Money
from bankcore.testing.provider_simulator.books import SimulatedBooks
from bankcore.testing.provider_simulator.capturing import Capturing
from bankcore.testing.provider_simulator.disputing import Disputing
from bankcore.testing.provider_simulator.documents import json_answer
from bankcore.testing.provider_simulator.esewa import SimulatedEsewa
from bankcore.testing.provider_simulator.fincra import SimulatedFincra
from bankcore.testing.provider_simulator.flutterwave import SimulatedFlutterwave
from bankcore.testing.provider_simulator.http_server import HttpServer, SpokenAnswer, SpokenRequest
from bankcore.testing.provider_simulator.imepay import SimulatedImePay
from bankcore.testing.provider_simulator.journal import Journal
from bankcore.testing.provider_simulator.khalti import SimulatedKhalti
from bankcore.testing.provider_simulator.pages import page_bytes
from bankcore.testing.provider_simulator.paying_out import PayingOut
from bankcore.testing.provider_simulator.paystack import SimulatedPaystack
from bankcore.testing.provider_simulator.providus import SimulatedProvidus
from bankcore.testing.provider_simulator.scenarios import NOT_TAKEN, Scenario, scenario_of
from bankcore.testing.provider_simulator.speaking import SpokenProvider, Treatment
from bankcore.testing.provider_simulator.spoiling import not_taken, spoiled
from bankcore.testing.provider_simulator.stripe import SimulatedStripe
from bankcore.testing.provider_simulator.telling import Telling, is_here

T = TypeVar("T")
SPOKEN: Final[tuple[type[SpokenProvider], ...]] = (
    SimulatedPaystack,
    SimulatedStripe,
    SimulatedFlutterwave,
    SimulatedFincra,
    SimulatedProvidus,
    SimulatedEsewa,
    SimulatedKhalti,
    SimulatedImePay,
)
NAMES: Final = tuple(kind.name for kind in SPOKEN)
"""Of all providers that it speaks as."""
CREDENTIALS: Final[Mapping[str, Mapping[str, str]]] = {kind.name: kind.credentials for kind in SPOKEN}
"""What a customer of each is given."""
_BY_HAND: Final = frozenset({"hooks", "disputes", "payouts", "pages"})
_WEBHOOKS_TO: Final = "webhooks-to"
_SLOW: Final = timedelta(seconds=1)
_PATIENCE_S: Final = 30


class ProviderSimulator:
    """All providers on one port of this machine, each below its name: `http://127.0.0.1:8200/paystack`.

        with ProviderSimulator(clock) as simulator:
            simulator.send_webhooks("paystack", "http://127.0.0.1:8100/hooks")
            ...
            simulator.pay("paystack", reference)

    What an order meets is said by `treat`, or by the last two digits of its amount; see `Scenario`. With `payers_pay`
    every payer pays at once. The books are read with `books`, or below `/paystack/books`; whoever is no Python sets the
    place of webhooks by `POST /paystack/hooks` with a form of `url`, disputes by `POST /paystack/disputes`, and ends
    payouts by `POST /paystack/payouts`. Where nobody did, an order says by its header `Webhooks-To` where it is told
    of, so that many may use one simulator. With a `journal` the books outlive it.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        port: int = 0,
        payers_pay: bool = False,
        slow: timedelta = _SLOW,
        journal: Path | None = None,
    ) -> None:
        self._clock = clock
        self._port = port
        self._payers_pay = payers_pay
        self._slow = slow
        self._chosen: dict[str, Scenario] = {}
        self._providers: dict[str, SpokenProvider] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="provider-simulator", daemon=True)
        self._server = HttpServer(self._answer)
        self._telling = Telling()
        self._journal = Journal(journal)
        self._capturing = Capturing(self._journal, self._telling)
        self._disputing = Disputing(self._journal, self._telling, self._now)
        self._paying_out = PayingOut(self._journal, self._telling, self._chosen)
        self.url = ""

    def __enter__(self) -> Self:
        """Listen."""
        self._thread.start()
        self._call(self._listen())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop listening, and end what goes on."""
        self._call(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_PATIENCE_S)
        self._loop.close()

    def credentials(self, provider: str) -> Mapping[str, str]:
        """What a customer of that provider is given."""
        return self._providers[provider].credentials

    def books(self, provider: str) -> SimulatedBooks:
        """Its books, as they are; they go on changing."""
        return self._providers[provider].books

    def treat(self, reference: str, scenario: Scenario) -> None:
        """Let this happen to the order with that reference."""
        self._chosen[reference] = scenario

    def send_webhooks(self, provider: str, url: str) -> None:
        """Send the webhooks of that provider there: by http, to this machine. ValueError: it is elsewhere."""
        if not is_here(url):
            raise ValueError(url)
        self._telling.places[provider] = url

    def pay(self, provider: str, name: str, amount: Money | None = None) -> str:
        """The payer of that charge pays; where the payer goes then. KeyError: there is none.

        The amount is for those who send money to an account, and choose how much.
        """
        return self._call(self._decided(self._providers[provider], name, "paid", amount))

    def decline(self, provider: str, name: str) -> str:
        """The payer's bank says no, or the payer gives up; where the payer goes then. KeyError: there is none."""
        return self._call(self._decided(self._providers[provider], name, "declined"))

    def let_expire(self, provider: str, name: str) -> None:
        """What was authorized of that charge is released, for nobody captured it in time. KeyError: there is none."""
        self._call(self._capturing.expire(self._providers[provider], name))

    def finish_refunds(self, provider: str, status: str = "done") -> None:
        """End all refunds of that provider that are pending: `done` or `failed`."""
        self._call(self._refunds_ended(self._providers[provider], status))

    def end_payout(self, provider: str, reference: str, status: str) -> None:
        """End that payout: `paid`, `declined`, or `returned` after it was paid. KeyError: there is none."""
        self._call(self._paying_out.end(self._providers[provider], reference, status))

    def dispute(self, provider: str, name: str, amount: Money | None = None) -> str:
        """The payer's bank takes the charge back, or so much of it; the dispute's number. KeyError: there is none."""
        return self._call(self._disputing.open(self._providers[provider], name, amount))

    def move_dispute(self, provider: str, number: str, status: str) -> None:
        """Let that dispute be `under_review`, `won` or `lost`. KeyError: there is none."""
        self._call(self._disputing.move(self._providers[provider], number, status))

    def wait_until_told(self) -> None:
        """Wait until every webhook was taken, or tried often enough."""
        self._call(self._telling.wait())

    @property
    def told(self) -> Sequence[int]:
        """What was answered to each webhook that was sent; 0 if nothing was."""
        return list(self._telling.statuses)

    def _call(self, work: Coroutine[None, None, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_PATIENCE_S)

    async def _listen(self) -> None:
        self.url = f"http://127.0.0.1:{await self._server.start(self._port)}"
        self._providers = {kind.name: kind(f"{self.url}/{kind.name}", self._now) for kind in SPOKEN}
        self._journal.read({name: each.books for name, each in self._providers.items()})

    async def _end(self) -> None:
        self._telling.stop()
        await self._server.stop()

    async def _answer(self, request: SpokenRequest) -> SpokenAnswer | None:
        _root, name, *rest = request.path.split("/")
        provider = self._providers.get(name)
        if provider is None:
            return SpokenAnswer(404)
        if rest == ["books"]:
            return json_answer(200, provider.books.document())
        if rest[0] in _BY_HAND:
            return await self._done_by_hand(provider, request, rest)
        asked = SpokenRequest(
            method=request.method,
            path="/" + "/".join(rest),
            query=request.query,
            headers=request.headers,
            body=request.body,
        )
        order = provider.order_in(asked) or provider.payout_in(asked)
        if order is None:
            return self._told_after(provider, partial(provider.answer, asked, Treatment()))
        scenario = self._chosen.get(order.reference) or scenario_of(order.amount)
        return await self._ordered(provider, asked, scenario)

    async def _done_by_hand(
        self, provider: SpokenProvider, request: SpokenRequest, rest: Sequence[str]
    ) -> SpokenAnswer:
        """What somebody does who is no customer of the provider."""
        match rest[0]:
            case "hooks":
                return self._hooked(provider.name, request.form.get("url", ""))
            case "disputes":
                return await self._disputing.asked(provider, request.form)
            case "payouts":
                return await self._paying_out.asked(provider, request.form)
            case _:
                return await self._page(provider, request, rest[-1])

    async def _ordered(
        self, provider: SpokenProvider, request: SpokenRequest, scenario: Scenario
    ) -> SpokenAnswer | None:
        if scenario in NOT_TAKEN:
            return not_taken(scenario)
        if scenario is Scenario.SLOW:
            await asyncio.sleep(self._slow.total_seconds())
        wanted = request.headers.get(_WEBHOOKS_TO, "")
        webhooks_to = wanted if is_here(wanted) else ""
        before, paid_before = len(provider.books.charges), set(provider.books.payouts)
        treatment = Treatment(declines=scenario is Scenario.DECLINE, needs_payer=scenario is Scenario.ACTION)
        said = provider.answer(request, treatment)
        for charge in provider.books.newest(len(provider.books.charges) - before):
            self._chosen[charge.reference] = scenario
            charge.webhooks_to = webhooks_to
            self._journal.write(charge)
            if charge.status != "open":
                self._telling.tell(provider, charge, scenario)
            elif self._payers_pay:
                await self._decided(provider, charge.reference, "paid")
        paid_out = provider.books.payouts.keys() - paid_before
        self._paying_out.begin(provider, paid_out, scenario, webhooks_to=webhooks_to)
        if scenario is Scenario.SLOW_AFTER:
            await asyncio.sleep(self._slow.total_seconds())
        return spoiled(scenario, said)

    def _told_after(self, provider: SpokenProvider, answer: Callable[[], SpokenAnswer]) -> SpokenAnswer | None:
        """What is no charge. A refund or a capture is told of, and its amount says what it meets on the way."""
        before = len(provider.books.refunds)
        said: SpokenAnswer | None = answer()
        for refund in provider.books.refunds[before:]:
            scenario = scenario_of(refund.amount)
            if scenario in NOT_TAKEN:
                provider.books.refunds.remove(refund)
                return not_taken(scenario)
            self._journal.write(refund)
            self._telling.tell(provider, refund, Scenario.SUCCESS)
            said = spoiled(scenario, said)
        return self._capturing.follow(provider, said)

    def _hooked(self, name: str, url: str) -> SpokenAnswer:
        try:
            self.send_webhooks(name, url)
        except ValueError:
            return SpokenAnswer(400)
        return SpokenAnswer(204)

    async def _page(self, provider: SpokenProvider, request: SpokenRequest, number: str) -> SpokenAnswer:
        charge = provider.books.find(number)
        if charge is None:
            return SpokenAnswer(404)
        if request.method == "POST" and charge.status == "open":
            status = "paid" if request.form.get("decision") == "pay" else "declined"
            return SpokenAnswer(303, headers={"Location": await self._decided(provider, number, status)})
        return SpokenAnswer(200, page_bytes(charge), {"Content-Type": "text/html; charset=utf-8"})

    async def _decided(self, provider: SpokenProvider, name: str, status: str, amount: Money | None = None) -> str:
        charge = provider.books.find(name)
        if charge is None:
            raise KeyError(name)
        scenario = self._chosen.get(charge.reference) or scenario_of(charge.amount)
        if charge.status == "open":
            charge.pay_as(amount or charge.amount)
            charge.status = "declined" if scenario is Scenario.DECLINE else status
            if charge.status == "paid":
                charge.agree()
            self._journal.write(charge)
            self._telling.tell(provider, charge, scenario)
        return provider.return_url(charge)

    async def _refunds_ended(self, provider: SpokenProvider, status: str) -> None:
        for refund in provider.books.refunds:
            if refund.status == "pending":
                refund.status = status
                self._journal.write(refund)
                self._telling.tell(provider, refund, Scenario.SUCCESS)

    def _now(self) -> int:
        return int((self._clock.now() - datetime.fromtimestamp(0, UTC)).total_seconds())
