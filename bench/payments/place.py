"""A bank that takes payments, beside the simulator of providers in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count, cycle
from typing import Final

from bankcore import Money
from bankcore.identifiers import AccountId, TenantId
from bankcore.ledger.accounts import Account
from bankcore.origin import LIBRARY
from bankcore.payments.configure import ConfigureProviders, WantedConfig
from bankcore.payments.create import CreatePayment, CreatePayments
from bankcore.payments.payments import PaymentStatus
from bankcore.providers.orders import Payer
from bankcore.tenancy.tenants import Tenant, TenantKind
from bankcore_infra.cli.simulator import simulated_credentials
from bankcore_infra.identifiers import RandomIdentifiers
from bankcore_infra.providers.watching import OrderWatchers
from bankcore_infra.tenancy.new_tenant import create_tenant
from bankcore_infra.wiring import TenantBank
from bench.world import World

_SLUG: Final = "shop"
_PROVIDER: Final = "stripe"
_CARD: Final = "pm_card_visa"
_ACCOUNTS: Final = 50
_PAID: Final = Money.of("100.00", "NGN")
_DEPOSITED: Final = Money.of("1.00", "NGN")


class UnsettledPaymentError(Exception):
    """A payment was not completed at once, so what it cost says nothing."""


@dataclass(frozen=True, slots=True)
class PayingPlace:
    """A tenant with merchants; each call is one of their payments, or one deposit."""

    pay: Callable[[], int]
    deposit: Callable[[], int]
    simulator_pid: int
    superuser_url: str
    provider_ms: list[float] = field(default_factory=list)
    """How long the provider took for each order so far."""


@contextmanager
def paying_place(world: World, *, threads: int) -> Iterator[PayingPlace]:
    """A new bank on that server, for so many threads at once."""
    place = world.bank("payments")
    with _simulator() as (url, pid):
        os.environ |= {"BANKCORE_PROVIDER_SIMULATOR_URL": url, "BANKCORE_POOL_SIZE": str(threads + 4)}
        with place.open() as bank:
            ids = RandomIdentifiers()
            shop = Tenant(TenantId(ids.new_id()), _SLUG, _SLUG, TenantKind.TEST)
            create_tenant(bank.database, shop, ids, origin=LIBRARY)
            tenant = bank.tenant(_SLUG)
            wanted = WantedConfig(
                name=_PROVIDER, provider=_PROVIDER, credentials=dict(simulated_credentials(_PROVIDER))
            )
            tenant.get(ConfigureProviders).create(wanted, origin=LIBRARY)
            accounts = [tenant.accounts.open(currency="NGN", owner_id=f"shop-{number}") for number in range(_ACCOUNTS)]
            made = PayingPlace(_payments(tenant, accounts), _deposits(tenant, accounts), pid, place.superuser_url)

            def take_note(*, provider: str, answer: str, duration_s: float) -> None:  # noqa: ARG001 - there is one
                made.provider_ms.append(duration_s * 1_000)

            bank.get(OrderWatchers).add(take_note)
            yield made


def _payments(tenant: TenantBank, accounts: list[Account]) -> Callable[[], int]:
    create, numbers, ids = tenant.get(CreatePayments), count(), cycle([account.id for account in accounts])

    def pay() -> int:
        payment = create(_order(next(ids), f"payment-{next(numbers)}")).value
        if payment.status is not PaymentStatus.COMPLETED:
            raise UnsettledPaymentError(f"{payment.status}: {payment.problem}")
        return 1

    return pay


def _order(account_id: AccountId, key: str) -> CreatePayment:
    return CreatePayment(
        account_id,
        _PAID,
        description="Order",
        payer=Payer(email="payer@example.com"),
        return_url="https://shop.example/done",
        method=_CARD,
        idempotency_key=key,
    )


def _deposits(tenant: TenantBank, accounts: list[Account]) -> Callable[[], int]:
    numbers, ids = count(), cycle([account.id for account in accounts])

    def deposit() -> int:
        tenant.ledger.deposit(next(ids), _DEPOSITED, idempotency_key=f"deposit-{next(numbers)}")
        return 1

    return deposit


@contextmanager
def _simulator() -> Iterator[tuple[str, int]]:
    """Where the simulator is, and its process."""
    command = [sys.executable, "-m", "bankcore_infra", "providers", "simulate", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None  # noqa: S101 - it is a pipe
            url = process.stdout.readline().partition(" on ")[2].partition(": ")[0]
            yield url, process.pid
        finally:
            process.terminate()
