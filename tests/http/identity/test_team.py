"""A tenant's team over HTTP: owners manage it, the others see it, and it keeps an owner."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

import pytest
from werkzeug.test import TestResponse

from bankcore.identity.create_user import NewUser
from bankcore.identity.users import Role, User
from bankcore.tenancy.settings import SECOND_FACTOR_ROLES
from bankcore_http.answering.replays import REPLAY_HEADER
from tests.http.identity.conftest import Door
from tests.worlds.identity import LAPTOP, PASSWORD

MEMBERS: Final = "/v1/team/members"


@dataclass
class Member:
    """Somebody who has logged in."""

    door: Door
    user: User
    token: str
    keys: Iterator[int]

    def ask(self, method: str, path: str = "", body: object = None, key: str | None = None) -> TestResponse:
        """Ask about the team."""
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key or f"key-{next(self.keys)}"}
        return self.door.client.open(MEMBERS + path, method=method, json=body, headers=headers)


def member_of(door: Door, role: Role, name: str | None = None) -> Member:
    """A user with that role, in a session."""
    email = f"{name or role}@example.com"
    new = NewUser(email=email, password=PASSWORD, roles=frozenset({role}))
    user = door.identity.services.create_user(new, origin=LAPTOP)
    token = door.login(email=email).get_json()["data"]["accessToken"]
    return Member(door, user, token, count())


def error_of(answer: TestResponse) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, answer.get_json()["error"]["code"]


def test_an_owner_adds_changes_and_removes_members(door: Door) -> None:
    owner = member_of(door, Role.OWNER)
    body = {"email": "dev@example.com", "role": "developer", "fullName": "Dev"}

    added, again = (owner.ask("POST", "", body, "once") for _ in range(2))
    made: Any = added.get_json()["data"]
    changed = owner.ask("PUT", f"/{made['id']}/role", {"role": "viewer"}).get_json()["data"]
    removed = owner.ask("DELETE", f"/{made['id']}").get_json()["data"]

    assert (added.status_code, again.headers[REPLAY_HEADER]) == (201, "true")
    assert {name: made[name] for name in body} == body
    assert made["status"] == "active"
    assert (changed["role"], removed["role"]) == ("viewer", None)
    assert error_of(owner.ask("GET", f"/{made['id']}")) == (404, "not_found")
    assert [each["role"] for each in owner.ask("GET").get_json()["data"]] == ["owner"]
    assert [action for action, _ in door.identity.audited() if "roles" in action] == ["user.roles_changed"] * 2


@pytest.mark.parametrize("role", [Role.DEVELOPER, Role.VIEWER])
def test_the_others_see_the_team_and_change_nothing(door: Door, role: Role) -> None:
    owner, member = member_of(door, Role.OWNER), member_of(door, role)

    assert len(member.ask("GET").get_json()["data"]) == 2
    assert member.ask("GET", f"/{owner.user.id}").get_json()["data"]["role"] == "owner"
    for refused in (
        member.ask("POST", "", {"email": "friend@example.com", "role": "owner"}),
        member.ask("PUT", f"/{member.user.id}/role", {"role": "owner"}),
        member.ask("DELETE", f"/{owner.user.id}"),
    ):
        assert error_of(refused) == (403, "forbidden")
        assert refused.get_json()["error"]["details"] == {
            "permission": "team:manage",
            "advice": "ask somebody whose role has it, or for such a role",
        }


def test_the_last_owner_stays_and_another_may_leave(door: Door) -> None:
    first = member_of(door, Role.OWNER)

    assert error_of(first.ask("DELETE", f"/{first.user.id}")) == (409, "last_owner")
    assert error_of(first.ask("PUT", f"/{first.user.id}/role", {"role": "viewer"})) == (409, "last_owner")
    second = member_of(door, Role.OWNER, "second")
    assert first.ask("DELETE", f"/{first.user.id}").status_code == 200
    assert error_of(first.ask("GET")) == (401, "unauthenticated")
    assert error_of(second.ask("DELETE", f"/{second.user.id}")) == (409, "last_owner")


def test_an_owner_gives_no_role_outside_of_the_team_and_finds_nobody_there(door: Door) -> None:
    owner, holder = member_of(door, Role.OWNER), member_of(door, Role.HOLDER)

    as_admin = owner.ask("POST", "", {"email": "friend@example.com", "role": "admin"})
    assert error_of(as_admin) == (422, "validation_failed")
    assert as_admin.get_json()["error"]["errors"][0]["pointer"] == "/role"
    assert error_of(owner.ask("PUT", f"/{holder.user.id}/role", {"role": "viewer"})) == (404, "not_found")
    assert error_of(owner.ask("POST", "", {"email": holder.user.email, "role": "viewer"})) == (409, "email_taken")
    assert error_of(holder.ask("GET")) == (403, "forbidden")


def test_changes_of_the_team_ask_for_the_second_factor_where_the_tenant_wants_it(door: Door) -> None:
    owner = member_of(door, Role.OWNER)
    door.identity.bank.scratch.execute(
        "INSERT INTO bankcore.tenant_settings (tenant_id, name, value) VALUES (%s, %s, 'owner')",
        door.identity.tenant.id,
        SECOND_FACTOR_ROLES.name,
    )

    refused = owner.ask("DELETE", f"/{owner.user.id}")

    assert error_of(refused) == (403, "mfa_required")
    assert refused.get_json()["error"]["details"] == {"nextStep": "begin"}
    assert owner.ask("GET").status_code == 200
