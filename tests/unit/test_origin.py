"""An origin is recorded with every event, so its text must be storable."""

import pytest

from bankcore.errors import InvalidRequestError
from bankcore.origin import Origin


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "x" * 257])
def test_text_that_cannot_be_stored_is_refused_and_named(text: str) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        Origin(user_agent=text)

    assert refused.value.pointer == "/origin/user_agent"


def test_any_other_text_is_taken() -> None:
    assert Origin(actor_id="x" * 256, request_id=None, owner_id="é").owner_id == "é"
