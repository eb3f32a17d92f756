"""The text of an API key says where it belongs, and has one spelling."""

import re
from typing import Final
from uuid import UUID

import pytest

from bankcore.api_keys.key_text import KEY_TEXT_LENGTH, ApiKeyText
from bankcore.errors import UnauthenticatedError
from bankcore.identifiers import TenantId
from bankcore.tenancy.tenants import TenantKind

LIVE: Final = ApiKeyText(TenantKind.LIVE, TenantId(UUID("019c1406-3400-7000-8000-0000000000a7")), bytes(range(32)))
LARGEST: Final = ApiKeyText(TenantKind.TEST, TenantId(UUID(bytes=b"\xff" * 16)), b"\xff" * 32)


@pytest.mark.parametrize("key", [LIVE, LARGEST, ApiKeyText(TenantKind.TEST, TenantId(UUID(int=0)), bytes(32))])
def test_a_key_is_read_as_it_was_made(key: ApiKeyText) -> None:
    assert ApiKeyText.read(key.text) == key
    assert len(key.text) == KEY_TEXT_LENGTH


def test_scanners_find_a_key_and_people_see_whether_it_is_for_real_money() -> None:
    assert re.fullmatch("bk_live_[0-9A-Za-z]{71}", LIVE.text)
    assert re.fullmatch("bk_test_[0-9A-Za-z]{71}", LARGEST.text)
    assert LIVE.hint == f"bk_live_...{LIVE.text[-4:]}"
    assert "secret" not in repr(LIVE)


@pytest.mark.parametrize(
    "text",
    [
        "",
        LIVE.text[:-1],
        LIVE.text + "0",
        LIVE.text.replace("bk_live_", "bk_test_"),
        LIVE.text.replace("bk_live_", "xx_live_"),
        LIVE.text[:20] + ("0" if LIVE.text[20] != "0" else "1") + LIVE.text[21:],
        LIVE.text[:20] + "é" + LIVE.text[21:],
        LIVE.text[:20] + " " + LIVE.text[21:],
        "bk_live_" + "Z" * 71,
        "bk_live_\x00",
    ],
)
def test_whatever_is_not_the_text_of_a_key_is_refused_without_asking_the_database(text: str) -> None:
    with pytest.raises(UnauthenticatedError):
        ApiKeyText.read(text)
