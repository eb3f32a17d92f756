"""What came of a command, as the value that its caller wants."""

from uuid import UUID

import pytest

from bankcore.errors import LedgerInvariantError, NotFoundError
from bankcore.idempotency.answers import Rejected
from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import AccountStatus
from bankcore.ledger.outcomes import Changed, accepted_hold, accepted_transaction

OTHER = Changed(AccountId(UUID(int=1)), AccountStatus.FROZEN)


@pytest.mark.parametrize("accepted", [accepted_hold, accepted_transaction])
def test_a_refusal_is_raised_and_another_outcome_is_a_defect(accepted: object) -> None:
    assert callable(accepted)
    with pytest.raises(NotFoundError):
        accepted(Rejected(NotFoundError()))
    with pytest.raises(LedgerInvariantError):
        accepted(OTHER)
