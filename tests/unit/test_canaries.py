"""A secret that shows is found in whatever form it shows, so that a search that finds none says something."""

from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote, quote_plus

import pytest

from tests.worlds.canaries import canary, shown, shown_by_place

SECRET = "canary-Perch?77/Lamp+Window"
BYTES = SECRET.encode()


LEAKS = {
    BYTES,
    BYTES.hex().encode(),
    BYTES.hex().upper().encode(),
    quote(SECRET).encode(),
    quote(SECRET, safe="").encode(),
    quote_plus(SECRET).encode(),
    *(
        encode(bytes(before) + BYTES + b"!" * after)
        for encode in (b64encode, urlsafe_b64encode)
        for before in range(4)
        for after in range(4)
    ),
}


@pytest.mark.parametrize("leak", sorted(LEAKS))
def test_a_secret_is_found_in_any_form(leak: bytes) -> None:
    assert shown(b"before " + leak + b" after", [canary("password", SECRET), canary("other", "another-secret")]) == {
        "password"
    }


def test_a_secret_is_found_by_any_of_its_parts_and_told_by_place_and_name() -> None:
    token = canary("token", "head.body.signature-0001", b"signature-0001")

    assert shown_by_place({"log": b"... signature-0001", "dump": b"head.body"}, [token]) == {"log": {"token"}}
