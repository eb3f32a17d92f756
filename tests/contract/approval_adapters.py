"""Sita with a thousand rupees, Ram without any, and an operator, on each adapter of the ports of approvals."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from bankcore.approvals.approvals import Approvable, Approval, ApprovalId
from bankcore.approvals.ports import ApprovalQueries, ApprovalUnits
from bankcore.approvals.service import Approvals
from bankcore.errors import BankcoreError
from bankcore.idempotency.answers import Accepted
from bankcore.ledger.accounts import Account
from bankcore.ledger.commands import Transfer, Withdraw
from bankcore.origin import Origin
from bankcore.testing import FrozenClock, in_memory_bank
from bankcore.testing.approvals import in_memory_approvals
from bankcore.testing.bank import InMemoryBank
from bankcore_infra.approvals.unit import SqlApprovalQueries, SqlApprovalUnits
from bankcore_infra.db.transactions import OwnTransactions
from tests.worlds.sql_bank import SqlBank
from tests.worlds.values import npr

NOWHERE: Final = ApprovalId(UUID("019c1406-3400-7000-8000-000000000bad"))
SITA: Final = Origin(actor_type="user", actor_id="sita", owner_id="sita", key_scope="sita")
RAM: Final = Origin(actor_type="user", actor_id="ram", owner_id="ram", key_scope="ram")
ASHA: Final = Origin(actor_type="user", actor_id="asha", key_scope="asha")
"""An operator."""
BINA: Final = Origin(actor_type="user", actor_id="bina", key_scope="bina")
"""Another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalAdapter:
    """Two holders and no approvals, on one adapter."""

    bank: InMemoryBank | SqlBank
    units: ApprovalUnits
    service: Approvals
    queries: ApprovalQueries
    let_time_pass: Callable[[timedelta], object]
    sita: Account
    ram: Account

    def transfer(self, amount: str = "700") -> Transfer:
        """So much from Sita to Ram."""
        return Transfer(self.sita.id, self.ram.id, npr(amount), reference="a car", metadata={"order": "7"})

    def request(self, command: Approvable | None = None, *, origin: Origin = SITA) -> Approval:
        """What Sita wants, by default a transfer to Ram."""
        return self.service.request(command or self.transfer(), origin=origin).value

    def withdrawal(self, amount: str = "700") -> Approval:
        """A withdrawal that Sita wants."""
        return self.request(Withdraw(self.sita.id, npr(amount)))

    def available(self, account: Account) -> str:
        """What is on the account."""
        return self.bank.accounts.balance(account.id).available.to_decimal_string()


def refusal_of(call: Callable[[], Accepted[Approval]]) -> BankcoreError | None:
    """What the call is refused with, if it is."""
    try:
        call()
    except BankcoreError as refusal:
        return refusal
    return None


def in_memory_approval_adapter(clock: FrozenClock) -> ApprovalAdapter:
    """On the adapters that are shipped to users for their tests."""
    bank = in_memory_bank(clock=clock)
    made = in_memory_approvals(bank)
    return _with_accounts(bank, made.units, made.queries, clock.advance)


def postgresql_approval_adapter(bank: SqlBank) -> ApprovalAdapter:
    """On the adapters that keep real approvals."""
    transactions = OwnTransactions(bank.database, bank.tenant_id)

    def let_time_pass(time: timedelta) -> None:
        bank.scratch.execute(
            "UPDATE bankcore.approvals SET (requested_at, expires_at) = (requested_at - a, expires_at - a)"
            " FROM (SELECT %s::interval AS a) AS passing WHERE status = 'pending'",
            time,
        )

    units = SqlApprovalUnits(transactions, bank.unit)
    return _with_accounts(bank, units, SqlApprovalQueries(transactions), let_time_pass)


def _with_accounts(
    bank: InMemoryBank | SqlBank,
    units: ApprovalUnits,
    queries: ApprovalQueries,
    let_time_pass: Callable[[timedelta], object],
) -> ApprovalAdapter:
    sita, ram = (bank.accounts.open(currency="NPR", owner_id=owner) for owner in ("sita", "ram"))
    bank.ledger.deposit(sita.id, npr("1000"))
    return ApprovalAdapter(
        bank=bank,
        units=units,
        service=Approvals(units),
        queries=queries,
        let_time_pass=let_time_pass,
        sita=sita,
        ram=ram,
    )
