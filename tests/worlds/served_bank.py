"""A running bank with a user of each role and a service, whom anybody over HTTP may be."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Final

from bankcore.api_keys.manage import CreateApiKey, ManageApiKeys
from bankcore.api_keys.scopes import SERVICE_PERMISSIONS
from bankcore.identity.create_user import NewUser
from bankcore.identity.services import IdentityDirectory
from bankcore.identity.users import Role
from bankcore.origin import Origin
from bankcore_infra.wiring import open_bank
from tests.worlds.begun_bank import begin_bank, folder_of_servers
from tests.worlds.documented_bank import write_rates
from tests.worlds.identity import PASSWORD
from tests.worlds.program import TWO_THAT_ANSWER, RunningBank, running_bank

MAIN: Final = "main"
SERVICE: Final = "service"
# Whoever may do more comes later: an admin ends keys and sessions of others, and an owner removes members.
CALLERS: Final = (
    SERVICE,
    *(role.value for role in (Role.HOLDER, Role.VIEWER, Role.DEVELOPER, Role.AUDITOR)),
    *(role.value for role in (Role.OPERATOR, Role.OWNER, Role.ADMIN)),
)
_SOMEBODY: Final = Origin(actor_type="system", actor_id="test")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedBank:
    """The bank, and the header with which a role or the service asks."""

    running: RunningBank
    api_key: str = field(repr=False)
    refresh_tokens: dict[Role, str] = field(repr=False)
    """Of one session of each role, which were begun before anybody could use up the logins of this address."""

    def header_of(self, caller: str) -> str:
        """How that caller says who he is: a role by a new access token, the service by its key."""
        if caller == SERVICE:
            return f"X-API-Key: {self.api_key}"
        return f"Authorization: Bearer {self._access_token(Role(caller))}"

    def knows(self, header: str) -> bool:
        """Whether it knows who sends that header, whatever he may do."""
        name, _, value = header.partition(": ")
        try:
            urllib.request.urlopen(urllib.request.Request(f"{self.running.url}/v1/accounts", headers={name: value}))
        except urllib.error.HTTPError as refusal:
            return refusal.code == HTTPStatus.FORBIDDEN
        return True

    def _access_token(self, role: Role) -> str:
        pair = _post(f"{self.running.url}/v1/auth/refresh", refreshToken=self.refresh_tokens[role])
        self.refresh_tokens[role] = pair["refreshToken"]
        return pair["accessToken"]


def _post(url: str, **body: str) -> dict[str, str]:
    """What is answered to that."""
    asked = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(asked, timeout=20) as answer:
        data: dict[str, str] = json.load(answer)["data"]
    return data


def _address(role: Role) -> str:
    return f"{role.value}@example.com"


@contextmanager
def served_bank(**settings: str) -> Iterator[ServedBank]:
    """`bankcore up` with exchange rates and without limits on requests, in a folder of its own."""
    with folder_of_servers() as folder:
        data_dir = begin_bank(folder / "data")
        free = {"BANKCORE_RATE_CALLER_PER_MINUTE": "0", "BANKCORE_RATE_ADDRESS_PER_MINUTE": "0"}
        rates = {"BANKCORE_FX_RATES_FILE": str(write_rates(folder)), "BANKCORE_FX_RATE_MAX_AGE_S": "86400"}
        with running_bank(data_dir, **{**TWO_THAT_ANSWER, **free, **rates, **settings}) as running:
            api_key = _furnish(data_dir)
            logins = {role: {"email": _address(role), "password": PASSWORD} for role in Role}
            pairs = {role: _post(f"{running.url}/v1/auth/login", **login) for role, login in logins.items()}
            tokens = {role: pair["refreshToken"] for role, pair in pairs.items()}
            yield ServedBank(running=running, api_key=api_key, refresh_tokens=tokens)


def _furnish(data_dir: Path) -> str:
    """Let there be the users. Returns the key of a service that may do everything that a service may."""
    with open_bank(data_dir=data_dir) as bank:
        identity = bank.get(IdentityDirectory).at_slug(MAIN)
        for role in Role:
            new = NewUser(email=_address(role), password=PASSWORD, roles=frozenset({role}))
            identity.create_user(new, origin=_SOMEBODY)
        command = CreateApiKey(name="shop", scopes=frozenset(SERVICE_PERMISSIONS))
        text = bank.tenant(MAIN).get(ManageApiKeys).create(command, origin=_SOMEBODY).value.text
    assert text is not None
    return text
