"""API keys as a capability: administrators manage them, and every request may come with one."""

from typing import Final

from bankcore.api_keys.authenticate import ApiKeyDirectory
from bankcore.api_keys.manage import ManageApiKeys
from bankcore.api_keys.ports import ApiKeyQueries, KeySecrets
from bankcore.identifiers import TenantId
from bankcore_infra.capability import BankParts, Capability, TenantParts
from bankcore_infra.settings import SettingsError


def _secrets(parts: BankParts) -> KeySecrets:
    from bankcore_infra.api_keys.secrets_of_keys import RandomKeySecrets
    from bankcore_infra.keys.key_files import UnusableKeyError
    from bankcore_infra.keys.key_ring import KeyRing

    try:
        return RandomKeySecrets(KeyRing.open(parts.keys_dir).keyed_hash("api-key"))
    except UnusableKeyError as error:
        raise SettingsError("BANKCORE_DATA_DIR", str(error)) from None


def _directory(parts: BankParts) -> ApiKeyDirectory:
    from bankcore_infra.api_keys.uses import SqlApiKeyUses
    from bankcore_infra.db.transactions import OwnTransactions

    def uses_of(tenant_id: TenantId) -> SqlApiKeyUses:
        return SqlApiKeyUses(OwnTransactions(parts.database, tenant_id))

    return ApiKeyDirectory(parts.tenant_names, _secrets(parts), uses_of)


def _manage(parts: TenantParts) -> ManageApiKeys:
    from bankcore_infra.api_keys.store import api_key_units
    from bankcore_infra.tenancy.directory import SqlTenantDirectory

    kind = SqlTenantDirectory(parts.bank.database).get_tenant(parts.tenant_id).kind
    return ManageApiKeys(
        tenant_id=parts.tenant_id,
        kind=kind,
        units=api_key_units(parts.transactions, parts.bank.unit),
        secrets=_secrets(parts.bank),
        ids=parts.bank.unit.ids,
    )


def _queries(parts: TenantParts) -> ApiKeyQueries:
    from bankcore_infra.api_keys.store import SqlApiKeyQueries

    return SqlApiKeyQueries(parts.transactions)


API_KEYS: Final = Capability(
    name="api_keys",
    shared={ApiKeyDirectory: _directory},
    services={ManageApiKeys: _manage, ApiKeyQueries: _queries},
)
