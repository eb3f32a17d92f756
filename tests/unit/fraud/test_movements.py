"""A transaction as its accounts met it."""

from datetime import timedelta
from uuid import UUID

from bankcore.fraud.movements import SECONDS_MAX, Direction, Line, Movement, Shares, movement_of, seconds_of
from bankcore.identifiers import TransactionId
from bankcore.money import MINOR_MAX
from tests.unit.fraud.activities import LANDLORD, ME, NOW, SHOP, STRANGER, USD

TRANSACTION = TransactionId(UUID(int=9))
AT_S = seconds_of(NOW)


def shares(*lines: tuple[object, int, int]) -> Shares:
    return Shares.among(
        TRANSACTION,
        NOW,
        [Line(account_id, sequence, USD, amount_minor) for account_id, sequence, amount_minor in lines],  # type: ignore[arg-type] # one of ids
    )


def test_the_entries_of_an_account_are_one_movement_and_nothing_is_none() -> None:
    posted = shares((ME, 4, -500), (SHOP, 1, 300), (ME, 5, 200), (STRANGER, 7, 7), (STRANGER, 8, -7))

    assert posted.of[ME] == (USD, -300, 4, 5)
    assert movement_of(posted.of[ME], SHOP, AT_S) == Movement(300, USD, Direction.OUT, SHOP, AT_S)
    assert movement_of(posted.of[SHOP], None, AT_S) == Movement(300, USD, Direction.IN, None, AT_S)
    assert movement_of(posted.of[STRANGER], None, AT_S) is None


def test_the_other_side_is_who_gained_most_of_what_was_lost_or_lost_most_of_what_was_gained() -> None:
    posted = shares((ME, 1, -700), (SHOP, 1, 600), (STRANGER, 1, 500), (LANDLORD, 1, -400))

    assert [posted.met_by(one).other_side for one in (ME, LANDLORD)] == [SHOP, SHOP]
    assert [posted.met_by(one).other_side for one in (SHOP, STRANGER)] == [ME, ME]


def test_what_cannot_be_remembered_counts_as_the_most_that_can() -> None:
    posted = shares((ME, 1, MINOR_MAX), (ME, 2, MINOR_MAX), (SHOP, 1, -MINOR_MAX), (SHOP, 2, -MINOR_MAX))

    movement = movement_of(posted.of[SHOP], ME, AT_S)

    assert movement is not None
    assert movement.amount_minor == MINOR_MAX
    assert seconds_of(NOW + timedelta(days=365 * 500)) == SECONDS_MAX
    assert seconds_of(NOW - timedelta(days=365 * 500)) == 0
