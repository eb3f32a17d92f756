"""Counts requests, and orders to payment providers, in every process of the API, and sums them when asked."""

import os
from typing import Final

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from bankcore_infra.metrics.folder import FOLDER_VARIABLE

# The boundaries that OpenTelemetry gives for the duration of HTTP requests, in seconds.
_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
# A provider is waited for no longer than half a minute before its first word.
_ORDER_BUCKETS: Final = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0)


class RequestMetrics:
    """The requests of this process, and of the others that share the folder if there is one (docs/adr/0022)."""

    def __init__(self) -> None:
        self._own = CollectorRegistry()
        self._durations = Histogram(
            "bankcore_http_request_duration_seconds",
            "How long requests took, by the template of their route; a streamed body is not waited for.",
            ("method", "route", "status"),
            registry=self._own,
            buckets=_BUCKETS,
        )
        self._orders = Histogram(
            "bankcore_provider_order_duration_seconds",
            "How long payment providers took for an order, by what they answered.",
            ("provider", "answer"),
            registry=self._own,
            buckets=_ORDER_BUCKETS,
        )

    def observe(self, *, method: str, route: str, status: int, duration_s: float) -> None:
        """Count a request; `route` is a template, so that the number of series does not grow with what people ask."""
        self._durations.labels(method, route, str(status)).observe(duration_s)

    def observe_order(self, *, provider: str, answer: str, duration_s: float) -> None:
        """Count an order; the names of providers and the kinds of answers are few."""
        self._orders.labels(provider, answer).observe(duration_s)

    def exposition(self) -> bytes:
        """The counts of all processes, as Prometheus reads them."""
        folder = os.environ.get(FOLDER_VARIABLE)
        if folder is None:
            return generate_latest(self._own)
        everybody = CollectorRegistry()
        MultiProcessCollector(everybody, path=folder)  # type: ignore[no-untyped-call]
        return generate_latest(everybody)
