"""Figures of the whole bank for operators: those of all tenants together, read when they are asked for."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from typing_extensions import override

from bankcore.errors import BankcoreError
from bankcore.payments.configurations import ProviderConfigId
from bankcore.payments.health import CircuitState
from bankcore.tenancy.tenants import TenantDirectory
from bankcore_infra.audit.recording.positions import count_stopped
from bankcore_infra.db.engine import Database
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.metrics.followed import followed_gauges, notices_gauge, waiting_gauge
from bankcore_infra.metrics.readings import TenantReading, read_tenant
from bankcore_infra.work.duties import DutyState

_BUDGET_S: Final = 3.0
_COUNTED: Final = "of each tenant at most 10000 are counted"


class BankMetrics(Collector):
    """Sums over tenants, and the worst of their ages. No label names a tenant, a person or an id."""

    def __init__(
        self,
        database: Database,
        directory: TenantDirectory,
        *,
        budget_s: float = _BUDGET_S,
        duties: Callable[[], Mapping[str, DutyState]] = dict,
        webhooks: Callable[[], Mapping[str, int]] = dict,
        circuit_state: Callable[[ProviderConfigId], str] = lambda _config_id: CircuitState.CLOSED,
    ) -> None:
        """Read the tenants of that directory; those that are not reached within the budget count as unread.

        `webhooks` counts attempts by what came of them.
        """
        self._sent = webhooks
        self._circuit_state = circuit_state
        self._duties = duties
        self._database = database
        self._directory = directory
        self._budget_s = budget_s

    def exposition(self) -> bytes:
        """The figures as Prometheus reads them."""
        registry = CollectorRegistry()
        registry.register(self)
        return generate_latest(registry)

    @override
    def collect(self) -> Iterator[Metric]:
        deadline = time.monotonic() + self._budget_s
        readings, unread, stopped, is_up = list[TenantReading](), 0, 0, 1
        try:
            with self._database.begin() as connection:
                stopped = count_stopped(connection)
            for tenant in self._directory.list_tenants():
                if time.monotonic() > deadline:
                    unread += 1
                else:
                    readings.append(OwnTransactions(self._database, tenant.id).rehearse(read_tenant))
        except BankcoreError:
            is_up = 0
        yield _gauge("bankcore_database_up", "Whether the database answered this scrape.", is_up)
        yield from self._done()
        yield from self._webhooks_sent()
        yield _gauge("bankcore_tenants_unread", "Tenants that this scrape had no time for.", unread)
        if is_up:
            yield _gauge("bankcore_logs_stopped", "Tenants whose log needs a new era before anything follows.", stopped)
            yield from _consumers(readings)
            yield from _webhooks(readings)
            yield from followed_gauges([reading.followed for reading in readings])
            yield waiting_gauge([reading.waiting for reading in readings])
            yield notices_gauge([reading.notices_given_up for reading in readings])
            yield from self._circuits(readings)
            yield from _books(readings)

    def _done(self) -> Iterator[GaugeMetricFamily]:
        family = GaugeMetricFamily(
            "bankcore_duty_done",
            "Whether it goes on beside the API: 1, or 0 if failing, off or missing.",
            labels=["duty"],
        )
        for duty, state in self._duties().items():
            family.add_metric([duty], float(state is DutyState.OK))
        if family.samples:
            yield family

    def _webhooks_sent(self) -> Iterator[Metric]:
        counts = self._sent()
        if counts:
            family = CounterMetricFamily(
                "bankcore_webhook_deliveries", "Attempts to deliver a webhook, by what came of them.", labels=["result"]
            )
            for result, number in counts.items():
                family.add_metric([result], number)
            yield family

    def _circuits(self, readings: Sequence[TenantReading]) -> Iterator[Metric]:
        configs = [config for reading in readings for config in reading.configs]
        if configs:
            family = GaugeMetricFamily(
                "bankcore_provider_circuits",
                "Enabled accounts at payment providers, by whether orders go there.",
                labels=["provider", "state"],
            )
            numbers = Counter((provider, self._circuit_state(config_id)) for config_id, provider in configs)
            for labels, number in sorted(numbers.items()):
                family.add_metric(labels, number)
            yield family


def _consumers(readings: Sequence[TenantReading]) -> Iterator[GaugeMetricFamily]:
    pending, ages, dead = defaultdict[str, int](int), defaultdict[str, float](float), defaultdict[str, int](int)
    for consumer in (each for reading in readings for each in reading.consumers):
        pending[consumer.consumer] += consumer.pending
        dead[consumer.consumer] += consumer.dead_letters
        ages[consumer.consumer] = max(ages[consumer.consumer], consumer.oldest_age_s)
    yield _by_consumer("bankcore_deliveries_pending", f"Events owed to a consumer; {_COUNTED}.", pending)
    yield _by_consumer(
        "bankcore_delivery_oldest_age_seconds", "Age of the oldest event that a consumer has not had.", ages
    )
    yield _by_consumer("bankcore_dead_letters", f"Events that a consumer failed on too often; {_COUNTED}.", dead)


def _webhooks(readings: Sequence[TenantReading]) -> Iterator[GaugeMetricFamily]:
    found = [each for reading in readings for each in reading.webhooks]
    if not found:
        return
    endpoints, pending = Counter[str](), Counter[str]()
    for each in found:
        endpoints[each.state] += 1
        pending[each.state] += each.pending
    yield _labelled("bankcore_webhook_endpoints", "Servers told of events, by how they do.", endpoints, label="state")
    yield _labelled(
        "bankcore_webhooks_pending",
        "Webhooks owed to servers, by how these do; of each server at most 100 are counted.",
        pending,
        label="state",
    )
    yield _gauge(
        "bankcore_webhook_oldest_late_seconds",
        "For how long a webhook could have been sent, of the one where that is longest.",
        max(each.late_s for each in found),
    )


def _books(readings: Sequence[TenantReading]) -> Iterator[GaugeMetricFamily]:
    yield _gauge(
        "bankcore_sealing_lag_seconds",
        "Age of the oldest audit record that no checkpoint covers.",
        max((reading.sealing_lag_s for reading in readings), default=0.0),
    )
    yield _gauge(
        "bankcore_fraud_cases_open",
        f"Fraud cases that wait for a decision; {_COUNTED}.",
        sum(reading.open_cases for reading in readings),
    )
    runs = [reading.reconciled for reading in readings if reading.reconciled is not None]
    yield _gauge(
        "bankcore_reconciliation_drifts",
        "Contradictions that each tenant's last reconciliation found, together.",
        sum(run.drifts for run in runs),
    )
    if runs:
        yield _gauge(
            "bankcore_reconciliation_last_run_timestamp_seconds",
            "When the last reconciliation ended, of the tenant where that was longest ago.",
            min(run.at_s for run in runs),
        )


def _gauge(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, meaning, value=value)


def _by_consumer(name: str, meaning: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    return _labelled(name, meaning, values, label="consumer")


def _labelled(name: str, meaning: str, values: Mapping[str, float], *, label: str) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, meaning, labels=[label])
    for labelled, value in sorted(values.items()):
        family.add_metric([labelled], value)
    return family
