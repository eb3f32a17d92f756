"""Accounts of ours at providers: by name, with their own credentials, and test money apart from real money."""

from time import process_time

import pytest

from bankcore.errors import InvalidRequestError
from bankcore.providers.states import ProviderMode
from bankcore.testing import FrozenClock
from bankcore_infra.providers.registry import PROVIDERS, open_provider

CLOCK = FrozenClock()
STRIPE = {"secret_key": "sk_test_1", "webhook_secret": "whsec_1"}


def test_a_provider_is_opened_by_its_name() -> None:
    provider = open_provider("stripe", STRIPE, ProviderMode.TEST, CLOCK)

    assert provider.facts == PROVIDERS["stripe"].facts
    assert {each.facts.name for each in PROVIDERS.values()} == set(PROVIDERS)


@pytest.mark.parametrize(
    ("name", "credentials", "detail"),
    [
        ("unheard-of", STRIPE, "one of: "),
        ("stripe", {}, "Stripe needs: secret_key, webhook_secret"),
        ("stripe", {"secret_key": "sk_test_1"}, "Stripe needs"),
        ("stripe", {**STRIPE, "another": "x"}, "Stripe needs"),
        ("stripe", {**STRIPE, "webhook_secret": ""}, "Stripe needs"),
        ("stripe", {**STRIPE, "secret_key": "sk_live_1"}, "not credentials for test mode"),
    ],
)
def test_what_is_not_the_providers_own_is_refused(name: str, credentials: dict[str, str], detail: str) -> None:
    with pytest.raises(InvalidRequestError, match=detail) as refused:
        open_provider(name, credentials, ProviderMode.TEST, CLOCK)

    assert "sk_" not in str(refused.value)


def test_real_money_never_meets_a_key_for_tests_or_a_simulator() -> None:
    with pytest.raises(InvalidRequestError, match="not credentials for live mode"):
        open_provider("stripe", STRIPE, ProviderMode.LIVE, CLOCK)

    live = {**STRIPE, "secret_key": "sk_live_1"}
    open_provider("stripe", live, ProviderMode.LIVE, CLOCK)
    with pytest.raises(InvalidRequestError, match="moves no real money"):
        open_provider("stripe", live, ProviderMode.LIVE, CLOCK, simulator_url="http://127.0.0.1:1")


def test_opening_one_of_many_accounts_costs_little() -> None:
    open_provider("stripe", STRIPE, ProviderMode.TEST, CLOCK)

    before = process_time()
    for _account in range(20):
        open_provider("stripe", STRIPE, ProviderMode.TEST, CLOCK)

    # Reading the certificates of the system for each took 20 ms, and a megabyte.
    assert process_time() - before < 0.2
