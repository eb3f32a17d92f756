"""Too many requests are answered 429, and stop nobody but whose they are."""

from pathlib import Path

import pytest

from bankcore_http.answering.rates import RateLimit, RateLimits
from bankcore_http.serving.client_address import ForwardedClient
from bankcore_infra.identity.places import place_of
from tests.http.identity.conftest import Door, open_door
from tests.worlds.identity import PASSWORD, IdentityWorld
from tests.worlds.sql_bank import SqlBank


@pytest.fixture
def limited(bank: SqlBank, tmp_path: Path) -> Door:
    """A door behind one proxy, where a caller may ask five times in a minute, and strangers at an address ten times."""
    rates = RateLimits(callers=RateLimit("caller", 5), strangers=RateLimit("address", 10), place_of=place_of)
    door = open_door(IdentityWorld.of(bank, tmp_path / "keys"), rates)
    door.app.wsgi_app = ForwardedClient(door.app.wsgi_app, proxies=1)  # type: ignore[method-assign]
    return door


def guess_from(door: Door, address: str, headers: dict[str, str] | None = None) -> int:
    """Ask who one is with no token that is worth anything."""
    sent = {"Authorization": "Bearer none", "X-Forwarded-For": address, **(headers or {})}
    return door.client.get("/v1/auth/me", headers=sent).status_code


def test_a_caller_who_asks_too_often_is_told_when_to_come_again(limited: Door) -> None:
    limited.register()
    token = limited.tokens()["accessToken"]

    answers = [limited.get("/v1/auth/me", token) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    refused = answers[-1]
    assert refused.get_json()["error"]["code"] == "rate_limited"
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.headers["RateLimit"].startswith('"caller";r=0;t=')
    assert answers[0].headers["RateLimit-Policy"] == '"caller";q=5;w=60'
    assert answers[0].headers["RateLimit"].startswith('"caller";r=4;t=')


def test_a_caller_is_stopped_by_nobody_else(limited: Door) -> None:
    limited.register()
    limited.register({"email": "hari@example.com"}, key="second")
    sita = limited.tokens()["accessToken"]
    hari = limited.login(email="hari@example.com", password=PASSWORD).get_json()["data"]["accessToken"]

    for _ in range(9):
        limited.get("/v1/auth/me", sita)
        limited.get("/v1/auth/me", "none")

    assert limited.get("/v1/auth/me", "none").status_code == 429
    assert limited.get("/v1/auth/me", hari).status_code == 200


def test_a_session_goes_on_where_strangers_have_used_up_the_address(limited: Door) -> None:
    limited.register()
    token = limited.tokens()["refreshToken"]
    for _ in range(10):
        limited.get("/v1/auth/me", "none")

    def send(path: str, refresh_token: str) -> int:
        return limited.client.post(path, json={"refreshToken": refresh_token}).status_code

    assert send("/v1/auth/refresh", "none") == 429
    assert send("/v1/auth/refresh", token) == 200
    assert send("/v1/auth/logout", token) == 200


def test_a_refused_login_is_counted_once(limited: Door) -> None:
    login = {"email": "sita@example.com", "password": "wrong password wrong"}

    refused = limited.client.post("/v1/auth/login", json=login)

    assert refused.status_code == 401
    assert refused.headers["RateLimit"].startswith('"address";r=9;t=')


def test_strangers_at_one_address_share_its_requests_with_no_other(limited: Door) -> None:
    assert [guess_from(limited, "203.0.113.9") for _ in range(12)] == [401] * 10 + [429] * 2
    assert guess_from(limited, "203.0.113.10") == 401


def test_what_a_customer_has_of_ipv6_is_one_address(limited: Door) -> None:
    statuses = [guess_from(limited, f"2001:db8:0:1::{number:x}") for number in range(1, 12)]

    assert statuses == [401] * 10 + [429]
    assert guess_from(limited, "2001:db8:0:2::1") == 401


def test_an_address_that_the_client_makes_up_counts_for_nothing(limited: Door) -> None:
    statuses = [guess_from(limited, f"198.51.100.{number}, 203.0.113.9") for number in range(11)]

    assert statuses[-1] == 429


def test_logins_are_counted_whatever_they_say_of_a_token(limited: Door) -> None:
    login = {"email": "sita@example.com", "password": "wrong password wrong"}

    statuses = [
        limited.client.post("/v1/auth/login", json=login, headers={"Authorization": f"Bearer {number}"}).status_code
        for number in range(11)
    ]

    assert statuses[-1] == 429


def test_health_is_told_whoever_asks_and_however_often(limited: Door) -> None:
    assert {limited.client.get("/health/live").status_code for _ in range(30)} == {200}
