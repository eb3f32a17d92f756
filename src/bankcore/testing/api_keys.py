"""API keys in memory: the real use cases, on keys that vanish with the test."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import count

from bankcore.api_keys.authenticate import ApiKeyDirectory
from bankcore.api_keys.keys import ApiKey, ApiKeyId
from bankcore.api_keys.manage import ManageApiKeys
from bankcore.api_keys.ports import ApiKeyQueries, ApiKeyUnit, ApiKeyUses, KeySecrets, KnownKey
from bankcore.identity.demands import NO_DEMANDS, FactorDemands
from bankcore.tenancy.tenants import TenantKind
from bankcore.testing.bank import InMemoryBank
from bankcore.testing.identity import in_memory_identity
from bankcore.testing.sections import Section
from bankcore.testing.unit_of_work import InMemoryLedgerUnit
from bankcore.testing.units import InMemoryUnit, InMemoryUnits


@dataclass(slots=True)
class StoredApiKeys(Section):
    """The keys of one tenant by the digests of their texts, in the order in which they came."""

    all: dict[bytes, ApiKey] = field(default_factory=dict)
    is_tenant_suspended: bool = False
    demands: FactorDemands = NO_DEMANDS

    def replace_key(self, key: ApiKey) -> None:
        """Store the key in the place of what it was."""
        self.all.update({digest: key for digest, each in self.all.items() if each.id == key.id})


class CountedKeySecrets(KeySecrets):
    """Secrets that are the same in every run, and digests that anybody can make."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def new_secret(self) -> bytes:
        return sha256(str(next(self._numbers)).encode()).digest()

    def digest_of(self, text: str) -> bytes:
        return sha256(text.encode()).digest()


class InMemoryApiKeyUnit(InMemoryUnit, ApiKeyUnit):
    """Keys of one tenant inside one unit of work, on a draft."""

    def __init__(self, ledger_unit: InMemoryLedgerUnit, bank: InMemoryBank, stored: StoredApiKeys) -> None:
        super().__init__(ledger_unit, bank)
        self._draft = ledger_unit.draft.section(stored)

    def add_key(self, key: ApiKey, digest: bytes) -> None:
        self._draft.all[digest] = key

    def find_key(self, key_id: ApiKeyId) -> ApiKey | None:
        return next((key for key in self._draft.all.values() if key.id == key_id), None)

    def find_key_by(self, digest: bytes) -> ApiKey | None:
        return self._draft.all.get(digest)

    def lock_key(self, key_id: ApiKeyId) -> ApiKey | None:
        return self.find_key(key_id)

    def end_key(self, key: ApiKey) -> None:
        self._draft.replace_key(key)


class InMemoryApiKeys(ApiKeyQueries, ApiKeyUses):
    """The committed keys of one tenant."""

    def __init__(self, stored: StoredApiKeys, bank: InMemoryBank) -> None:
        self._stored = stored
        self._bank = bank

    def list_keys(self, *, before: ApiKeyId | None = None, limit: int) -> Sequence[ApiKey]:
        latest_first = reversed(self._stored.all.values())
        return [key for key in latest_first if before is None or key.id < before][:limit]

    def find_used_key(self, digest: bytes) -> KnownKey | None:
        key = self._stored.all.get(digest)
        stored = self._stored
        return (
            None if key is None else KnownKey(key, self._bank.clock.now(), stored.is_tenant_suspended, stored.demands)
        )

    def suspend_tenant(self) -> None:
        """Let no service work for the tenant."""
        self._stored.is_tenant_suspended = True

    def demand(self, demands: FactorDemands) -> None:
        """Let the tenant demand that."""
        self._stored.demands = demands

    def note_use(self, key_id: ApiKeyId) -> None:
        for key in list(self._stored.all.values()):
            if key.id == key_id:
                self._stored.replace_key(replace(key, last_used_at=self._bank.clock.now()))


@dataclass(frozen=True, slots=True, kw_only=True)
class InMemoryKeyServices:
    """What one tenant's API keys offer."""

    manage: ManageApiKeys
    queries: InMemoryApiKeys
    directory: ApiKeyDirectory


def in_memory_api_keys(bank: InMemoryBank, *, kind: TenantKind = TenantKind.LIVE) -> InMemoryKeyServices:
    """No keys yet, for the tenant `main` of that bank, which is of that kind."""
    stored, secrets = StoredApiKeys(), CountedKeySecrets()
    bank.books.add_section(stored)
    units = InMemoryUnits(bank, lambda unit: InMemoryApiKeyUnit(unit, bank, stored))
    keys = InMemoryApiKeys(stored, bank)
    manage = ManageApiKeys(tenant_id=bank.tenant_id, kind=kind, units=units, secrets=secrets, ids=bank.ids)
    directory = ApiKeyDirectory(in_memory_identity(bank), secrets, lambda _tenant_id: keys)
    return InMemoryKeyServices(manage=manage, queries=keys, directory=directory)
