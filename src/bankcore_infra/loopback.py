"""HTTP to our own address: a proxy of the environment is for the world outside, and could not reach it."""

import urllib.error
import urllib.request
from http.client import HTTPException, HTTPResponse
from typing import Final

_DIRECT: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_OK: Final = 200


def open_directly(request: urllib.request.Request | str, *, timeout_s: float) -> HTTPResponse:
    """Send the request, to be closed by the caller.

    Raises:
        urllib.error.HTTPError: the answer is an error.
        urllib.error.URLError: there is no answer.
    """
    response: HTTPResponse = _DIRECT.open(request, timeout=timeout_s)
    return response


def answers_ok(url: str, *, timeout_s: float) -> bool:
    """Whether that address answers with 200 in time."""
    try:
        with open_directly(url, timeout_s=timeout_s) as response:
            return response.status == _OK
    except (OSError, HTTPException):
        return False
