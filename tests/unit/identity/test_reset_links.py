"""Where the mail for a forgotten password may lead to."""

import pytest

from bankcore.errors import InvalidRequestError
from bankcore.tenancy.settings import PASSWORD_RESET_URL


@pytest.mark.parametrize(
    "address",
    ["", "https://shop.example/reset?token={token}", "http://localhost:3000/{token}", "http://127.0.0.1/{token}"],
)
def test_a_mail_leads_to_a_page_with_a_place_for_the_token(address: str) -> None:
    assert PASSWORD_RESET_URL.read(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "https://shop.example/reset",
        "http://shop.example/{token}",
        "http://localhost.evil.example/{token}",
        "http://127.0.0.1.evil.example/{token}",
        "javascript:alert({token})",
        "https:///{token}",
        "https://shop.example/ {token}",
        "https://sh\u00f6p.example/{token}",
        "https://shop.example/{token}" + "x" * 1_000,
    ],
)
def test_a_token_is_sent_to_no_address_where_others_could_read_it(address: str) -> None:
    with pytest.raises(InvalidRequestError, match="https address"):
        PASSWORD_RESET_URL.read(address)
