import pytest

from bankcore.errors import InvalidRequestError
from bankcore.idempotency.keys import require_key


@pytest.mark.parametrize("key", ["a", " ", "~", "a" * 255, "salary/2026-01 #1"])
def test_a_key_has_1_to_255_printable_ascii_characters(key: str) -> None:
    assert require_key(key) == key


@pytest.mark.parametrize("key", ["", "a" * 256, "a\n", "\x00", "\x7f", "\x1f", "é", "\ud800", "\u200b"])
def test_anything_else_is_not_a_key(key: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        require_key(key)

    assert caught.value.pointer == "/idempotencyKey"
