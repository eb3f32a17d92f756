"""The client's address is what our proxies wrote, and never what the client wrote."""

import pytest

from bankcore_http.serving.client_address import ForwardedClient, find_address
from bankcore_http.serving.threads import ThreadedApplication
from tests.http.serving.asgi_client import Client
from tests.worlds.http_framework import FakeService

PEER = "192.0.2.7"


def seen_address(world: FakeService, proxies: int, *lines: str) -> str | None:
    application = ForwardedClient(world.app, proxies=proxies)
    headers = [("X-Forwarded-For", line) for line in lines]
    answer = Client(ThreadedApplication(application, threads=1)).ask("GET", "/health/live", headers)
    assert answer.status == 200
    return world.lines[-1].client_ip


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("203.0.113.9", "203.0.113.9"),
        (" 203.0.113.9 ", "203.0.113.9"),
        ("203.0.113.9:51234", "203.0.113.9"),
        ('"203.0.113.9:51234"', "203.0.113.9"),
        ("2001:db8::1", "2001:db8::1"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ('"[2001:db8::1]:443"', "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("unknown", None),
        ("_hidden", None),
        ("", None),
        ("203.0.113.9:http", None),
        ("203.0.113", None),
        ("203.0.113.009", None),
        ("[2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]x", None),
        ("localhost:80", None),
        ("203.0.113.9; DROP", None),
    ],
)
def test_every_form_that_proxies_write_is_understood(written: str, address: str | None) -> None:
    assert find_address(written) == address


@pytest.mark.parametrize(
    ("proxies", "lines", "address"),
    [
        (1, ["203.0.113.9"], "203.0.113.9"),
        (1, ["10.9.9.9, 203.0.113.9"], "203.0.113.9"),
        (1, ["10.9.9.9", "203.0.113.9"], "203.0.113.9"),
        (1, ["10.9.9.9", "8.8.8.8, 203.0.113.9"], "203.0.113.9"),
        (2, ["10.9.9.9", "203.0.113.9, 198.51.100.1"], "203.0.113.9"),
        (2, ["10.9.9.9, 203.0.113.9", "198.51.100.1"], "203.0.113.9"),
        (2, ["203.0.113.9"], PEER),
        (1, ["10.9.9.9, unknown"], PEER),
        (1, ["10.9.9.9,"], PEER),
        (1, [], PEER),
    ],
)
def test_it_is_counted_from_the_right_over_all_lines(
    world: FakeService, proxies: int, lines: list[str], address: str
) -> None:
    assert seen_address(world, proxies, *lines) == address


@pytest.mark.parametrize(("written", "scheme"), [("https", "https"), ("http, https", "https"), ("gopher", "http")])
def test_the_scheme_is_the_nearest_proxy_s_word(written: str, scheme: str) -> None:
    seen = []

    def application(environ: dict[str, object], start_response: object) -> list[bytes]:
        seen.append(environ["wsgi.url_scheme"])
        return []

    ForwardedClient(application, proxies=1)(
        {"HTTP_X_FORWARDED_PROTO": written, "wsgi.url_scheme": "http"},
        lambda *_: None,  # type: ignore[arg-type]
    )

    assert seen == [scheme]
