"""Signatures and pauses are those of the standard."""

from base64 import b64decode
from datetime import UTC, datetime, timedelta
from typing import Final

from bankcore.webhooks.deliveries import PAUSES, pause_after
from bankcore.webhooks.signatures import signed_headers

AT_OF_THE_EXAMPLE: Final = datetime(2021, 2, 25, 15, 2, 10, tzinfo=UTC)


def test_a_message_is_signed_as_the_standard_says_with_its_own_example() -> None:
    secret = b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

    headers = signed_headers("msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}', AT_OF_THE_EXAMPLE, [secret])

    assert headers["webhook-timestamp"] == "1614265330"
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_pauses_are_those_of_the_standard_give_or_take_a_fifth() -> None:
    assert sum(PAUSES, timedelta()) == timedelta(days=3, hours=3, minutes=35, seconds=5)
    assert pause_after(1, -200) == timedelta(seconds=4)
    assert pause_after(2, 200) == timedelta(minutes=6)
    assert pause_after(10, 0) is None
