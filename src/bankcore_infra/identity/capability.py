"""Identity as a capability: users, their sessions, and who a token stands for."""

from collections.abc import Sequence
from datetime import time
from typing import Final

from bankcore.identifiers import TenantId
from bankcore.identity.services import IdentityDirectory
from bankcore_infra.capability import BankParts, Capability
from bankcore_infra.identity.settings import IdentitySettings
from bankcore_infra.schedule import NIGHTLY_ZONE, DailyJob, KeepAlive


def _directory(parts: BankParts) -> IdentityDirectory:
    from bankcore_infra.identity.opening import open_identity

    return open_identity(parts)


def _jobs(parts: BankParts) -> Sequence[DailyJob]:
    from bankcore_infra.identity.pruning import prune_identity

    def prune(tenant_id: TenantId, keep_alive: KeepAlive) -> None:
        prune_identity(parts.database, tenant_id, keep_alive)

    return (DailyJob(name="identity_pruning", at=time(3, 45), zone=NIGHTLY_ZONE, run=prune),)


IDENTITY: Final = Capability(
    name="identity", settings=IdentitySettings, shared={IdentityDirectory: _directory}, jobs=_jobs
)
