"""Looks at the address of an endpoint before it is saved."""

from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Final

from bankcore_infra.outgoing import ForbiddenTargetError, Resolver, addresses_of, read_target

_LOOK_UP_S: Final = 3.0
_LOOK_UPS: Final = 4


class AddressCheck:
    """Says in one word why nothing may be sent to an address, before it is saved; the sender looks again each time.

    A name server that does not answer keeps neither the caller nor, whoever else asks, more than a few threads.
    """

    def __init__(self, *, local: bool, resolve: Resolver | None = None, timeout_s: float = _LOOK_UP_S) -> None:
        self._local = local
        self._resolve = resolve
        self._timeout_s = timeout_s
        self._threads = ThreadPoolExecutor(_LOOK_UPS, thread_name_prefix="webhook-look-up")

    def find_problem(self, url: str) -> str | None:
        """The problem with that address, or None."""
        try:
            target = read_target(url, local=self._local)
            self._threads.submit(addresses_of, target, self._resolve).result(self._timeout_s)
        except ForbiddenTargetError as error:
            return error.problem
        except (OSError, FutureTimeoutError):
            return "name_not_found"
        return None
