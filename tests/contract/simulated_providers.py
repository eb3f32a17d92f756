"""Providers over the simulator, as several suites use them."""

from datetime import timedelta

from urllib3 import PoolManager

from bankcore import Money
from bankcore.providers.answers import ChargeAccepted, SubmitForm
from bankcore.providers.facts import PaymentFlow
from bankcore.providers.orders import ChargeOrder, Payer
from bankcore.providers.ports import PaymentProvider
from bankcore.providers.states import ProviderMode
from bankcore.testing.provider_simulator import ProviderSimulator
from bankcore_infra.clock import SystemClock
from bankcore_infra.providers.registry import PROVIDERS, open_provider

PAGES = [name for name, each in PROVIDERS.items() if PaymentFlow.REDIRECT in each.facts.flows]


def new_simulator() -> ProviderSimulator:
    return ProviderSimulator(SystemClock(), slow=timedelta(milliseconds=20))


def opened(name: str, simulator: ProviderSimulator) -> PaymentProvider:
    return open_provider(
        name, simulator.credentials(name), ProviderMode.TEST, SystemClock(), simulator_url=simulator.url
    )


def order(name: str, reference: str, *, amount: str = "250.00", method: str | None = None) -> ChargeOrder:
    currency = "NPR" if "NPR" in PROVIDERS[name].facts.currencies and name != "stripe" else "NGN"
    return ChargeOrder(
        reference=reference,
        amount=Money.of(amount, currency),
        payer=Payer(email="ada@example.com", name="Ada Example", phone="9800000000"),
        description="Order 17",
        return_url="http://127.0.0.1:1/back?order=17",
        webhook_url="http://127.0.0.1:1/hooks",
        method=method,
    )


def submit(answer: object) -> None:
    """What a browser does, if the payer has a form to send."""
    if isinstance(answer, ChargeAccepted) and isinstance(answer.next_action, SubmitForm):
        form = answer.next_action
        with PoolManager() as browser:
            sent = browser.request("POST", form.url, fields=dict(form.fields), encode_multipart=False, redirect=False)
        assert sent.status == 302
