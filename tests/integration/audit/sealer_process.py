"""A sealer in a process of its own, to be killed: `python sealer_process.py URL FOLDER TENANT SLUG BATCH`."""

import sys
from pathlib import Path
from uuid import UUID

from bankcore.errors import BankcoreError
from bankcore.identifiers import TenantId
from bankcore.tenancy.tenants import Tenant, TenantKind
from bankcore_infra.audit.sealing.last_notes import LastNotes
from bankcore_infra.audit.sealing.sealer import Sealer
from bankcore_infra.db.engine import Database
from bankcore_infra.identifiers import RandomIdentifiers
from bankcore_infra.keys.sealing_keys import SealingKeys

if __name__ == "__main__":
    url, folder, tenant_id, slug, batch = sys.argv[1:]
    tenant = Tenant(TenantId(UUID(tenant_id)), slug, slug.title(), TenantKind.TEST)
    keys, notes = SealingKeys.open(Path(folder)), LastNotes(Path(folder))
    sealer = Sealer(Database(url, pool_size=1), keys, notes, RandomIdentifiers(), batch=int(batch))
    sys.stdout.write("sealing\n")
    sys.stdout.flush()
    while True:
        try:
            sealer.seal_step(tenant)
        except BankcoreError as error:
            # A place in the queue that was waited for too long, as it happens behind a sealer that is being killed.
            sys.stderr.write(f"{error.code}\n")
