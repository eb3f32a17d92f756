"""No address that leads anywhere but to a public server is saved, whichever way it is asked for."""

import threading
from typing import Final

import pytest

from bankcore.errors import InvalidRequestError
from bankcore.testing import in_memory_bank
from bankcore.testing.webhooks import in_memory_webhooks
from bankcore.webhooks.service import WantedEndpoint
from bankcore_infra.webhooks.address_check import AddressCheck
from tests.unit.test_outgoing import FORBIDDEN, HOSTILE_URLS

NAME: Final = "https://hooks.example.com/bank"
PUBLIC: Final = "8.8.8.8"


def test_no_hostile_address_is_saved_nor_is_its_name_looked_up() -> None:
    meant, asked = [PUBLIC], list[str]()

    def resolve(host: str, _port: int) -> list[str]:
        asked.append(host)
        return meant

    hooks = in_memory_webhooks(in_memory_bank(), AddressCheck(local=False, resolve=resolve).find_problem)
    endpoint = hooks.service.create(WantedEndpoint(url=NAME, events=["*"])).value.endpoint
    asked.clear()

    refused = 0
    for url in set(HOSTILE_URLS):
        with pytest.raises(InvalidRequestError) as created:
            hooks.service.create(WantedEndpoint(url=url, events=["*"]))
        with pytest.raises(InvalidRequestError) as changed:
            hooks.service.change(endpoint.id, WantedEndpoint(url=url))
        assert (created.value.pointer, changed.value.pointer) == ("/url", "/url")
        refused += 1

    assert (refused > 60, asked) == (True, [])
    assert list(hooks.stored.endpoints.values()) == [endpoint]


def test_a_name_that_means_a_forbidden_address_is_not_saved() -> None:
    for address in FORBIDDEN:
        check = AddressCheck(local=False, resolve=lambda _host, _port: [PUBLIC, address])  # noqa: B023 - asked at once
        hooks = in_memory_webhooks(in_memory_bank(), check.find_problem)

        with pytest.raises(InvalidRequestError, match=r"forbidden_address|not_an_address"):
            hooks.service.create(WantedEndpoint(url=NAME, events=["*"]))

        assert hooks.stored.endpoints == {}


def test_an_address_is_looked_at_before_it_is_saved() -> None:
    def away(_host: str, _port: int) -> list[str]:
        raise OSError

    released = threading.Event()

    def slow(_host: str, _port: int) -> list[str]:
        released.wait()
        return []

    url = NAME
    assert AddressCheck(local=False, resolve=lambda _host, _port: ["8.8.8.8"]).find_problem(url) is None
    assert AddressCheck(local=False, resolve=lambda _host, _port: ["10.0.0.1"]).find_problem(url) == "forbidden_address"
    assert AddressCheck(local=False).find_problem("http://example.com/") == "not_https"
    assert AddressCheck(local=False, resolve=away).find_problem(url) == "name_not_found"
    assert AddressCheck(local=False, resolve=slow, timeout_s=0.01).find_problem(url) == "name_not_found"
    released.set()
