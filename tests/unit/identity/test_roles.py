"""The table of roles: what each may do, how far, and that nothing else is allowed."""

import re
from pathlib import Path

import pytest

from bankcore.identity.roles import GRANTS, TEST_GRANTS, find_extent, roles_with
from bankcore.identity.users import TEAM_ROLES, Role, TeamRole
from bankcore.permissions import SENSITIVE, Extent, Permission


def test_every_role_is_in_the_table_and_every_permission_is_of_some_role() -> None:
    assert GRANTS.keys() == set(Role)
    assert {permission for grants in GRANTS.values() for permission in grants} == set(Permission)


@pytest.mark.parametrize("permission", Permission)
def test_a_permission_is_a_resource_and_an_action(permission: Permission) -> None:
    assert permission == f"{permission.resource}:{permission.action}"
    assert "" not in {permission.resource, permission.action}


def test_what_a_role_does_not_have_is_denied() -> None:
    assert find_extent([Role.HOLDER], Permission.AUDIT_READ) is None
    assert find_extent([], Permission.ACCOUNTS_READ) is None


def test_a_holder_reaches_nothing_of_others() -> None:
    assert set(GRANTS[Role.HOLDER].values()) == {Extent.OWN}


def test_an_auditor_changes_nothing_of_others() -> None:
    changing = {permission for permission, extent in GRANTS[Role.AUDITOR].items() if extent is Extent.TENANT}

    assert {permission.action for permission in changing} <= {"read", "verify"}


def test_nobody_of_a_team_moves_money_or_decides_about_it() -> None:
    moving = {
        *(Permission.TRANSACTIONS_POST, Permission.TRANSACTIONS_REVERSE, Permission.HOLDS_MANAGE),
        *(Permission.PAYMENTS_MANAGE, Permission.PAYOUTS_MANAGE, Permission.QUOTES_GIVE, Permission.APPROVALS_DECIDE),
        *(Permission.ACCOUNTS_OPEN, Permission.ACCOUNTS_CLOSE, Permission.USERS_MANAGE),
    }

    assert set(map(Role, TeamRole)) == TEAM_ROLES
    assert all(moving.isdisjoint(GRANTS[role]) for role in TEAM_ROLES)


def test_a_viewer_only_reads_and_an_owner_sees_all_that_a_viewer_sees() -> None:
    seen = {permission for permission, extent in GRANTS[Role.VIEWER].items() if extent is Extent.TENANT}

    assert {permission.action for permission in seen} == {"read"}
    assert all(GRANTS[Role.OWNER][permission] is Extent.TENANT for permission in seen)


def test_a_developer_has_keys_of_test_tenants_alone() -> None:
    assert find_extent([Role.DEVELOPER], Permission.API_KEYS_MANAGE) is None
    assert find_extent([Role.DEVELOPER], Permission.API_KEYS_MANAGE, in_test=True) is Extent.TENANT
    assert find_extent([Role.VIEWER], Permission.API_KEYS_READ, in_test=True) is None


def test_of_several_roles_the_widest_extent_counts() -> None:
    assert find_extent([Role.HOLDER, Role.OPERATOR], Permission.HOLDS_MANAGE) is Extent.TENANT
    assert find_extent([Role.HOLDER, Role.AUDITOR], Permission.HOLDS_MANAGE) is Extent.OWN


def test_an_admin_may_do_what_operators_and_auditors_may() -> None:
    for role in (Role.OPERATOR, Role.AUDITOR):
        assert all(GRANTS[Role.ADMIN][permission] >= extent for permission, extent in GRANTS[role].items())


def test_the_roles_that_have_a_permission_are_known() -> None:
    assert roles_with(Permission.AUDIT_READ) == {Role.AUDITOR, Role.ADMIN}
    assert roles_with(Permission.PROFILE_READ) == set(Role)


def test_the_page_for_readers_shows_the_table() -> None:
    columns = (Role.HOLDER, Role.AUDITOR, Role.OPERATOR, Role.ADMIN, Role.OWNER, Role.DEVELOPER, Role.VIEWER)
    words = {None: "-", Extent.OWN: "own", Extent.TENANT: "tenant"}

    def word(role: Role, permission: Permission) -> str:
        return "test" if permission in TEST_GRANTS.get(role, ()) else words[GRANTS[role].get(permission)]

    rows = [
        f"| `{permission}` | {' | '.join(word(role, permission) for role in columns)} |" for permission in Permission
    ]

    page = (Path(__file__).parents[3] / "docs" / "permissions.md").read_text()

    assert [line for line in page.splitlines() if line.startswith("| `")] == rows


def test_the_page_for_readers_names_what_is_sensitive() -> None:
    page = (Path(__file__).parents[3] / "docs" / "permissions.md").read_text()
    (told,) = re.findall(r"before what is sensitive \(.*?\): (.*?)\.\n", page, re.DOTALL)

    assert re.findall("`(.*?)`", told) == sorted(SENSITIVE)
    assert {permission for permission in Permission if permission.is_sensitive} == SENSITIVE
