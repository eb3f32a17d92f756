"""Settlement files of providers for operators: compared with our payments, and nothing is posted."""

from collections.abc import Sequence
from uuid import UUID

from bankcore.errors import NotFoundError
from bankcore.payments.configuration_ports import ProviderConfigQueries
from bankcore.payments.configurations import ProviderConfig
from bankcore.permissions import Permission
from bankcore.services import Services
from bankcore.settlements.compare import CompareSettlement
from bankcore_http.auth import BearerToken, Caller
from bankcore_http.blueprint import Blueprint
from bankcore_http.settlements.shapes import SettlementComparisonShape, SettlementFileBody, present_comparison


def settlements_blueprint(services: Services, caller: BearerToken) -> Blueprint:
    """`/v1/admin/providers/.../settlements`, of the operator's tenant."""
    blueprint = Blueprint("settlements", url_prefix="/v1/admin/providers", description="Settlement files of providers")
    compare_of, configs_of = services.each(CompareSettlement), services.each(ProviderConfigQueries)

    @blueprint.route("/<uuid:config_id>/settlements", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.RECONCILIATION_RUN))
    @blueprint.arguments(SettlementFileBody)
    @blueprint.response(200, SettlementComparisonShape)
    @blueprint.raises(NotFoundError)
    def compare_settlement(caller: Caller, body: SettlementFileBody, *, config_id: UUID) -> SettlementComparisonShape:
        """Compare the settlement file (CSV) of a provider with our payments, to the minor unit.

        For operators. Each line is matched or listed. If a line is wrong, every wrong one is named and nothing is
        compared. Nothing is stored or posted.
        """
        tenant_id = caller.principal.tenant_id
        config = _configured(configs_of(tenant_id).list_configs(), config_id)
        lines = body.lines_of(config.provider)
        return present_comparison(compare_of(tenant_id)(config.id, lines, period=body.period))

    return blueprint


def _configured(configs: Sequence[ProviderConfig], config_id: UUID) -> ProviderConfig:
    found = next((config for config in configs if config.id == config_id), None)
    if found is None:
        raise NotFoundError(resource="provider_config", identifier=str(config_id))
    return found
