"""A tenant with two accounts and no cases, on each adapter of fraud's ports."""

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

from bankcore.errors import BankcoreError
from bankcore.fraud.activity import AccountActivity, History
from bankcore.fraud.cases import CaseStatus, FraudCase, FraudCaseId, Verdict
from bankcore.fraud.change_policy import ChangePolicy
from bankcore.fraud.examine import Examine
from bankcore.fraud.policy import FraudPolicy, VelocityLimits
from bankcore.fraud.ports import CaseFilter, FraudUnits, Known, Remembered, Span
from bankcore.fraud.review import DecideCase, Review
from bankcore.idempotency.answers import Accepted, Rejected
from bankcore.idempotency.keys import IdempotencyKey
from bankcore.ledger.accounts import Account
from bankcore.ledger.transactions import Transaction
from bankcore.origin import Origin
from bankcore.testing import FrozenClock, in_memory_bank
from bankcore.testing.bank import InMemoryBank
from bankcore.testing.fraud import FraudServices, in_memory_fraud, shares_of
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.fraud.unit import SqlFraudQueries, SqlFraudUnits
from tests.contract.adapters import holding_key
from tests.worlds.sql_bank import SqlBank
from tests.worlds.values import npr

OPERATOR: Final = Origin(actor_type="user", actor_id="operator-7", key_scope="operator-7")
NOWHERE: Final = FraudCaseId(UUID("019c1406-3400-7000-8000-000000000bad"))
# Each movement out of an account is a case by itself.
STRICT: Final = FraudPolicy(velocity=VelocityLimits(count_min=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class FraudAdapter:
    """A tenant with two accounts and no cases, on one adapter."""

    bank: InMemoryBank | SqlBank
    units: FraudUnits
    services: FraudServices
    fresh_policy: FraudPolicy
    hold_key: Callable[[IdempotencyKey], AbstractContextManager[None]]
    alice: Account
    bob: Account

    def known(self, *accounts: Account, beside: Collection[Account] = ()) -> Known:
        """What is known of these accounts, and of others beside them."""
        account_ids, others = [account.id for account in accounts], [account.id for account in beside]
        return self.units.run(lambda unit: unit.lock_known(account_ids, others))

    def remembered(self, account: Account) -> Remembered | None:
        """What is remembered of the account."""
        return self.known(account).activities.get(account.id)

    def history(self, account: Account, *, before: int) -> History:
        """The movements of the account in its entries before that one."""
        return self.units.run(lambda unit: unit.find_histories({account.id: Span(0, before)}))[account.id]

    def activity_of(self, account: Account, *, before: int) -> AccountActivity:
        """What all movements of the account before that entry make, one after another, under the strict policy."""
        history = self.history(account, before=before)
        return AccountActivity.before(history).after_all(history.movements, STRICT)

    def examine(self, account: Account, transaction: Transaction) -> FraudCase | None:
        """Examine the transaction as that account met it."""
        cases = self.examine_page((account, transaction))
        return cases[0] if cases else None

    def examine_page(self, *page: tuple[Account, Transaction]) -> list[FraudCase]:
        """Examine these transactions together, as those accounts met them."""
        examine = Examine(self.bank.tenant_id, self.bank.ids, "fraud")
        movements = [shares_of(transaction).met_by(account.id) for account, transaction in page]
        return self.units.run(lambda unit: examine(unit, movements))

    def withdraw(self, amount: str = "1") -> Transaction:
        """Some money of Alice's leaves."""
        return self.bank.ledger.withdraw(self.alice.id, npr(amount))

    def open_case(self) -> FraudCase:
        """A new case of Alice's, more than which is there already does not matter to."""
        for case in self.services.queries.list_cases(CaseFilter(status=CaseStatus.OPEN), limit=100):
            self.services.review(
                DecideCase(case_id=case.id, verdict=Verdict.CLEARED, note="to make room"), origin=OPERATOR
            )
        opened = self.examine(self.alice, self.withdraw())
        assert opened is not None
        return opened

    def set_policy(self, policy: FraudPolicy) -> None:
        """Change the policy as the operator."""
        self.services.change_policy(policy, origin=OPERATOR)

    def decide(
        self, case_id: FraudCaseId, verdict: Verdict = Verdict.CLEARED, *, key: str | None = None, note: str = "a call"
    ) -> Accepted[FraudCase] | Rejected:
        """Decide as the operator."""
        command = DecideCase(case_id=case_id, verdict=verdict, note=note, idempotency_key=key)
        try:
            return self.services.review(command, origin=OPERATOR)
        except BankcoreError as refusal:
            return Rejected(refusal, refusal.replayed)


def in_memory_fraud_adapter(clock: FrozenClock) -> FraudAdapter:
    """On the adapters that are shipped to users for their tests."""
    bank = in_memory_bank(clock=clock)
    made = in_memory_fraud(bank)

    return _with_accounts(bank, made.units, made.services, made.units.holding_key)


def postgresql_fraud_adapter(bank: SqlBank) -> FraudAdapter:
    """On the adapters that keep real cases."""
    transactions = OwnTransactions(bank.database, bank.tenant_id)
    units = SqlFraudUnits(transactions, bank.unit)
    services = FraudServices(
        Review(units),
        SqlFraudQueries(transactions),
        ChangePolicy(units),
    )

    return _with_accounts(bank, units, services, partial(holding_key, bank))


def _with_accounts(
    bank: InMemoryBank | SqlBank,
    units: FraudUnits,
    services: FraudServices,
    hold_key: Callable[[IdempotencyKey], AbstractContextManager[None]],
) -> FraudAdapter:
    fresh_policy = services.queries.get_policy()
    services.change_policy(STRICT, origin=OPERATOR)
    alice, bob = (bank.accounts.open(currency="NPR", owner_id=owner) for owner in ("alice", "bob"))
    bank.ledger.deposit(alice.id, npr("1000"))
    return FraudAdapter(
        bank=bank,
        units=units,
        services=services,
        fresh_policy=fresh_policy,
        hold_key=hold_key,
        alice=alice,
        bob=bob,
    )
