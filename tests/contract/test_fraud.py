"""One suite for both adapters of fraud's ports: what is found, and what becomes a case."""

from dataclasses import replace

import pytest

from bankcore.errors import InvalidRequestError
from bankcore.fraud.activity import ENTRIES_MAX, AccountActivity
from bankcore.fraud.cases import CaseStatus
from bankcore.fraud.movements import Direction, Movement, seconds_of
from bankcore.fraud.policy import FraudPolicy, LargeLimits, StructuringLimits, VelocityLimits
from bankcore.fraud.ports import CaseFilter, Remembered, Span
from bankcore.fraud.signals import Rule
from bankcore.ledger.accounts import AccountKind, AccountStatus
from bankcore.ledger.commands import Deposit, PostTransaction
from bankcore.ledger.transactions import Posting
from bankcore.money import Currency
from tests.contract.fraud_adapters import STRICT, FraudAdapter
from tests.worlds.values import npr

NPR = Currency.of("NPR")


def test_a_history_is_what_moved_before_an_entry_with_who_was_on_the_other_side(fraud: FraudAdapter) -> None:
    fee = fraud.bank.accounts.open(currency="NPR", owner_id="bank", kind=AccountKind.FEE)
    transfer = fraud.bank.ledger.transfer(fraud.alice.id, fraud.bob.id, npr("7"))
    charge = fraud.bank.ledger.transfer(fraud.alice.id, fee.id, npr("2"))
    back = fraud.bank.ledger.transfer(fraud.bob.id, fraud.alice.id, npr("3"))

    history = fraud.history(fraud.alice, before=5)

    assert (history.opened_s, history.is_complete) == (seconds_of(fraud.alice.created_at), True)
    assert fraud.history(fraud.alice, before=1) == (history.opened_s, (), True)
    assert history.movements[1:] == (
        Movement(700, NPR, Direction.OUT, fraud.bob.id, seconds_of(transfer.posted_at)),
        Movement(200, NPR, Direction.OUT, None, seconds_of(charge.posted_at)),
        Movement(300, NPR, Direction.IN, fraud.bob.id, seconds_of(back.posted_at)),
    )
    assert history.movements[0].counterparty is None
    assert fraud.history(fraud.alice, before=2).movements == history.movements[:1]


def test_a_transaction_counts_once_with_what_it_moved_in_total_and_the_largest_other_side(fraud: FraudAdapter) -> None:
    carol = fraud.bank.accounts.open(currency="NPR", owner_id="carol")
    lines = (
        Posting(fraud.alice.id, npr("-2")),
        Posting(carol.id, npr("6")),
        Posting(fraud.alice.id, npr("-5")),
        Posting(fraud.bob.id, npr("1")),
    )
    fraud.bank.ledger.post(PostTransaction(lines))
    nothing = (Posting(fraud.alice.id, npr("-2")), Posting(fraud.alice.id, npr("2")))
    fraud.bank.ledger.post(PostTransaction(nothing))

    _deposit, movement = fraud.history(fraud.alice, before=6).movements

    assert movement[:4] == (700, NPR, Direction.OUT, carol.id)


def test_a_history_has_only_so_many_entries_however_many_there_are(fraud: FraudAdapter) -> None:
    fraud.bank.ledger.execute([Deposit(fraud.bob.id, npr("1"))] * (ENTRIES_MAX + 1))

    full = fraud.history(fraud.bob, before=ENTRIES_MAX + 1)
    cut = fraud.history(fraud.bob, before=ENTRIES_MAX + 2)

    assert (len(full.movements), full.is_complete) == (ENTRIES_MAX, True)
    assert (len(cut.movements), cut.is_complete) == (ENTRIES_MAX, False)


def test_what_is_remembered_is_what_is_found_again(fraud: FraudAdapter) -> None:
    remembered = {fraud.alice.id: Remembered(7, fraud.activity_of(fraud.alice, before=2))}

    fraud.units.run(lambda unit: unit.remember(remembered))
    fraud.units.run(lambda unit: unit.remember({fraud.alice.id: Remembered(7, AccountActivity.of_new(9))}))

    assert fraud.known(fraud.alice, fraud.bob).activities == remembered


def test_customers_are_told_from_our_own_side(fraud: FraudAdapter) -> None:
    fee = fraud.bank.accounts.open(currency="NPR", owner_id="bank", kind=AccountKind.FEE)

    known = fraud.known(fraud.alice, beside=[fraud.bob, fee])

    assert known.customers == {fraud.bob.id}
    assert known.activities == {}
    assert fraud.units.run(lambda unit: unit.find_histories({fee.id: Span(0, 1)})) == {}


def test_each_movement_is_remembered_once_and_in_its_order(fraud: FraudAdapter) -> None:
    first, second = fraud.withdraw("3"), fraud.withdraw("4")
    fraud.examine_page((fraud.alice, first), (fraud.alice, second))
    remembered = fraud.remembered(fraud.alice)

    fraud.examine_page((fraud.alice, second), (fraud.alice, first), (fraud.alice, second))

    assert remembered is not None
    assert (remembered.sequence, remembered.activity.payments.number) == (3, 2)
    assert remembered.activity.payments.largest_minor == 400
    assert fraud.remembered(fraud.alice) == remembered


def test_a_page_is_remembered_as_one_movement_after_another_would_be(fraud: FraudAdapter) -> None:
    page = [(fraud.alice, fraud.withdraw(amount)) for amount in ("3", "4", "5")]
    page += [(fraud.bob, fraud.bank.ledger.deposit(fraud.bob.id, npr("1")))]
    fraud.examine_page(*page)
    together = [fraud.remembered(account) for account in (fraud.alice, fraud.bob)]

    alone = [fraud.activity_of(fraud.alice, before=5), fraud.activity_of(fraud.bob, before=2)]
    assert together == [Remembered(4, alone[0]), Remembered(1, alone[1])]


def test_an_account_that_was_used_before_begins_with_what_moved_on_it_last(fraud: FraudAdapter) -> None:
    fraud.bank.ledger.execute([Deposit(fraud.bob.id, npr("1"))] * (ENTRIES_MAX + 1))
    fraud.bank.ledger.transfer(fraud.bob.id, fraud.alice.id, npr("5"))
    last = fraud.bank.ledger.withdraw(fraud.bob.id, npr("2"))

    fraud.examine(fraud.bob, last)

    remembered = fraud.remembered(fraud.bob)
    assert remembered is not None
    assert (remembered.sequence, remembered.activity.payments.number) == (ENTRIES_MAX + 3, 2)
    assert remembered.activity.first_met_s(fraud.alice.id) is not None
    assert remembered.activity.payments.first_s == seconds_of(fraud.bob.created_at)


def test_a_movement_that_comes_after_later_ones_is_judged_by_what_was_there_before_it(fraud: FraudAdapter) -> None:
    fraud.set_policy(replace(STRICT, velocity=VelocityLimits(count_min=2)))
    late, other, another = (fraud.withdraw() for _ in range(3))
    for transaction in (other, another):
        case = fraud.examine(fraud.alice, transaction)
        assert case is not None
        fraud.decide(case.id)
    remembered = fraud.remembered(fraud.alice)

    fraud.set_policy(replace(STRICT, velocity=VelocityLimits(count_min=2)))
    as_first = fraud.examine(fraud.alice, late)
    fraud.set_policy(STRICT)
    as_such = fraud.examine(fraud.alice, late)

    assert as_first is None
    assert as_such is not None
    assert fraud.remembered(fraud.alice) == remembered


def test_what_was_left_out_before_a_movement_is_remembered_with_it(fraud: FraudAdapter) -> None:
    transactions = [fraud.withdraw(amount) for amount in ("3", "4", "5", "6")]
    fraud.examine(fraud.alice, transactions[0])

    fraud.examine_page((fraud.alice, transactions[2]), (fraud.alice, transactions[3]))

    assert fraud.remembered(fraud.alice) == Remembered(5, fraud.activity_of(fraud.alice, before=6))


def test_our_own_side_of_the_books_is_not_examined(fraud: FraudAdapter) -> None:
    fee = fraud.bank.accounts.open(currency="NPR", owner_id="bank", kind=AccountKind.FEE)
    fraud.bank.ledger.transfer(fraud.alice.id, fee.id, npr("2"))

    back = fraud.bank.ledger.transfer(fee.id, fraud.bob.id, npr("2"))

    assert fraud.examine(fee, back) is None
    assert fraud.remembered(fee) is None


def test_a_tenant_has_the_default_policy_until_somebody_gives_it_another(fraud: FraudAdapter) -> None:
    other = replace(STRICT, threshold_minor={"NPR": 70, "JPY": 5}, velocity=VelocityLimits(count_min=3))
    at_first = fraud.fresh_policy
    fraud.set_policy(other)

    assert (at_first, fraud.services.queries.get_policy()) == (FraudPolicy(), other)


def test_what_is_no_policy_is_refused_and_changes_nothing(fraud: FraudAdapter) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        fraud.set_policy({"case_points": 1})  # type: ignore[arg-type] # as a caller without a type checker might

    assert refused.value.pointer == "/policy"
    assert fraud.services.queries.get_policy() == STRICT


def test_another_policy_counts_from_then_on(fraud: FraudAdapter) -> None:
    fraud.set_policy(replace(STRICT, velocity=VelocityLimits(count_min=2), case_points=51))
    fraud.examine(fraud.alice, fraud.withdraw())
    fraud.examine(fraud.alice, fraud.withdraw())
    fraud.set_policy(replace(STRICT, velocity=VelocityLimits(count_min=3)))

    assert fraud.examine(fraud.alice, fraud.withdraw()) is None
    assert fraud.examine(fraud.alice, fraud.withdraw()) is not None


def test_a_tenant_begins_with_the_default_policy_and_may_have_its_own(fraud: FraudAdapter) -> None:
    own = FraudPolicy(large=LargeLimits(points=7), threshold_minor={"NPR": 5}, freeze_points=90)

    fraud.set_policy(own)

    assert fraud.known().policy == own


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

    assert fraud.examine(fraud.alice, transaction) is None
    assert fraud.remembered(fraud.alice) is not None


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


def test_accounts_are_frozen_in_the_order_in_which_everybody_locks_them(fraud: FraudAdapter) -> None:
    fraud.set_policy(replace(STRICT, freeze_points=50))
    fraud.bank.ledger.transfer(fraud.alice.id, fraud.bob.id, npr("7"))
    of_alice, of_bob = fraud.withdraw(), fraud.bank.ledger.withdraw(fraud.bob.id, npr("1"))
    page = sorted([(fraud.alice, of_alice), (fraud.bob, of_bob)], key=lambda one: one[0].id, reverse=True)

    cases = fraud.examine_page(*page)

    assert [case.account_id for case in cases] == sorted([fraud.alice.id, fraud.bob.id])
    assert all(case.froze_account for case in cases)
