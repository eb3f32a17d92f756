"""What goes over the wire: requests and answers as values, so that dialects build and read them without a network."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

import orjson

JSON: Final = "application/json"
FORM: Final = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True, kw_only=True)
class WireRequest:
    """A request to a provider: the path is below the provider's own address."""

    method: str
    path: str
    headers: Mapping[str, str] = field(repr=False)
    """They have credentials in them."""
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class WireAnswer:
    """An answer that came whole."""

    status: int
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class NotSent:
    """No byte of the request has left: nothing can have happened."""

    reason: str


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Bytes may have left, and no whole answer came: anything can have happened."""

    reason: str


Reply = WireAnswer | NotSent | NoAnswer


def get(path: str, headers: Mapping[str, str], query: Mapping[str, str] | None = None) -> WireRequest:
    """A request that changes nothing."""
    return WireRequest(method="GET", path=f"{path}?{urlencode(query)}" if query else path, headers=headers)


def post_json(path: str, headers: Mapping[str, str], document: Mapping[str, object]) -> WireRequest:
    """A request with a JSON document; amounts that are numbers are given as `decimal_number`."""
    return WireRequest(
        method="POST", path=path, headers={**headers, "Content-Type": JSON}, body=orjson.dumps(dict(document))
    )


def post_form(path: str, headers: Mapping[str, str], fields: Mapping[str, str]) -> WireRequest:
    """A request with the fields of a form."""
    return WireRequest(
        method="POST", path=path, headers={**headers, "Content-Type": FORM}, body=urlencode(fields).encode("ascii")
    )


def decimal_number(text: str) -> orjson.Fragment:
    """A number of JSON with exactly these digits, which no float can promise."""
    return orjson.Fragment(text)
