"""Every operation of the OpenAPI document that takes a body, and a good body for it."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from bankcore.identity.resets import TOKEN_LENGTH
from tests.http.access.matrix import ROWS
from tests.worlds.document import described
from tests.worlds.estates import Estate
from tests.worlds.identity import PASSWORD

DOCUMENT: Final[Any] = described()
_ADDRESS: Final = {"email": "nobody@example.com", "password": PASSWORD}
# Of the operations for which nobody has to say who he is.
_OPEN: Final[Mapping[str, Mapping[str, object]]] = {
    "register": {**_ADDRESS, "fullName": "Nobody", "currency": "NPR"},
    "login": _ADDRESS,
    "refresh": {"refreshToken": "bcr_" + "A" * 86},
    "logout": {"refreshToken": "bcr_" + "A" * 86},
    "requestPasswordReset": {"email": "nobody@example.com"},
    "confirmPasswordReset": {"token": "0" * TOKEN_LENGTH, "password": PASSWORD},
}
_MOVEMENTS: Final = {"deposit", "withdraw", "transfer"}
# Members that the good bodies of the matrix lack.
_BESIDES: Final[Mapping[str, Mapping[str, object]]] = {
    "setAccountPolicy": {"limits": [{"per": "day", "amount": "500.00", "currency": "NPR"}]},
    "setTenantPolicy": {"limits": [{"per": "day", "amount": "500000.00", "currency": "NPR"}]},
    "placeHold": {"reference": "Room 12", "expiresIn": 600},
    "voidHold": {"reason": "Sold out"},
    "captureHold": {"amount": "0.50", "currency": "NPR"},
    "reverseTransaction": {"amount": "0.50", "currency": "NPR"},
    "createApiKey": {"networks": ["203.0.113.0/24"], "expiresAt": "2100-01-01T00:00:00Z"},
    "changePassword": {"currentPassword": "not the password of anybody"},
    "replacePreferences": {"preferences": [{"template": "welcome", "channels": ["email"]}]},
}


class Target(NamedTuple):
    """An operation that takes a body."""

    name: str
    method: str
    path: str


class Letter(NamedTuple):
    """A good request, which is then spoiled."""

    method: str
    path: str
    body: Mapping[str, Any]


def _targets() -> Iterator[Target]:
    for path, methods in DOCUMENT["paths"].items():
        for method, told in methods.items():
            if isinstance(told, dict) and "requestBody" in told:
                yield Target(told["operationId"], method.upper(), path)


TARGETS: Final = list(_targets())


def letter(target: Target, owner: Estate) -> Letter:
    """A good request about things of that user."""
    if target.name in _OPEN:
        return Letter(target.method, target.path, _OPEN[target.name])
    asked = ROWS[target.name].ask(owner)
    body = {**(asked.body or {}), **_BESIDES.get(target.name, {})}
    if target.name in _MOVEMENTS:
        expected = {"accountId": owner.account_id, "availableMin": "0.00"}
        body |= {"reference": "Rent", "metadata": {"invoice": "1"}, "expects": [expected]}
    return Letter(target.method, asked.address(target.path), body)
