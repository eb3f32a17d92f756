"""One suite for both adapters of fraud's ports: what is found, what is kept, and what is decided once."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

import pytest

from bankcore.errors import InvalidRequestError, InvalidStateError, NotFoundError
from bankcore.fraud.activity import ENTRIES_MAX, AccountActivity, Direction, Movement
from bankcore.fraud.cases import CaseStatus, FraudCase, FraudCaseId, Verdict
from bankcore.fraud.examine import Examine, PostedMovement
from bankcore.fraud.policy import FraudPolicy, LargeLimits, StructuringLimits, VelocityLimits
from bankcore.fraud.ports import CaseFilter, FraudUnits
from bankcore.fraud.review import DecideCase, Decided, Review
from bankcore.fraud.services import FraudServices
from bankcore.fraud.signals import Rule
from bankcore.idempotency.keys import IdempotencyInProgressError, IdempotencyKey, IdempotencyKeyReusedError
from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import Account, AccountKind, AccountStatus
from bankcore.ledger.commands import Deposit, PostTransaction
from bankcore.ledger.outcomes import Rejected
from bankcore.ledger.transactions import Posting, Transaction
from bankcore.origin import Origin
from bankcore.testing import in_memory_bank
from bankcore.testing.bank import InMemoryBank
from bankcore.testing.fraud import in_memory_fraud
from bankcore_infra.db.locking import open_for_tenant
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.fraud.policies import write_policy
from bankcore_infra.fraud.unit import SqlFraudQueries, SqlFraudUnits
from tests.contract.conftest import TickingClock
from tests.examples import npr
from tests.sql_bank import SqlBank

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
    set_policy: Callable[[FraudPolicy], None]
    hold_key: Callable[[IdempotencyKey], AbstractContextManager[None]]
    alice: Account
    bob: Account

    def activity(self, account: Account) -> AccountActivity | None:
        """What moved on the account until now."""
        sequence = self.bank.queries.get_account(account.id).version
        return self.units.run(lambda unit: unit.find_activity(account.id, sequence))

    def examine(self, account: Account, transaction: Transaction) -> FraudCase | None:
        """Examine the transaction as that account met it."""
        (entry,) = [entry for entry in transaction.entries if entry.account_id == account.id]
        moved = PostedMovement(account_id=account.id, transaction_id=transaction.id, sequence=entry.sequence)
        examine = Examine(self.bank.tenant_id, self.bank.ids)
        return self.units.run(lambda unit: examine(unit, moved, origin=Origin(actor_id="fraud")))

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

    def decide(
        self, case_id: FraudCaseId, verdict: Verdict = Verdict.CLEARED, *, key: str | None = None, note: str = "a call"
    ) -> Decided | Rejected:
        """Decide as the operator."""
        command = DecideCase(case_id=case_id, verdict=verdict, note=note, idempotency_key=key)
        return self.services.review(command, origin=OPERATOR)


@pytest.fixture(params=["in_memory_fraud_adapter", "postgresql_fraud_adapter"], ids=["in-memory", "PostgreSQL"])
def fraud(request: pytest.FixtureRequest) -> FraudAdapter:
    made = request.getfixturevalue(request.param)
    assert isinstance(made, FraudAdapter)
    return made


@pytest.fixture
def in_memory_fraud_adapter() -> FraudAdapter:
    bank = in_memory_bank(clock=TickingClock())
    made = in_memory_fraud(bank)

    def set_policy(policy: FraudPolicy) -> None:
        made.stored.policy = policy

    return _with_accounts(bank, made.units, made.services, set_policy, made.units.holding_key)


@pytest.fixture
def postgresql_fraud_adapter(bank: SqlBank) -> FraudAdapter:
    transactions = OwnTransactions(bank.database, bank.tenant_id)
    units = SqlFraudUnits(transactions, bank.signals, bank.ids)
    services = FraudServices(Review(bank.tenant_id, units, bank.ids), SqlFraudQueries(transactions))

    @contextmanager
    def hold_key(key: IdempotencyKey) -> Iterator[None]:
        with bank.database.engine_for(bank.tenant_id).connect() as connection:
            assert open_for_tenant(connection, bank.tenant_id, [key], is_patient=False)[1] == {key}
            yield

    def set_policy(policy: FraudPolicy) -> None:
        transactions.run(lambda connection: write_policy(connection, policy))

    return _with_accounts(bank, units, services, set_policy, hold_key)


def _with_accounts(
    bank: InMemoryBank | SqlBank,
    units: FraudUnits,
    services: FraudServices,
    set_policy: Callable[[FraudPolicy], None],
    hold_key: Callable[[IdempotencyKey], AbstractContextManager[None]],
) -> FraudAdapter:
    set_policy(STRICT)
    alice, bob = (bank.accounts.open(currency="NPR", owner_id=owner) for owner in ("alice", "bob"))
    bank.ledger.deposit(alice.id, npr("1000"))
    return FraudAdapter(
        bank=bank,
        units=units,
        services=services,
        set_policy=set_policy,
        hold_key=hold_key,
        alice=alice,
        bob=bob,
    )


def test_an_activity_is_a_movement_and_those_before_it_with_who_was_on_the_other_side(fraud: FraudAdapter) -> None:
    fee = fraud.bank.accounts.open(currency="NPR", owner_id="bank", kind=AccountKind.FEE)
    transfer = fraud.bank.ledger.transfer(fraud.alice.id, fraud.bob.id, npr("7"))
    charge = fraud.bank.ledger.transfer(fraud.alice.id, fee.id, npr("2"))
    back = fraud.bank.ledger.transfer(fraud.bob.id, fraud.alice.id, npr("3"))

    activity = fraud.activity(fraud.alice)

    assert activity is not None
    assert activity.movement == Movement(300, Direction.IN, fraud.bob.id, back.posted_at)
    assert activity.recent[:2] == (
        Movement(200, Direction.OUT, None, charge.posted_at),
        Movement(700, Direction.OUT, fraud.bob.id, transfer.posted_at),
    )
    assert [movement.counterparty for movement in activity.recent] == [None, fraud.bob.id, None]
    assert activity.history == (fraud.alice.created_at, True)
    assert (activity.account_id, activity.currency.code) == (fraud.alice.id, "NPR")


def test_a_transaction_counts_once_with_what_it_moved_in_total_and_the_largest_other_side(fraud: FraudAdapter) -> None:
    carol = fraud.bank.accounts.open(currency="NPR", owner_id="carol")
    lines = (
        Posting(fraud.alice.id, npr("-2")),
        Posting(carol.id, npr("6")),
        Posting(fraud.alice.id, npr("-5")),
        Posting(fraud.bob.id, npr("1")),
    )
    fraud.bank.ledger.post(PostTransaction(lines))

    activity = fraud.activity(fraud.alice)

    assert activity is not None
    assert activity.movement[:3] == (700, Direction.OUT, carol.id)
    assert len(activity.recent) == 1


def test_what_moves_nothing_in_total_is_no_movement(fraud: FraudAdapter) -> None:
    lines = (Posting(fraud.alice.id, npr("-2")), Posting(fraud.alice.id, npr("2")))
    fraud.bank.ledger.post(PostTransaction(lines))

    assert fraud.activity(fraud.alice) is None
    assert fraud.units.run(lambda unit: unit.find_activity(fraud.alice.id, 77)) is None


def test_an_activity_is_the_same_whenever_it_is_asked_for(fraud: FraudAdapter) -> None:
    first = fraud.activity(fraud.alice)
    fraud.withdraw()

    assert fraud.units.run(lambda unit: unit.find_activity(fraud.alice.id, 1)) == first


def test_only_so_many_entries_are_looked_at_however_many_there_are(fraud: FraudAdapter) -> None:
    fraud.bank.ledger.execute([Deposit(fraud.bob.id, npr("1"))] * (ENTRIES_MAX + 1))
    full = fraud.activity(fraud.bob)
    fraud.bank.ledger.deposit(fraud.bob.id, npr("2"))

    more = fraud.activity(fraud.bob)

    assert full is not None
    assert (len(full.recent), full.history.is_complete) == (ENTRIES_MAX, True)
    assert more is not None
    assert (len(more.recent), more.history.is_complete) == (ENTRIES_MAX, False)


def test_a_tenant_begins_with_the_default_policy_and_may_have_its_own(fraud: FraudAdapter) -> None:
    own = FraudPolicy(large=LargeLimits(points=7), threshold_minor={"NPR": 5}, freeze_points=90)

    fraud.set_policy(own)

    assert fraud.units.run(lambda unit: unit.get_policy()) == own


def test_a_suspicious_movement_is_one_case_however_often_it_is_examined(fraud: FraudAdapter) -> None:
    withdrawal = fraud.withdraw()

    case = fraud.examine(fraud.alice, withdrawal)
    again = fraud.examine(fraud.alice, withdrawal)

    assert case is not None
    assert again is None
    assert fraud.services.queries.get_case(case.id) == case
    assert (case.account_id, case.transaction_id) == (fraud.alice.id, withdrawal.id)
    assert (case.status, case.decision, case.froze_account) == (CaseStatus.OPEN, None, False)
    assert (case.score.points, case.score.rules) == (50, frozenset({Rule.VELOCITY}))
    assert case.score.signals[0].facts["count"] == 1


def test_a_case_that_was_decided_is_not_opened_again(fraud: FraudAdapter) -> None:
    withdrawal = fraud.withdraw()
    case = fraud.examine(fraud.alice, withdrawal)
    assert case is not None
    fraud.decide(case.id)

    assert fraud.examine(fraud.alice, withdrawal) is None
    assert len(fraud.services.queries.list_cases(CaseFilter(), limit=9)) == 1


def test_a_burst_is_one_open_case_until_it_gets_worse(fraud: FraudAdapter) -> None:
    fraud.open_case()
    as_bad = fraud.examine(fraud.alice, fraud.withdraw())
    fraud.set_policy(replace(STRICT, velocity=VelocityLimits(count_min=1, points=51)))
    worse = fraud.examine(fraud.alice, fraud.withdraw())

    assert as_bad is None
    assert worse is not None


def test_what_is_not_suspicious_enough_is_no_case(fraud: FraudAdapter) -> None:
    fraud.set_policy(replace(STRICT, case_points=51))

    assert fraud.examine(fraud.alice, fraud.withdraw()) is None
    assert fraud.services.queries.list_cases(CaseFilter(), limit=9) == []


def test_a_transaction_that_moves_nothing_in_total_is_never_a_case(fraud: FraudAdapter) -> None:
    lines = (Posting(fraud.alice.id, npr("-2")), Posting(fraud.alice.id, npr("2")))
    transaction = fraud.bank.ledger.post(PostTransaction(lines))
    moved = PostedMovement(account_id=fraud.alice.id, transaction_id=transaction.id, sequence=3)
    examine = Examine(fraud.bank.tenant_id, fraud.bank.ids)

    assert fraud.units.run(lambda unit: examine(unit, moved, origin=OPERATOR)) is None


def test_each_account_of_a_transaction_has_its_own_case(fraud: FraudAdapter) -> None:
    part = StructuringLimits(count_min=1, near_percent=0)
    fraud.set_policy(FraudPolicy(structuring=part, threshold_minor={"NPR": 701}))
    fraud.bank.ledger.transfer(fraud.alice.id, fraud.bob.id, npr("7"))
    transfer = fraud.bank.ledger.transfer(fraud.alice.id, fraud.bob.id, npr("7"))

    cases = [fraud.examine(account, transfer) for account in (fraud.alice, fraud.bob)]

    assert [case and case.account_id for case in cases] == [fraud.alice.id, fraud.bob.id]


def test_enough_points_freeze_the_account_with_the_case(fraud: FraudAdapter) -> None:
    fraud.set_policy(replace(STRICT, freeze_points=50))

    case = fraud.open_case()

    assert case.froze_account
    assert fraud.bank.queries.get_account(fraud.alice.id).status is AccountStatus.FROZEN


def test_an_account_that_is_frozen_already_stays_so_and_has_its_case(fraud: FraudAdapter) -> None:
    fraud.set_policy(replace(STRICT, freeze_points=50))
    withdrawal = fraud.withdraw()
    fraud.bank.ledger.freeze(fraud.alice.id)

    case = fraud.examine(fraud.alice, withdrawal)

    assert case is not None
    assert not case.froze_account


@pytest.mark.parametrize("verdict", Verdict)
def test_a_case_is_decided_by_somebody_at_an_instant_for_a_reason(fraud: FraudAdapter, verdict: Verdict) -> None:
    case = fraud.open_case()

    answer = fraud.decide(case.id, verdict, note="the holder was called")

    assert isinstance(answer, Decided)
    assert answer.case == fraud.services.queries.get_case(case.id)
    assert answer.case.decision is not None
    assert (answer.case.status, answer.case.decision.by) == (CaseStatus(verdict), "operator-7")
    assert (answer.case.decision.note, answer.case.score) == ("the holder was called", case.score)
    assert answer.case.decision.at >= case.opened_at


def test_a_case_is_decided_once(fraud: FraudAdapter) -> None:
    case = fraud.open_case()
    fraud.decide(case.id)

    answer = fraud.decide(case.id, Verdict.CONFIRMED)

    assert answer == Rejected(InvalidStateError(resource="fraud_case", identifier=str(case.id), state="cleared"))
    assert fraud.decide(NOWHERE) == Rejected(NotFoundError(resource="fraud_case", identifier=str(NOWHERE)))
    with pytest.raises(NotFoundError):
        fraud.services.queries.get_case(NOWHERE)


def test_the_first_answer_to_a_key_is_given_again(fraud: FraudAdapter) -> None:
    case = fraud.open_case()

    first, again = fraud.decide(case.id, key="d-1"), fraud.decide(case.id, key="d-1")
    refused, refused_again = (fraud.decide(case.id, Verdict.CONFIRMED, key="d-2") for _ in range(2))

    assert isinstance(first, Decided)
    assert again == Decided(first.case, replayed=True)
    assert isinstance(refused, Rejected)
    assert refused_again == Rejected(refused.reason, replayed=True)
    assert fraud.decide(case.id, note="another", key="d-1") == Rejected(
        IdempotencyKeyReusedError(idempotency_key="d-1")
    )


def test_a_key_that_is_at_work_elsewhere_is_told_at_once(fraud: FraudAdapter) -> None:
    case = fraud.open_case()

    with fraud.hold_key(IdempotencyKey("operator-7", "d-1")):
        answer = fraud.decide(case.id, key="d-1")

    assert answer == Rejected(IdempotencyInProgressError(idempotency_key="d-1"))
    assert isinstance(fraud.decide(case.id, key="d-1"), Decided)


def test_cases_are_listed_latest_first_and_by_status_and_account(fraud: FraudAdapter) -> None:
    first, second, third = (fraud.open_case().id for _ in range(3))

    def listed(
        status: CaseStatus | None = None, account_id: AccountId | None = None, before: FraudCaseId | None = None
    ) -> list[FraudCaseId]:
        wanted = CaseFilter(status=status, account_id=account_id)
        return [case.id for case in fraud.services.queries.list_cases(wanted, before=before, limit=2)]

    assert (listed(), listed(before=second)) == ([third, second], [first])
    assert (listed(CaseStatus.OPEN), listed(CaseStatus.CLEARED)) == ([third], [second, first])
    assert (listed(account_id=fraud.bob.id), listed(account_id=fraud.alice.id)) == ([], [third, second])


def test_a_decision_needs_a_note_and_a_usable_key() -> None:
    for wrong in ({"note": ""}, {"note": "a", "idempotency_key": "\n"}):
        with pytest.raises(InvalidRequestError):
            DecideCase(case_id=NOWHERE, verdict=Verdict.CLEARED, **wrong)
