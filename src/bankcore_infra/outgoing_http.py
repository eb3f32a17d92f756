"""Sends requests to places that somebody else names; each connection goes to an address that was checked for it."""

import asyncio
import socket
import ssl
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import TracebackType
from typing import Final, Self

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_exceptions import ClientConnectorCertificateError, ClientConnectorDNSError, ClientSSLError
from typing_extensions import override
from yarl import URL

from bankcore_infra.outgoing import ForbiddenTargetError, Resolver, Target, addresses_of, read_target, require_allowed

ANSWER_BYTES_MAX: Final = 65_536
_KEPT_OPEN_S: Final = 30.0
# As many as anybody has under way at once: a name that is looked up for long keeps its thread, and delays no other.
_LOOK_UPS: Final = 512


class NotSentError(Exception):
    """There is no answer. `problem` is one constant word."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class OutgoingClient:
    """Posts to public servers, over TLS that is verified; it follows no redirect, knows no proxy, keeps no cookie.

    It belongs to the event loop in which it was made. `local` allows this machine too, for developers.
    """

    def __init__(
        self, *, local: bool = False, resolve: Resolver | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        self._local = local
        # A name that is looked up for long must not keep the default threads of the event loop.
        self._look_ups = ThreadPoolExecutor(_LOOK_UPS, thread_name_prefix="look-up")
        connector = TCPConnector(
            limit=0,
            resolver=_CheckedResolver(self._look_ups, resolve, local=local),
            use_dns_cache=False,
            socket_factory=partial(open_socket, local=local),
            keepalive_timeout=_KEPT_OPEN_S,
            ssl=tls or ssl.create_default_context(),
        )
        self._session = ClientSession(
            connector=connector, cookie_jar=DummyCookieJar(), auto_decompress=False, trust_env=False
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()
        self._look_ups.shutdown(wait=False, cancel_futures=True)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], *, timeout_s: float) -> int:
        """Send the body, and give the status of the answer. The time is for everything, from the look-up to the end of
        the answer, of which at most 64 KiB are read.

        Raises:
            NotSentError: the bank does not connect there, or no answer came in time.
        """
        try:
            read_target(url, local=self._local)
            async with (
                asyncio.timeout(timeout_s),
                self._session.post(
                    URL(url, encoded=True),
                    data=body,
                    headers=headers,
                    allow_redirects=False,
                    timeout=ClientTimeout(total=None),
                ) as answer,
            ):
                await _read_to_the_end(answer)
                return answer.status
        except ForbiddenTargetError as error:
            raise NotSentError(error.problem) from None
        except TimeoutError:
            raise NotSentError("timed_out") from None
        except ClientConnectorDNSError:
            raise NotSentError("name_not_found") from None
        except (ClientSSLError, ClientConnectorCertificateError):
            raise NotSentError("tls_failed") from None
        except (ClientError, OSError, ValueError):
            raise NotSentError("connection_failed") from None


async def _read_to_the_end(answer: ClientResponse) -> None:
    """Read what nobody needs, so that the connection can be used again; it is closed if that is too much."""
    length = 0
    async for part in answer.content.iter_any():
        length += len(part)
        if length > ANSWER_BYTES_MAX:
            answer.close()
            return


class _CheckedResolver(AbstractResolver):
    """Gives the addresses of a name when all of them are allowed."""

    def __init__(self, threads: ThreadPoolExecutor, resolve: Resolver | None, *, local: bool) -> None:
        self._threads = threads
        self._resolve = resolve
        self._local = local

    @override
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        target = Target("https", host, port, is_local=self._local and host == "localhost")
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, addresses_of, target, self._resolve)
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for address in found
        ]

    @override
    async def close(self) -> None:
        """Nothing is kept."""


def open_socket(
    where: tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[object, ...]], *, local: bool
) -> socket.socket:
    """A socket for that address: the last moment to look at it, which no other way to write a place goes around."""
    family, kind, protocol, _name, place = where
    address = str(place[0])
    try:
        require_allowed(address, local=False)
    except ForbiddenTargetError:
        if not local:
            raise
        require_allowed(address, local=True)
    return socket.socket(family, kind, protocol)
