from uuid import UUID

from bankcore.fraud.activity import Direction, Line, Movement, movements_of
from bankcore.identifiers import TransactionId
from tests.unit.fraud.activities import NOW, SHOP, STRANGER

FIRST, SECOND, THIRD = (TransactionId(UUID(int=number)) for number in range(1, 4))


def test_the_lines_of_a_transaction_are_one_movement_and_nothing_is_none() -> None:
    lines = [
        Line(FIRST, -500, SHOP, NOW),
        Line(SECOND, 300, None, NOW),
        Line(FIRST, 200, STRANGER, NOW),
        Line(THIRD, 7, SHOP, NOW),
        Line(THIRD, -7, SHOP, NOW),
    ]

    assert movements_of(lines) == [
        Movement(300, Direction.OUT, SHOP, NOW),
        Movement(300, Direction.IN, None, NOW),
    ]
