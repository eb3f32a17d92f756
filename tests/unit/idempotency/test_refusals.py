"""A refusal is kept as bytes that no other answer begins with, and is equal when it is given again."""

import pytest

from bankcore.errors import InvalidStateError, LedgerInvariantError, NotFoundError, RejectedError
from bankcore.idempotency.refusals import encode_refusal, find_refusal


@pytest.mark.parametrize(
    "reason",
    [
        RejectedError(),
        NotFoundError(resource="dead letter", identifier="7"),
        InvalidStateError(resource="fraud_case", identifier="7", state="cleared"),
    ],
    ids=lambda reason: reason.code,
)
def test_a_refusal_is_equal_after_it_was_kept(reason: RejectedError) -> None:
    found = find_refusal(encode_refusal(reason))

    assert found == reason
    assert found is not reason


def test_another_answer_is_no_refusal() -> None:
    assert find_refusal(b"decided") is None
    assert find_refusal(b'{"posted":"00"}') is None


def test_a_refusal_of_an_earlier_version_is_still_read() -> None:
    kept = b'{"rejected":"not_found","facts":{"resource":"fraud_case","identifier":"7"}}'

    assert find_refusal(kept) == NotFoundError(resource="fraud_case", identifier="7")


def test_a_refusal_without_facts_is_a_defect() -> None:
    with pytest.raises(LedgerInvariantError):
        find_refusal(b'{"rejected":"not_found","facts":7}')
