"""The bank that a command works on."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bankcore_infra.cli.installations import installation_at
from bankcore_infra.cli.running_simulator import find_running_simulator
from bankcore_infra.environment import load_settings
from bankcore_infra.wiring import Bank, TenantBank


@contextmanager
def bank_at(data_dir: Path | None, *, may_be_new: bool = False) -> Iterator[Bank]:
    """The bank on those servers. Raises: NoBankError."""
    with installation_at(data_dir, may_be_new=may_be_new) as installation:
        simulator = find_running_simulator(load_settings(data_dir=data_dir))
        bank = Bank(installation, load_settings(data_dir=data_dir, provider_simulator_url=simulator))
        try:
            yield bank
        finally:
            bank.disconnect()


def tenant_of(bank: Bank, slug: str) -> TenantBank:
    """The tenant of that slug, also while it is suspended, for what only looks or takes away. Raises: NotFoundError."""
    return bank.tenant_by_id(bank.find_tenant(slug).id)
