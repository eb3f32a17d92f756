"""Tenants: list, make, suspend, resume, and set what differs from one to another."""

from bankcore.errors import NotFoundError, OutcomeUnknownError
from bankcore.origin import Origin
from bankcore.services import Services
from bankcore.tenancy.administration import TenantAdministration
from bankcore.tenancy.tenants import TenantExistsError
from bankcore_http.answering.envelope import Answer
from bankcore_http.blueprint import Blueprint
from bankcore_http.tenancy.access import OperatorToken
from bankcore_http.tenancy.shapes import (
    TenantBody,
    TenantSettingBody,
    TenantSettingsShape,
    TenantShape,
    TenantStatusBody,
    present_settings,
    present_tenant,
)


def tenants_blueprint(services: Services, token: str) -> Blueprint:
    """`/v1/installation/tenants`. Every change is a PUT, which may be sent twice and happens once."""
    tenants, operator = services.get(TenantAdministration), OperatorToken(token)
    blueprint = Blueprint("tenants", url_prefix="/v1/installation/tenants", description="The banks of one installation")

    @blueprint.route("")
    @blueprint.takes(operator)
    @blueprint.response(200, TenantShape, many=True)
    def list_tenants(_origin: Origin) -> list[TenantShape]:
        """List all tenants, by slug."""
        return [present_tenant(tenant) for tenant in tenants.list_tenants()]

    @blueprint.route("/<slug>")
    @blueprint.takes(operator)
    @blueprint.response(200, TenantShape)
    @blueprint.raises(NotFoundError)
    def get_tenant(_origin: Origin, *, slug: str) -> TenantShape:
        """Read one tenant."""
        return present_tenant(tenants.get_tenant(slug))

    @blueprint.route("/<slug>", methods=["PUT"])
    @blueprint.takes(operator)
    @blueprint.arguments(TenantBody)
    @blueprint.response(201, TenantShape, message="Tenant made")
    @blueprint.raises(TenantExistsError, OutcomeUnknownError)
    def ensure_tenant(origin: Origin, body: TenantBody, *, slug: str) -> Answer:
        """Make a tenant, unless it is there: 201 if it was made, 200 if it is the same already."""
        ensured = tenants.ensure_tenant(body.new(slug), origin=origin)
        return Answer(present_tenant(ensured.tenant), status=201 if ensured.is_new else 200)

    @blueprint.route("/<slug>/status", methods=["PUT"])
    @blueprint.takes(operator)
    @blueprint.arguments(TenantStatusBody)
    @blueprint.response(200, TenantShape, message="Status set")
    @blueprint.raises(NotFoundError, OutcomeUnknownError)
    def change_tenant_status(origin: Origin, body: TenantStatusBody, *, slug: str) -> TenantShape:
        """Suspend a tenant, or resume it."""
        return present_tenant(tenants.change_status(slug, body.status, reason=body.reason, origin=origin))

    @blueprint.route("/<slug>/settings")
    @blueprint.takes(operator)
    @blueprint.response(200, TenantSettingsShape)
    @blueprint.raises(NotFoundError)
    def list_tenant_settings(_origin: Origin, *, slug: str) -> TenantSettingsShape:
        """Read what counts for a tenant."""
        return present_settings(tenants.list_settings(slug))

    @blueprint.route("/<slug>/settings/<name>", methods=["PUT"])
    @blueprint.takes(operator)
    @blueprint.arguments(TenantSettingBody)
    @blueprint.response(200, TenantSettingsShape, message="Setting changed")
    @blueprint.raises(NotFoundError, OutcomeUnknownError)
    def change_tenant_setting(origin: Origin, body: TenantSettingBody, *, slug: str, name: str) -> TenantSettingsShape:
        """Set something for a tenant, or without a value go back to the default."""
        tenants.change_setting(slug, name, body.value, origin=origin)
        return present_settings(tenants.list_settings(slug))

    return blueprint
