"""Disbursements in memory: the real rules and use cases, on disbursements that vanish with the test."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from bankcore.disbursements.disbursements import Disbursement, DisbursementId, DisbursementStatus
from bankcore.disbursements.follow import FollowDisbursements
from bankcore.disbursements.heed import HeedPayoutNotices
from bankcore.disbursements.ports import DisbursementQueries, DisbursementUnit
from bankcore.disbursements.request import RequestDisbursements
from bankcore.disbursements.service import DecideDisbursements
from bankcore.errors import LedgerInvariantError, NotFoundError
from bankcore.payments.circuits import Circuits
from bankcore.payments.configurations import ProviderConfigId
from bankcore.payments.open_accounts import OpenProviderAccounts
from bankcore.payments.ports import PaymentUnits, Providers
from bankcore.providers.payouts import PayoutDestination
from bankcore.testing.bank import InMemoryBank
from bankcore.testing.circuits import InMemoryCircuitStore
from bankcore.testing.sections import Section
from bankcore.testing.unit_of_work import InMemoryLedgerUnit
from bankcore.testing.units import InMemoryUnit, InMemoryUnits


@dataclass(slots=True)
class StoredDisbursements(Section):
    """The disbursements of one tenant."""

    all: dict[DisbursementId, Disbursement] = field(default_factory=dict)
    destinations: dict[DisbursementId, PayoutDestination] = field(default_factory=dict)


class InMemoryDisbursementUnit(InMemoryUnit, DisbursementUnit):
    """Disbursements and books of one tenant inside one unit of work, on a draft."""

    def __init__(self, ledger_unit: InMemoryLedgerUnit, bank: InMemoryBank, stored: StoredDisbursements) -> None:
        super().__init__(ledger_unit, bank)
        self._draft = ledger_unit.draft.section(stored)

    def add_disbursement(self, disbursement: Disbursement, destination: PayoutDestination) -> None:
        self._draft.all[disbursement.id] = disbursement
        self._draft.destinations[disbursement.id] = destination

    def find_disbursement(self, disbursement_id: DisbursementId) -> Disbursement | None:
        return self._draft.all.get(disbursement_id)

    def get_destination(self, disbursement_id: DisbursementId) -> PayoutDestination:
        """Where it goes; LedgerInvariantError."""
        destination = self._draft.destinations.get(disbursement_id)
        if destination is None:
            raise LedgerInvariantError(f"disbursement {disbursement_id} has no destination")
        return destination

    def lock_disbursement(self, disbursement_id: DisbursementId) -> Disbursement | None:
        return self._draft.all.get(disbursement_id)

    def lock_due_disbursement(self, *, passing_over: Collection[ProviderConfigId]) -> Disbursement | None:
        others = [each for each in self._draft.all.values() if each.config_id not in passing_over]
        due = [(each.due_at, each.id) for each in others if each.due_at is not None]
        first = min(due, default=None)
        return None if first is None or first[0] > self.opened_at else self._draft.all[first[1]]

    def update_disbursement(self, disbursement: Disbursement) -> None:
        self._draft.all[disbursement.id] = disbursement


class InMemoryDisbursementQueries(DisbursementQueries):
    """The committed disbursements of one tenant."""

    def __init__(self, stored: StoredDisbursements) -> None:
        self._stored = stored

    def get_disbursement(self, disbursement_id: DisbursementId, *, owner_id: str | None = None) -> Disbursement:
        """The disbursement; NotFoundError."""
        disbursement = self._stored.all.get(disbursement_id)
        if disbursement is None or not disbursement.is_shown_to(owner_id):
            raise NotFoundError(resource="disbursement", identifier=str(disbursement_id))
        return disbursement

    def list_disbursements(
        self,
        *,
        owner_id: str | None = None,
        status: DisbursementStatus | None = None,
        before: DisbursementId | None = None,
        limit: int,
    ) -> Sequence[Disbursement]:
        latest = sorted(self._stored.all.values(), key=lambda each: each.id, reverse=True)
        shown = [each for each in latest if each.is_shown_to(owner_id) and status in {None, each.status}]
        return [each for each in shown if before is None or each.id < before][:limit]

    def list_in_review(self, *, limit: int) -> Sequence[Disbursement]:
        waiting = [(each.review_since, each.id) for each in self._stored.all.values() if each.review_since is not None]
        return [self._stored.all[disbursement_id] for _since, disbursement_id in sorted(waiting)][:limit]


@dataclass(frozen=True, slots=True, kw_only=True)
class InMemoryDisbursements:
    """What one tenant's disbursements offer, with what workers do for a test to call."""

    units: InMemoryUnits[InMemoryDisbursementUnit]
    request: RequestDisbursements
    decide: DecideDisbursements
    follow: FollowDisbursements
    heed: HeedPayoutNotices
    queries: InMemoryDisbursementQueries


def in_memory_disbursements(
    bank: InMemoryBank, notices: PaymentUnits, providers: Providers, circuits: Circuits | None = None
) -> InMemoryDisbursements:
    """No disbursements yet, with the `units` and through the `providers` of `in_memory_payments(bank)`.

    With the circuits of its payments, what fails there is left alone here too.
    """
    stored = StoredDisbursements()
    bank.books.add_section(stored)
    units = InMemoryUnits(bank, lambda unit: InMemoryDisbursementUnit(unit, bank, stored))
    return InMemoryDisbursements(
        units=units,
        request=RequestDisbursements(
            units=units,
            accounts=bank.queries,
            providers=providers,
            open_accounts=OpenProviderAccounts(bank.tenant_id, bank.ledger, bank.queries),
            new_id=bank.ids.new_id,
        ),
        decide=DecideDisbursements(bank.tenant_id, units),
        follow=FollowDisbursements(
            bank.tenant_id, units, providers, circuits or Circuits(InMemoryCircuitStore(bank.clock), bank.clock)
        ),
        heed=HeedPayoutNotices(notices, units),
        queries=InMemoryDisbursementQueries(stored),
    )
