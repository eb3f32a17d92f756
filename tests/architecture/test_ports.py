"""Each port has an adapter for real use and one in memory, so that whoever tests a rule needs no server."""

import inspect
from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages
from types import ModuleType
from typing import Final

import pytest

import bankcore
import bankcore.testing
import bankcore_infra
from bankcore.events.stamps import Event
from bankcore.faces import Runner
from bankcore.idempotency.answers import KeyedTask
from bankcore.ledger.aio import TenantBooks
from bankcore.ledger.changes import Carrying
from bankcore.ledger.quoted_transfers import QuotedTransfers

NO_PORTS: Final = {
    Event: "what any event looks like",
    KeyedTask: "the use cases of the core implement it",
    Carrying: "the commands of the core implement it",
    QuotedTransfers: "a use case of the core implements it",
    TenantBooks: "banks fit it, and callers write functions for it",
    Runner: "each world has one function for it",
}
"""Protocols of the core that nobody outside implements, and why."""


def modules_of(package: ModuleType) -> list[ModuleType]:
    names = (found.name for found in walk_packages(package.__path__, f"{package.__name__}."))
    return [import_module(name) for name in names if not name.endswith("__main__")]


def protocols() -> Iterator[type]:
    for module in modules_of(bankcore):
        for _name, kind in inspect.getmembers(module, inspect.isclass):
            is_protocol = getattr(kind, "_is_protocol", False)
            if is_protocol and kind.__module__ == module.__name__ and kind not in NO_PORTS:
                yield kind


def adapters_of(port: type) -> Iterator[type]:
    found: list[type] = type.__subclasses__(port)
    for kind in found:
        if not getattr(kind, "_is_protocol", False):
            yield kind
        yield from adapters_of(kind)


PORTS: Final = sorted(protocols(), key=lambda port: port.__name__)


@pytest.mark.parametrize("package", [bankcore.testing, bankcore_infra], ids=["in memory", "for real"])
@pytest.mark.parametrize("port", PORTS, ids=lambda port: port.__name__)
def test_each_port_has_an_adapter(port: type, package: ModuleType) -> None:
    modules_of(package)

    assert [kind for kind in adapters_of(port) if kind.__module__.startswith(f"{package.__name__}.")]
