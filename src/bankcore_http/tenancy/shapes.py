"""What the routes of tenants take and show."""

from collections.abc import Mapping
from typing import Annotated, Final

from typing_extensions import TypedDict

from bankcore.tenancy.administration import NewTenant
from bankcore.tenancy.tenants import NAME_LENGTH_MAX, Tenant, TenantKind, TenantStatus
from bankcore_http.answering import members
from bankcore_http.answering.members import Doc, Word
from bankcore_http.reading import fields
from bankcore_http.reading.shapes import BodyShape

_VALUE_LENGTH_MAX: Final = 1_000
_Status = Annotated[TenantStatus, fields.word_of(TenantStatus, "a status is active or suspended")]


class TenantBody(BodyShape):
    """A tenant that is to be there."""

    name: Annotated[str, fields.text(NAME_LENGTH_MAX), Doc(example="Second Bank")]
    kind: Annotated[TenantKind, fields.word_of(TenantKind, "a kind is live or test"), Doc(example="test")]

    def new(self, slug: str) -> NewTenant:
        """The tenant. Raises: InvalidRequestError."""
        return NewTenant(slug=slug, name=self.name, kind=self.kind)


class TenantStatusBody(BodyShape):
    """Whether the tenant is to be at work, and why."""

    status: Annotated[_Status, Doc(example="suspended")]
    reason: fields.Reference


class TenantSettingBody(BodyShape):
    """What is to count for the tenant; without a value, the default."""

    value: Annotated[fields.Omissible[Annotated[str, fields.text(_VALUE_LENGTH_MAX)]], Doc(example="closed")] = None


class TenantShape(TypedDict):
    """A bank of its own."""

    id: members.Id
    slug: Annotated[str, Doc(example="second")]
    name: Annotated[str, Doc(example="Second Bank")]
    kind: Annotated[str, Word(*TenantKind)]
    status: Annotated[str, Word(*TenantStatus)]


class TenantSettingsShape(TypedDict):
    """What counts for a tenant, by the names of all settings."""

    settings: dict[str, str]


def present_tenant(tenant: Tenant) -> TenantShape:
    """The tenant as it is shown."""
    return {
        "id": str(tenant.id),
        "slug": tenant.slug,
        "name": tenant.name,
        "kind": tenant.kind,
        "status": tenant.status,
    }


def present_settings(settings: Mapping[str, str]) -> TenantSettingsShape:
    """The settings as they are shown."""
    return {"settings": dict(settings)}
