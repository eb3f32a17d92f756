"""The providers that the bank speaks to, by name: the one place that lists them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Final, Protocol, TypeVar

from pydantic import SecretStr

from bankcore.clock import Clock
from bankcore.errors import InvalidRequestError
from bankcore.providers.facts import ProviderFacts
from bankcore.providers.orders import ChargeOrder
from bankcore.providers.payouts import PayoutOrder
from bankcore.providers.ports import PaymentProvider
from bankcore.providers.states import ProviderMode
from bankcore_infra.providers.dialect import Dialect
from bankcore_infra.providers.esewa.dialect import LIVE_URL, TEST_URL, EsewaCredentials, EsewaDialect
from bankcore_infra.providers.fincra.dialect import FincraCredentials, FincraDialect
from bankcore_infra.providers.flutterwave.dialect import FlutterwaveCredentials, FlutterwaveDialect
from bankcore_infra.providers.http_provider import HttpProvider
from bankcore_infra.providers.imepay.dialect import ImePayCredentials, SimulatedImePayDialect
from bankcore_infra.providers.khalti.dialect import KhaltiCredentials, KhaltiDialect
from bankcore_infra.providers.paystack.dialect import PaystackCredentials, PaystackDialect
from bankcore_infra.providers.providus.dialect import ProvidusCredentials, ProvidusDialect
from bankcore_infra.providers.stripe.dialect import StripeCredentials, StripeDialect
from bankcore_infra.providers.transport import HttpTransport
from bankcore_infra.providers.watching import OrderWatchers


class AccountSecrets(Protocol):
    """A dataclass of secrets."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


C_contra = TypeVar("C_contra", bound=AccountSecrets, contravariant=True)


class DialectMaker(Protocol[C_contra]):
    """A class of dialects that are the same wherever their provider is."""

    facts: ProviderFacts

    def __call__(self, credentials: C_contra) -> Dialect:
        """The dialect for an account with these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredProvider:
    """One provider: what it can do, what it has to be told, and where it is."""

    facts: ProviderFacts
    credentials: tuple[str, ...]
    """Names of what it gives out; all of them are secrets."""
    speak: Callable[[Mapping[str, str], str], Dialect]
    """Its dialect, for these credentials and that address."""
    live_url: str
    test_url: str


def _registered(
    dialect: DialectMaker[C_contra], kind: type[C_contra], live_url: str, *, test_url: str | None = None
) -> RegisteredProvider:
    urls = {"live_url": live_url, "test_url": test_url or live_url}
    return _registered_by_url(dialect.facts, kind, lambda given, _url: dialect(given), **urls)


def _registered_by_url(
    facts: ProviderFacts,
    kind: type[C_contra],
    dialect: Callable[[C_contra, str], Dialect],
    *,
    live_url: str,
    test_url: str,
) -> RegisteredProvider:
    names = tuple(field.name for field in fields(kind))

    def speak(given: Mapping[str, str], url: str) -> Dialect:
        if set(given) != set(names) or not all(given.values()):
            raise InvalidRequestError(pointer="/credentials", detail=f"{facts.title} needs: {', '.join(names)}")
        return dialect(kind(**{name: SecretStr(given[name]) for name in names}), url)

    return RegisteredProvider(facts=facts, credentials=names, speak=speak, live_url=live_url, test_url=test_url)


# The bank tries its customers out without TLS; nothing that is said there is worth anything.
_PROVIDUS_TEST: Final = "http://154.113.16.142:8088/appdevapi/api"
_ALL: Final = (
    _registered(PaystackDialect, PaystackCredentials, "https://api.paystack.co"),
    _registered(StripeDialect, StripeCredentials, "https://api.stripe.com"),
    _registered(FlutterwaveDialect, FlutterwaveCredentials, "https://api.flutterwave.com"),
    _registered(FincraDialect, FincraCredentials, "https://api.fincra.com", test_url="https://sandboxapi.fincra.com"),
    _registered(ProvidusDialect, ProvidusCredentials, "https://vps.providusbank.com/vps/api", test_url=_PROVIDUS_TEST),
    _registered_by_url(EsewaDialect.facts, EsewaCredentials, EsewaDialect, live_url=LIVE_URL, test_url=TEST_URL),
    _registered(KhaltiDialect, KhaltiCredentials, "https://khalti.com/api", test_url="https://dev.khalti.com/api"),
    _registered(SimulatedImePayDialect, ImePayCredentials, "https://imepay.invalid"),
)
# Keys say what they are for. One of the wrong mode would move real money in a test, or none where some is owed.
_OF_OTHER_MODE: Final = {ProviderMode.TEST: ("_live_", "_LIVE"), ProviderMode.LIVE: ("_test_", "_TEST")}
PROVIDERS: Final[Mapping[str, RegisteredProvider]] = {each.facts.name: each for each in _ALL}


def get_registered(name: str) -> RegisteredProvider:
    """The provider with that name.

    Raises:
        InvalidRequestError: there is none.
    """
    try:
        return PROVIDERS[name]
    except KeyError:
        raise InvalidRequestError(pointer="/provider", detail=f"one of: {', '.join(sorted(PROVIDERS))}") from None


def _webhooks_to(order: ChargeOrder | PayoutOrder) -> Mapping[str, str]:
    """Where a simulator is to tell of an order; real providers are told so on their own pages, once for all orders."""
    return {"Webhooks-To": order.webhook_url}


def open_provider(
    name: str,
    credentials: Mapping[str, str],
    mode: ProviderMode,
    clock: Clock,
    *,
    simulator_url: str | None = None,
    watchers: OrderWatchers | None = None,
) -> PaymentProvider:
    """An account of ours at that provider; in test mode a simulator may stand in for it.

    Raises:
        InvalidRequestError: no such provider, credentials that are not its own, or a simulator for real money.
    """
    registered = get_registered(name)
    if mode is ProviderMode.LIVE and (simulator_url is not None or registered.facts.is_simulated):
        raise InvalidRequestError(pointer="/mode", detail="a simulated provider moves no real money")
    if any(mark in secret for mark in _OF_OTHER_MODE[mode] for secret in credentials.values()):
        raise InvalidRequestError(pointer="/credentials", detail=f"these are not credentials for {mode} mode")
    url = registered.live_url if mode is ProviderMode.LIVE else registered.test_url
    if simulator_url is None:
        return HttpProvider(registered.speak(credentials, url), HttpTransport(url), clock, watchers)
    url = f"{simulator_url.rstrip('/')}/{name}"
    dialect = registered.speak(credentials, url)
    return HttpProvider(dialect, HttpTransport(url), clock, watchers, headers_of=_webhooks_to)
