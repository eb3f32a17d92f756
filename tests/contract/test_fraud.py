"""One suite for both adapters of fraud's ports: what is found, and what becomes a case."""

from dataclasses import replace

from bankcore.fraud.activity import ENTRIES_MAX, Direction, Movement
from bankcore.fraud.cases import CaseStatus
from bankcore.fraud.examine import Examine, PostedMovement
from bankcore.fraud.policy import FraudPolicy, LargeLimits, StructuringLimits, VelocityLimits
from bankcore.fraud.ports import CaseFilter
from bankcore.fraud.signals import Rule
from bankcore.ledger.accounts import AccountKind, AccountStatus
from bankcore.ledger.commands import Deposit, PostTransaction
from bankcore.ledger.transactions import Posting
from tests.contract.fraud_adapters import OPERATOR, STRICT, FraudAdapter
from tests.examples import npr


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
