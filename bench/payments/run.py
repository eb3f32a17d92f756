"""What a payment costs us beside its provider, in turns with deposits in the same process."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

from bench.figures import percentile
from bench.payments.place import PayingPlace, paying_place
from bench.payments.processor_time import ProcessorTime
from bench.threads import ThreadedCalls
from bench.world import World

OnStep = Callable[[str, int], None]
_ROUNDS: Final = 3
_SINGLES: Final = 4
"""How many times as long as a round single calls are measured."""


@dataclass(frozen=True, slots=True)
class PaymentCost:
    """All figures of a run."""

    own_ms: Sequence[float]
    provider_ms: Sequence[float]
    deposit_ms: Sequence[float]
    payment_cpu_ms: dict[str, float]
    deposit_cpu_ms: dict[str, float]
    payments_per_s: dict[int, float]
    deposits_per_s: dict[int, float]

    def document(self) -> dict[str, Any]:
        """The figures as JSON."""
        own, deposit = _percentiles(self.own_ms), _percentiles(self.deposit_ms)
        return {
            "ownMs": own,
            "providerMs": _percentiles(self.provider_ms),
            "depositMs": deposit,
            "ratio": {name: round(own[name] / deposit[name], 2) for name in own},
            "cpuMsOfPayment": self.payment_cpu_ms,
            "cpuMsOfDeposit": self.deposit_cpu_ms,
            "paymentsPerSecond": self.payments_per_s,
            "depositsPerSecond": self.deposits_per_s,
        }


def steps_of(threads: Sequence[int]) -> int:
    """How many steps a run has."""
    return 3 + _ROUNDS * len(threads)


def measure_payments(world: World, *, threads: Sequence[int], seconds: float, on_step: OnStep) -> PaymentCost:
    """Single calls in turns, the processor time of each kind, and then so many threads at once."""
    with paying_place(world, threads=max(threads)) as place:
        for call in (place.pay, place.deposit):
            ThreadedCalls([call]).run(seconds / 2)
        world.calm()
        on_step("single calls", 1)
        own, provider, deposits = _singles(place, seconds * _SINGLES)
        on_step("processor time", 1)
        spent = ProcessorTime(place.superuser_url, place.simulator_pid)
        payment_cpu, deposit_cpu = (_cpu(spent, call, seconds) for call in (place.pay, place.deposit))
        on_step("threads", 1)
        rates: dict[Callable[[], int], dict[int, list[float]]] = {place.pay: {}, place.deposit: {}}
        for _ in range(_ROUNDS):
            for number in threads:
                for call, found in rates.items():
                    found.setdefault(number, []).append(ThreadedCalls([call] * number).run(seconds).per_second)
                on_step(f"{number} threads", 1)
    payments, deposited = (
        {number: round(median(each), 1) for number, each in found.items()} for found in rates.values()
    )
    return PaymentCost(own, provider, deposits, payment_cpu, deposit_cpu, payments, deposited)


def _singles(place: PayingPlace, seconds: float) -> tuple[list[float], list[float], list[float]]:
    """Our time of each payment without that of its provider, the provider's, and that of each deposit."""
    place.provider_ms.clear()
    payments, deposits = list[float](), list[float]()
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        payments.append(_timed(place.pay))
        deposits.append(_timed(place.deposit))
    own = [all_of_it - provider for all_of_it, provider in zip(payments, place.provider_ms, strict=True)]
    return own, list(place.provider_ms), deposits


def _timed(call: Callable[[], int]) -> float:
    before = time.perf_counter()
    call()
    return (time.perf_counter() - before) * 1_000


def _cpu(spent: ProcessorTime, call: Callable[[], int], seconds: float) -> dict[str, float]:
    before = spent.now()
    operations = ThreadedCalls([call]).run(seconds).operations
    return spent.now().since(before, operations)


def _percentiles(times: Sequence[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {f"p{percent}": round(percentile(ordered, percent), 2) for percent in (10, 50, 99)}
