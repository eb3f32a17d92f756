"""How providers do, for administrators."""

from collections.abc import Callable
from typing import Annotated

from typing_extensions import TypedDict

from bankcore.identifiers import TenantId
from bankcore.payments.health import CircuitState, ConfigHealth, WatchProviders
from bankcore.permissions import Permission
from bankcore.providers.ports import ProviderHealth
from bankcore_http.answering import members
from bankcore_http.answering.envelope import Answer
from bankcore_http.answering.members import Doc, Word
from bankcore_http.answering.wire import render_instant
from bankcore_http.auth import BearerToken, Caller
from bankcore_http.blueprint import Blueprint


class ProviderHealthShape(TypedDict):
    """How a configuration does."""

    id: Annotated[members.Id, Doc(example="019c1406-3400-7000-8000-0000000000c1")]
    name: Annotated[str, Doc(example="paystack")]
    provider: Annotated[str, Doc(example="paystack")]
    enabled: bool
    circuit: Annotated[str, Word(*CircuitState)]
    openUntil: members.Instant | None
    failuresInARow: members.Count
    health: Annotated[str, Word(*ProviderHealth)] | None
    checkedAt: members.Instant | None


def tell_health(blueprint: Blueprint, watch_of: Callable[[TenantId], WatchProviders], caller: BearerToken) -> None:
    """Add `/health` to the configurations."""

    @blueprint.route("/health")
    @blueprint.takes(caller.who_may(Permission.PROVIDERS_READ))
    @blueprint.response(200, ProviderHealthShape, many=True)
    def list_provider_health(caller: Caller) -> Answer:
        """Tell how providers do, lowest priority first.

        For administrators. An enabled one is asked once a minute; `health` is null before its first answer.
        """
        return Answer([present_health(health) for health in watch_of(caller.principal.tenant_id).list_health()])


def present_health(health: ConfigHealth) -> ProviderHealthShape:
    """How a configuration does."""
    answer = health.answer
    return {
        "id": str(health.config.id),
        "name": health.config.name,
        "provider": health.config.provider,
        "enabled": health.config.is_enabled,
        "circuit": health.state,
        "openUntil": None if health.open_until is None else render_instant(health.open_until),
        "failuresInARow": health.failures_in_a_row,
        "health": None if answer is None else answer.health,
        "checkedAt": None if answer is None else render_instant(answer.at),
    }
