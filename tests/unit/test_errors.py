import pickle
from uuid import UUID

import pytest

from bankcore.errors import BankcoreError, InvalidRequestError, Unavailability, UnavailableError
from bankcore.identifiers import AccountId
from bankcore.ledger.rejections import InsufficientFundsError
from tests.worlds.values import npr

REFUSAL = InsufficientFundsError(
    account_id=AccountId(UUID(int=1)), available=npr("10"), needed=npr("25"), floor=npr("0")
)


def test_an_error_says_its_title_and_its_facts() -> None:
    assert str(REFUSAL) == (
        "Insufficient funds (account_id=00000000-0000-0000-0000-000000000001, available=10.00 NPR,"
        " needed=25.00 NPR, floor=0.00 NPR)"
    )
    assert str(UnavailableError()) == "The service is not available at the moment"


@pytest.mark.parametrize("reason", [each for each in Unavailability if each is not Unavailability.UNKNOWN])
def test_a_service_is_told_in_words_why_nothing_could_be_recorded(reason: Unavailability) -> None:
    error = UnavailableError(reason=reason)

    title, _, words = str(error).partition(": ")
    assert title == UnavailableError.title
    assert words
    assert pickle.loads(pickle.dumps(error)) == error


def test_two_equal_refusals_are_one_value() -> None:
    same = InsufficientFundsError(
        account_id=AccountId(UUID(int=1)), available=npr("10"), needed=npr("25"), floor=npr("0")
    )

    assert {REFUSAL, same} == {REFUSAL}
    assert InvalidRequestError(pointer="/a") != InvalidRequestError(pointer="/b")


def test_an_error_survives_pickling_with_its_facts() -> None:
    restored = pickle.loads(pickle.dumps(REFUSAL))

    assert isinstance(restored, BankcoreError)
    assert restored == REFUSAL
