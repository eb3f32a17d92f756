"""Sends requests to one provider, each at most once, and tells what has certainly not left from what may have."""

import ssl
from functools import cache
from ssl import SSLCertVerificationError
from time import monotonic
from typing import Final, Protocol
from urllib.parse import urlsplit

from typing_extensions import override
from urllib3 import BaseHTTPResponse, Timeout, connection_from_url
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, SSLError

from bankcore_infra.providers.wire import NoAnswer, NotSent, Reply, WireAnswer, WireRequest

CONNECT_TIMEOUT_S: Final = 3.0
READ_TIMEOUT_S: Final = 30.0
ANSWER_BYTES_MAX: Final = 1_048_576
_PART: Final = 65_536
_CONNECTIONS: Final = 32


class Transport(Protocol):
    """Takes one request to a provider."""

    def send(self, request: WireRequest) -> Reply:
        """Send it once. It raises nothing for what happens on the way."""


class HttpTransport(Transport):
    """Connections to one provider, kept and shared by threads.

    It follows no redirect, knows no proxy of the environment, keeps no cookie, and repeats nothing by itself.
    """

    def __init__(
        self,
        base_url: str,
        *,
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
        read_timeout_s: float = READ_TIMEOUT_S,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._path = urlsplit(base_url).path.rstrip("/")
        self._read_timeout_s = read_timeout_s
        timeout = Timeout(connect=connect_timeout_s, read=read_timeout_s)
        secured = {"ssl_context": tls or _verifying()} if base_url.startswith("https:") else {}
        self._pool = connection_from_url(base_url, maxsize=_CONNECTIONS, retries=False, timeout=timeout, **secured)

    @override
    def send(self, request: WireRequest) -> Reply:
        try:
            answer = self._pool.urlopen(
                request.method,
                self._path + request.path,
                body=request.body,
                headers={"Accept": "application/json", "User-Agent": "bankcore", **request.headers},
                redirect=False,
                assert_same_host=False,
                preload_content=False,
                decode_content=False,
            )
        except (NewConnectionError, ConnectTimeoutError):
            return NotSent("no connection")
        except SSLError as error:
            if any(isinstance(cause, SSLCertVerificationError) for cause in error.args):
                return NotSent("the certificate is not the provider's")
            return NoAnswer("the connection broke")
        except HTTPError:
            return NoAnswer("no answer in time, or the connection broke")
        return self._read(answer)

    def close(self) -> None:
        """Give the connections back."""
        self._pool.close()

    def _read(self, answer: BaseHTTPResponse) -> Reply:
        """The answer whole; a server that sends a byte now and then does not keep us longer than a silent one."""
        end = monotonic() + self._read_timeout_s
        parts = bytearray()
        try:
            while part := answer.read1(_PART):
                parts += part
                if len(parts) > ANSWER_BYTES_MAX or monotonic() > end:
                    answer.close()
                    return NoAnswer("the answer is too long, or takes too long")
        except HTTPError:
            return NoAnswer("the answer broke off")
        answer.release_conn()
        return WireAnswer(answer.status, bytes(parts))


@cache
def _verifying() -> ssl.SSLContext:
    """Whose certificates are right: read once for the process, which takes 20 ms, and shared by all connections."""
    return ssl.create_default_context()
