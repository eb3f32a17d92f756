"""Our own address is asked directly, whatever proxy the environment has."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from bankcore_infra.loopback import answers_ok, open_directly

pytestmark = pytest.mark.enable_socket
_PROXY_VARIABLES = ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")


class Server(BaseHTTPRequestHandler):
    """Answers `/ok` with 200 and everything else with 503."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/ok" else 503)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - so it is there
        pass


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where the server is, in an environment with proxies that are not there."""
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    for name in _PROXY_VARIABLES:
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with HTTPServer(("127.0.0.1", 0), Server) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_no_proxy_stands_between_us_and_ourselves(url: str) -> None:
    assert answers_ok(f"{url}/ok", timeout_s=5)
    with open_directly(f"{url}/ok", timeout_s=5) as response:
        assert response.status == 200


def test_who_is_not_ready_or_not_there_does_not_answer_well(url: str) -> None:
    assert not answers_ok(f"{url}/other", timeout_s=5)
    assert not answers_ok("http://127.0.0.1:9/ok", timeout_s=5)
