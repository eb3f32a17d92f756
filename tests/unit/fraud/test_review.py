"""What contradicts itself stops everything instead of being answered."""

from datetime import timedelta
from uuid import UUID

import pytest

from bankcore.errors import LedgerInvariantError
from bankcore.fraud.cases import FraudCaseId, Verdict
from bankcore.fraud.policy import FraudPolicy, VelocityLimits
from bankcore.fraud.review import DecideCase
from bankcore.idempotency.keys import IdempotencyKey, KeyRecord
from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import AccountStatus
from bankcore.ledger.outcome_codec import encode_outcome
from bankcore.ledger.outcomes import Changed
from bankcore.origin import LIBRARY
from bankcore.testing import InMemoryBank
from bankcore.testing.fraud import in_memory_fraud, shares_of
from tests.worlds.values import npr

COMMAND = DecideCase(case_id=FraudCaseId(UUID(int=1)), verdict=Verdict.CLEARED, note="a call", idempotency_key="key-1")


@pytest.mark.parametrize(
    "remembered",
    [b"decided", encode_outcome(Changed(AccountId(UUID(int=2)), AccountStatus.FROZEN))],
    ids=["a decision of no case", "another kind of answer"],
)
def test_an_answer_that_cannot_have_been_given_is_a_defect(bank: InMemoryBank, remembered: bytes) -> None:
    fraud = in_memory_fraud(bank)
    key, expires_at = IdempotencyKey("", "key-1"), bank.clock.now() + timedelta(hours=1)
    bank.books.keys[key] = KeyRecord(key, COMMAND.fingerprint(), remembered, expires_at)

    with pytest.raises(LedgerInvariantError):
        fraud.services.review(COMMAND, origin=LIBRARY)


def test_a_second_case_for_a_movement_is_a_defect_in_memory_too(bank: InMemoryBank) -> None:
    fraud = in_memory_fraud(bank, FraudPolicy(velocity=VelocityLimits(count_min=1)))
    account = bank.accounts.open(currency="NPR", owner_id="alice")
    bank.ledger.deposit(account.id, npr("10"))
    withdrawal = bank.ledger.withdraw(account.id, npr("1"))
    moved = shares_of(withdrawal).met_by(account.id)
    (case,) = fraud.units.run(lambda unit: fraud.examine(unit, [moved]))

    with pytest.raises(LedgerInvariantError):
        fraud.units.run(lambda unit: unit.add_case(case))
