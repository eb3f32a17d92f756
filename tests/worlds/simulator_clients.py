"""Who speaks to a simulator of providers beside the bank: a shop that orders, and a server that hangs up."""

import socket
import struct
import threading
from collections.abc import Mapping

from urllib3 import PoolManager

from bankcore.testing.provider_simulator import ProviderSimulator

KEYS: Mapping[str, Mapping[str, str]] = {
    "paystack": {"Authorization": "Bearer sk_test_simulated"},
    "stripe": {"Authorization": "Bearer sk_test_simulated"},
    "flutterwave": {"Authorization": "Bearer FLWSECK_TEST-simulated"},
    "imepay": {"Authorization": "Bearer simulated-key"},
    "khalti": {"Authorization": "Key simulated-key"},
    "esewa": {},
}
ORDER = {"email": "ada@example.com", "amount": 25_000, "currency": "NGN", "reference": "order-1"}


def order(
    simulator: ProviderSimulator, browser: PoolManager, headers: Mapping[str, str] | None = None, **said: object
) -> str:
    """Order at Paystack, and give the page."""
    answer = browser.request(
        "POST",
        f"{simulator.url}/paystack/transaction/initialize",
        headers={**KEYS["paystack"], **(headers or {})},
        json={**ORDER, "callback_url": "http://127.0.0.1:1/back", **said},
    )
    page: str = answer.json()["data"]["authorization_url"]
    return page


def hanging_up(answers: list[bytes | None]) -> tuple[str, threading.Thread]:
    """A server that says each of these to one connection, and hangs up; for None as a machine that dies."""
    listening = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}/hooks?of=paystack"

    def serve() -> None:
        with listening:
            for answer in answers:
                with listening.accept()[0] as client:
                    client.recv(65_536)
                    if answer is None:
                        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    else:
                        client.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    return url, thread
