"""What libpq is told of a connection: all of it by us, so that nothing of it is left to the environment.

libpq fills in what it is not told from variables such as PGOPTIONS and PGHOSTADDR, which belong to other programs of
the machine or of its shell (docs/adr/0027).
"""

import os
from collections.abc import Callable, Mapping
from functools import cache
from threading import Lock
from typing import Any, Final, TypeVar

import psycopg
from psycopg import pq

C = TypeVar("C")

# Where an administrator says how this machine reaches servers safely: leaving them out would make a connection weaker.
_OF_THE_MACHINE: Final = frozenset(
    {
        "passfile",
        "sslmode",
        "sslcert",
        "sslkey",
        "sslcertmode",
        "sslrootcert",
        "sslcrl",
        "sslcrldir",
        "ssl_min_protocol_version",
        "ssl_max_protocol_version",
    }
)
# For these libpq has a default that it does not tell, and takes nothing for nothing.
_UNTOLD_DEFAULTS: Final = {
    "require_auth": "none,password,md5,gss,sspi,scram-sha-256",
    "sslcertmode": "allow",
    "min_protocol_version": "3.0",
    "max_protocol_version": "3.0",
}
# A service is a way of writing an address, of which we cannot tell what it says.
_SERVICE: Final = "service"
_SERVICE_VARIABLE: Final = "PGSERVICE"
_AWAY: Final = Lock()
_PATIENCE_S: Final = 3.0


def whole_address(said: Mapping[str, Any]) -> dict[str, Any]:
    """What was said, and for everything that was not, what libpq takes where no variable is set."""
    if _SERVICE in said:
        return dict(said)
    is_on_this_machine = str(said.get("host", "")).startswith("/")
    return {
        **{
            keyword: value
            for keyword, value in _defaults().items()
            if is_on_this_machine or keyword not in _OF_THE_MACHINE
        },
        **said,
    }


def beside_service_of_others(connect: Callable[[], C]) -> C:
    """What `connect` returns, also where that variable names a service that is defined nowhere.

    Nobody in this process can connect by such a service, so that it may be away for this moment.
    """
    try:
        return connect()
    except psycopg.OperationalError as error:
        if _SERVICE not in str(error) or _SERVICE_VARIABLE not in os.environ:
            raise
    # In a child, whoever held this when it was forked does not give it back.
    is_ours = _AWAY.acquire(timeout=_PATIENCE_S)
    service = os.environ.pop(_SERVICE_VARIABLE, None)
    try:
        return connect()
    finally:
        if service is not None:
            os.environ[_SERVICE_VARIABLE] = service
        if is_ours:
            _AWAY.release()


@cache
def _defaults() -> Mapping[str, str]:
    """Each keyword that has a variable, with the value that is taken without it."""
    options = ((option.keyword.decode(), option) for option in pq.Conninfo.get_defaults() if option.envvar)
    return {
        keyword: _UNTOLD_DEFAULTS.get(keyword, (option.compiled or b"").decode())
        for keyword, option in options
        if keyword != _SERVICE
    }
