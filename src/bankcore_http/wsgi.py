"""The one module that knows both HTTP and infrastructure; the server finds it by its import string."""

import sys
from functools import partial
from typing import Final, TypeVar
from wsgiref.types import WSGIEnvironment

from flask import Flask
from loguru import logger
from pydantic import SecretStr
from typing_extensions import override

from bankcore.errors import UnavailableError
from bankcore.identifiers import TenantId
from bankcore.services import Services
from bankcore_http.answering.rates import RateLimit, RateLimits
from bankcore_http.application import Surroundings, bank_application
from bankcore_http.identity.blueprint import PASSWORD_PATHS
from bankcore_http.serving.bodies import LONGER_BODIES, BodyLimits
from bankcore_http.serving.client_address import ForwardedClient, client_behind
from bankcore_http.serving.metrics import MetricsPage
from bankcore_http.serving.request_boundary import REQUEST_MESSAGE, RequestLine, RequestLog, fields_of, log_with_loguru
from bankcore_http.serving.threads import ThreadedApplication
from bankcore_http.wallets.access import WalletPaths
from bankcore_infra.clock import SystemClock
from bankcore_infra.debugging import require_no_debugging
from bankcore_infra.environment import load_settings
from bankcore_infra.identifiers import RandomIdentifiers
from bankcore_infra.identity.places import place_of
from bankcore_infra.installation import open_external
from bankcore_infra.logs import LogLines, configure_logging
from bankcore_infra.metrics.bank import BankMetrics
from bankcore_infra.metrics.requests import RequestMetrics
from bankcore_infra.payments.circuits import circuit_state
from bankcore_infra.processes import at_the_end, die_with_server, end_at_once_when_told, keep_what_is_loaded
from bankcore_infra.providers.watching import OrderWatchers
from bankcore_infra.readiness import readiness_of
from bankcore_infra.settings import SettingsError
from bankcore_infra.shared_counts import RedisCounts
from bankcore_infra.webhooks.tally import WebhookTally
from bankcore_infra.wiring import Bank
from bankcore_infra.work.duties import Duties

T = TypeVar("T")

_LAST_REQUESTS_S: Final = 20.0
"""How long a worker may answer after its server has died; a server that lives gives as much."""


def create_served_application() -> ThreadedApplication:
    """The application of one process of `bankcore api`, whose threads wait for no client (docs/adr/0025)."""
    application, settings = create_application(), load_settings()
    return ThreadedApplication(
        application,
        threads=settings.api_threads,
        narrow=PASSWORD_PATHS,
        origin_of=partial(origin_of, proxies=settings.proxy_hops),
        limits=BodyLimits(longer=application.config[LONGER_BODIES]),
    )


def origin_of(environ: WSGIEnvironment, *, proxies: int) -> str:
    """What one customer has of addresses, of whoever sent the request through so many proxies."""
    client = client_behind(environ, proxies=proxies) if proxies else None
    return place_of(client or environ.get("REMOTE_ADDR", "")) or "unknown"


def create_application() -> Flask:
    """The application of one worker process, on the servers of the settings; the process ends if they are not fit.

    Any WSGI server can serve it, but only `create_served_application` keeps slow clients from its threads.
    """
    end_at_once_when_told()
    die_with_server(_LAST_REQUESTS_S)
    settings = load_settings()
    lines = configure_logging(settings.log_level)
    try:
        require_no_debugging()
        bank = Bank(open_external(settings), settings)
        at_the_end(bank.disconnect)
        application = application_of(bank, log_request=partial(_log, lines))
    except SettingsError as error:
        # The parent checked all this, so it went wrong since, and another worker may succeed.
        logger.critical("api worker cannot start: {}", error)
        sys.exit(1)
    if settings.proxy_hops:
        application.wsgi_app = ForwardedClient(application.wsgi_app, proxies=settings.proxy_hops)  # type: ignore[method-assign]
    keep_what_is_loaded()
    return application


def _log(lines: LogLines, line: RequestLine) -> None:
    lines.write_event(REQUEST_MESSAGE, **fields_of(line))


def application_of(bank: Bank, *, log_request: RequestLog = log_with_loguru) -> Flask:
    """Every capability of that bank over HTTP."""
    duties = Duties(bank.installation.redis_url)
    page, log_request = _metrics_of(bank, duties, log_request)
    # Made before the first request, so that an unusable key does not fail a posting.
    bank.require_fit()
    return bank_application(
        bank,
        Surroundings(
            clock=SystemClock(),
            new_id=RandomIdentifiers().new_id,
            readiness=readiness_of(bank),
            duties=duties.states,
            log_request=log_request,
            metrics=page,
            wallets=_wallet_paths(bank),
            operator_token=_opened(bank.settings.operator_token),
            rates=_rates_of(bank),
        ),
    )


def _wallet_paths(bank: Bank) -> WalletPaths:
    settings = bank.settings
    return WalletPaths(
        tenant=settings.wallets_tenant,
        service_token=_opened(settings.wallets_token),
        admin_token=_opened(settings.wallets_admin_token),
    )


def _opened(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()


def _rates_of(bank: Bank) -> RateLimits:
    url, settings = bank.installation.redis_url, bank.settings
    share = None if url is None else RedisCounts(url).add

    def limit(name: str, quota: int) -> RateLimit | None:
        return RateLimit(name, quota, share) if quota else None

    return RateLimits(
        callers=limit("caller", settings.rate_caller_per_minute),
        strangers=limit("address", settings.rate_address_per_minute),
        place_of=place_of,
    )


def _metrics_of(bank: Bank, duties: Duties, log_request: RequestLog) -> tuple[MetricsPage | None, RequestLog]:
    """The page for monitoring, if there is one, and the observer of each request."""
    if bank.settings.metrics_token is None:
        return None, log_request
    requests = RequestMetrics()
    figures = BankMetrics(
        bank.database,
        bank.tenants,
        duties=duties.states,
        webhooks=WebhookTally(bank.installation.redis_url).read,
        circuit_state=partial(circuit_state, bank.installation.redis_url),
    )

    bank.get(OrderWatchers).add(requests.observe_order)

    def log_and_count(line: RequestLine) -> None:
        log_request(line)
        duration_s = line.duration_ms / 1_000
        requests.observe(method=line.method, route=line.route, status=line.status, duration_s=duration_s)

    page = MetricsPage(
        lambda: requests.exposition() + figures.exposition(), bank.settings.metrics_token.get_secret_value()
    )
    return page, log_and_count


def describe() -> dict[str, object]:
    """The OpenAPI document; no server is needed."""
    around = Surroundings(
        clock=SystemClock(), new_id=RandomIdentifiers().new_id, readiness=dict, log_request=lambda _line: None
    )
    application = bank_application(_Undescribed(), around)
    document: dict[str, object] = application.test_client().get("/openapi.json").get_json()
    return document


class _Undescribed(Services):
    """Stands in the place of services, which the document does not need."""

    @override
    def get(self, kind: type[T]) -> T:
        return _Undescribed()  # type: ignore[return-value] # never called

    @override
    def of(self, tenant_id: TenantId, kind: type[T]) -> T:
        raise UnavailableError

    def find_tenant(self, _access_token: str) -> None:
        """Find no tenant."""
