"""Where the API listens: a name becomes an address, and what is no address of this machine is refused."""

import socket

import pytest

from bankcore_infra.settings import SettingsError
from bankcore_infra.sockets import find_listening

pytestmark = pytest.mark.enable_socket


@pytest.mark.parametrize(
    ("host", "address", "url"),
    [
        ("127.0.0.1", "127.0.0.1", "http://127.0.0.1:"),
        ("localhost", "127.0.0.1", "http://127.0.0.1:"),
        ("0.0.0.0", "0.0.0.0", "http://0.0.0.0:"),
        ("::1", "::1", "http://[::1]:"),
        ("[::1]", "::1", "http://[::1]:"),
    ],
)
def test_a_host_is_an_address_in_digits(host: str, address: str, url: str) -> None:
    listening = find_listening(host, 0)

    assert listening.host == address
    assert listening.url == f"{url}{listening.port}"


@pytest.mark.parametrize(
    "host", ["nowhere.invalid", "192.0.2.1", "fe80::1%lo", "a" * 80, "http://127.0.0.1", "*", "a b"]
)
def test_a_host_that_is_not_this_machine_is_named(host: str) -> None:
    with pytest.raises(SettingsError) as refused:
        find_listening(host, 0)

    assert str(refused.value).startswith(f"BANKCORE_HOST: cannot listen on {host}:")


def test_a_port_where_somebody_listens_is_named() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(SettingsError, match=rf"^BANKCORE_PORT: cannot listen on 127\.0\.0\.1:{port}: "):
            find_listening("127.0.0.1", port)
