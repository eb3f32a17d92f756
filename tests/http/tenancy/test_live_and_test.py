"""Live and test never meet: what is of a tenant of one kind opens nothing in one of the other, in both directions."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import digest
from typing import Final
from uuid import UUID

import pytest
from werkzeug.test import TestResponse

from bankcore.api_keys.key_text import ApiKeyText
from bankcore.api_keys.manage import CreateApiKey, ManageApiKeys
from bankcore.errors import InvalidRequestError
from bankcore.identifiers import TenantId
from bankcore.identity.create_user import NewUser
from bankcore.identity.services import IdentityDirectory
from bankcore.identity.users import Role
from bankcore.origin import Origin
from bankcore.payments.configurations import ProviderConfigId
from bankcore.payments.configure import ConfigureProviders, WantedConfig
from bankcore.payments.webhook_names import NamedConfig
from bankcore.permissions import Permission
from bankcore.tenancy.tenants import Tenant, TenantKind
from bankcore.webhooks.service import WantedEndpoint, Webhooks
from bankcore_infra.clock import SystemClock
from bankcore_infra.identifiers import RandomIdentifiers
from bankcore_infra.tenancy.new_tenant import create_tenant
from tests.worlds.documented_bank import DocumentedBank, documented_bank
from tests.worlds.identity import PASSWORD

pytestmark = [pytest.mark.timeout(180), pytest.mark.security]

EMAIL: Final = "asha@example.com"
_IDS: Final = RandomIdentifiers()
_SOMEBODY: Final = Origin(actor_type="system", actor_id="test")


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A tenant of one kind, with a key, an admin, an account, a configuration of a provider and an endpoint."""

    bank: DocumentedBank
    tenant: Tenant
    key: str = field(repr=False)
    token: str = field(repr=False)
    account_id: str
    config_id: str
    webhook_secret: str
    endpoint_id: str

    def ask(self, path: str, **headers: str) -> TestResponse:
        return self.bank.application.test_client().get(path, headers=headers)

    def is_told(self, address: NamedConfig, secret: str) -> TestResponse:
        """What a provider is answered that tells that address of a payment, signed with that secret."""
        about = {"id": "cs_1", "object": "checkout.session", "client_reference_id": "x"}
        said = {"id": "evt_1", "object": "event", "type": "checkout.session.completed", "data": {"object": about}}
        body, now = json.dumps(said).encode(), str(int(SystemClock().now().timestamp()))
        signed = digest(secret.encode(), now.encode() + b"." + body, sha256).hex()
        headers = {"Stripe-Signature": f"t={now},v1={signed}"}
        return self.bank.application.test_client().post(address.webhook_path, data=body, headers=headers)

    def named(self, config_id: str) -> NamedConfig:
        """The configuration with that id, as if it were of this tenant."""
        return NamedConfig(self.tenant.id, ProviderConfigId(UUID(config_id)))


def _new_side(bank: DocumentedBank, kind: TenantKind) -> Side:
    tenant = Tenant(TenantId(_IDS.new_id()), f"{kind}-bank", kind, kind)
    create_tenant(bank.bank.database, tenant, _IDS, origin=_SOMEBODY)
    own = bank.bank.tenant(tenant.slug)
    wanted = CreateApiKey(name="all", scopes=frozenset({Permission.ACCOUNTS_READ, Permission.WEBHOOKS_READ}))
    key = own.get(ManageApiKeys).create(wanted, origin=_SOMEBODY).value.text
    assert key is not None
    new = NewUser(email=EMAIL, password=PASSWORD + kind, roles=frozenset({Role.ADMIN}))
    bank.bank.get(IdentityDirectory).at_slug(tenant.slug).create_user(new, origin=_SOMEBODY)
    secret = f"whsec_of_{kind}_0123456789"
    config_id = bank.add_provider(tenant.slug, "cards", "stripe", secret_key=f"sk_{kind}_0", webhook_secret=secret)
    url = WantedEndpoint(url="http://127.0.0.1:9/bank", events=["*"])
    return Side(
        bank=bank,
        tenant=tenant,
        key=key,
        token=_log_in(bank, tenant.slug, kind).get_json()["data"]["accessToken"],
        account_id=str(own.accounts.open(currency="NPR", owner_id="asha").id),
        config_id=config_id,
        webhook_secret=secret,
        endpoint_id=str(own.get(Webhooks).create(url, origin=_SOMEBODY).value.endpoint.id),
    )


def _log_in(bank: DocumentedBank, slug: str, kind: TenantKind) -> TestResponse:
    said = {"email": EMAIL, "password": PASSWORD + kind}
    return bank.application.test_client().post("/v1/auth/login", json=said, headers={"X-Tenant": slug})


@pytest.fixture(scope="module")
def sides() -> Iterator[dict[TenantKind, Side]]:
    with documented_bank() as bank:
        yield {kind: _new_side(bank, kind) for kind in TenantKind}


@pytest.fixture(params=list(TenantKind))
def pair(request: pytest.FixtureRequest, sides: dict[TenantKind, Side]) -> tuple[Side, Side]:
    """What is ours, and the tenant of the other kind where it is tried."""
    ours, other = request.param, next(kind for kind in TenantKind if kind is not request.param)
    return sides[ours], sides[other]


def test_a_key_finds_nothing_of_the_other_kind_and_is_none_under_its_name_or_with_its_tenant(
    pair: tuple[Side, Side],
) -> None:
    ours, other = pair
    key = ApiKeyText.read(ours.key)
    renamed = ApiKeyText(other.tenant.kind, key.tenant_id, key.secret).text
    moved = ApiKeyText(other.tenant.kind, other.tenant.id, key.secret).text
    there, here = f"/v1/accounts/{other.account_id}", f"/v1/accounts/{ours.account_id}"

    assert ours.key.startswith(f"bk_{ours.tenant.kind}_")
    assert ours.ask(here, **{"X-API-Key": ours.key}).status_code == 200
    assert ours.ask(there, **{"X-API-Key": ours.key, "X-Tenant": other.tenant.slug}).status_code == 404
    for forged in (renamed, moved):
        assert [ours.ask(path, **{"X-API-Key": forged}).status_code for path in (here, there)] == [401, 401]


def test_a_user_and_a_token_are_of_their_tenant_alone(pair: tuple[Side, Side]) -> None:
    ours, other = pair
    headers = {"Authorization": f"Bearer {ours.token}", "X-Tenant": other.tenant.slug}

    assert _log_in(ours.bank, other.tenant.slug, ours.tenant.kind).status_code == 401
    assert ours.ask(f"/v1/accounts/{other.account_id}", **headers).status_code == 404
    for path, own in (
        (f"/v1/accounts/{ours.account_id}", ours.account_id),
        ("/v1/admin/providers", ours.config_id),
        ("/v1/webhook-endpoints", ours.endpoint_id),
    ):
        found = ours.ask(path, **headers).get_json()["data"]
        assert [each["id"] for each in (found if isinstance(found, list) else [found])] == [own]


def test_credentials_of_the_other_kind_configure_no_provider(pair: tuple[Side, Side]) -> None:
    ours, other = pair
    configure = ours.bank.bank.tenant(ours.tenant.slug).get(ConfigureProviders)
    foreign = {"secret_key": f"sk_{other.tenant.kind}_0", "webhook_secret": other.webhook_secret}
    change = WantedConfig(credentials=foreign)

    with pytest.raises(InvalidRequestError, match=f"not credentials for {ours.tenant.kind} mode") as created:
        configure.create(WantedConfig(name="x", provider="stripe", credentials=foreign), origin=_SOMEBODY)
    with pytest.raises(InvalidRequestError, match=f"not credentials for {ours.tenant.kind} mode") as changed:
        configure.change(ProviderConfigId(UUID(ours.config_id)), change, origin=_SOMEBODY)
    assert (created.value.pointer, changed.value.pointer) == ("/credentials", "/credentials")


def test_a_webhook_is_heard_at_its_own_configuration_alone(pair: tuple[Side, Side]) -> None:
    ours, other = pair

    assert ours.is_told(ours.named(ours.config_id), ours.webhook_secret).status_code == 200
    assert ours.is_told(other.named(other.config_id), ours.webhook_secret).status_code == 401
    # The tenant in the address says where a configuration is looked for, and the other's is not found there.
    for foreign in (ours.named(other.config_id), other.named(ours.config_id)):
        assert ours.is_told(foreign, ours.webhook_secret).status_code == 404
