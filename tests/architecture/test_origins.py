"""Whoever changes something through a service of the bank says who asks, so that the record of it can tell."""

import inspect
import typing
from collections.abc import Iterator
from typing import Final

import pytest

from bankcore.audit.attempts import AttemptLog
from bankcore.identity.ports import IdentityUnits
from bankcore.identity.services import IdentityServices
from bankcore_infra.capabilities import CAPABILITIES

READING: Final = (
    *("at_", "authenticate", "balance", "entries", "find_", "get", "history", "last_", "list_", "of_", "owned_by"),
    *("preferences_of", "print_", "prove_", "read", "trial_balance"),
)
"""What the names of methods that change nothing begin with."""
OTHERS: Final = {
    "AttemptLog.record": "an attempt carries its origin",
    "Authenticate.__call__": "reads the session of a token",
    "Circuits.guard": "the payment that is sent has its own record; what is counted is forgotten in minutes",
    "Circuits.heard": "what is counted is forgotten in minutes",
    "Circuits.let_through": "reads, and takes the probe, which is forgotten in minutes",
    "Circuits.tell": "the payment that was sent has its own record; what is counted is forgotten in minutes",
    "OrderWatchers.add": "figures for monitoring are no state of the bank",
    "OrderWatchers.tell": "figures for monitoring are no state of the bank",
    "Circuits.is_open": "reads",
    "CompareSettlement.__call__": "reads payments",
    "CodeProof.judge": "who asked for the code records what became of it",
    "CodeProof.use": "who asked for the code records what became of it",
    "IdentityUnits.run": "the unit of work itself; the use cases on it take the origin",
    "KeyEncryption.add_key": "the rotation records what got the key",
    "KeyEncryption.unwrap": "reads",
    "KeyEncryption.wrap": "whoever keeps the secret records that",
    "LedgerService.post_together": "each request carries its origin",
    "PaymentQueries.hurry": "has a provider asked sooner, and changes nothing of the payment",
    "ReceiveWebhooks.reply_to": "says what a provider wants to hear, and changes nothing",
    "ReceiveWebhooks.__call__": "stores what a provider tells; what follows from it has the system as its actor",
    "DisputeQueries.hurry_dispute": "has a provider asked sooner, and changes nothing of the dispute",
    "RefundQueries.hurry_refund": "has a provider asked sooner, and changes nothing of the refund",
    "SqlLedger.post_together": "each request carries its origin",
    "SqlLedger.using": "the same ledger on the caller's connection",
}
"""Methods without an origin whose names do not begin like that, and why."""


def services() -> set[type]:
    """What a bank offers by type, and the use cases of its users."""
    offered = {kind for each in CAPABILITIES for kind in (*each.shared, *each.services, *each.late_services())}
    parts = {kind for kind in typing.get_type_hints(IdentityServices).values() if inspect.isclass(kind)}
    return offered | parts


def methods() -> Iterator[tuple[str, inspect.Signature]]:
    for kind in services():
        for name, method in inspect.getmembers(kind, inspect.isfunction):
            is_public = not name.startswith("_") or (name == "__call__" and not getattr(kind, "_is_protocol", False))
            if is_public:
                yield f"{kind.__name__}.{name}", inspect.signature(method)


METHODS: Final = dict(sorted(methods()))


@pytest.mark.parametrize("name", METHODS)
def test_each_method_of_a_service_takes_an_origin_or_only_reads(name: str) -> None:
    takes_origin = "origin" in METHODS[name].parameters
    only_reads = name.partition(".")[2].startswith(READING)

    assert takes_origin or only_reads or name in OTHERS


def test_no_exception_outlives_its_reason() -> None:
    assert OTHERS.keys() <= METHODS.keys()
    assert {AttemptLog, IdentityUnits} <= services()
