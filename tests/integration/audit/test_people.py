"""What is done to users and to their tenant verifies clean, and roles that nobody gave are found."""

from pathlib import Path

import pytest

from bankcore.identifiers import UserId
from bankcore.identity.change_user import UserChange
from bankcore.identity.end_sessions import SessionsToEnd
from bankcore.identity.login import LoginRequest
from bankcore.identity.sessions import RevokeReason
from bankcore.identity.users import Role
from bankcore.origin import Origin
from bankcore.tenancy.tenants import TenantStatus
from bankcore_infra.tenancy.administration import SqlTenantAdministration
from tests.integration.audit.test_invented_actions import HoldingBank
from tests.worlds.identity import PASSWORD, PHONE, IdentityWorld
from tests.worlds.sealing import SealingRole
from tests.worlds.sql_bank import ScratchDatabase, SqlBank

ADMIN = Origin(actor_type="user", actor_id="admin")
OPERATOR = Origin(actor_type="operator", actor_id="installation")


@pytest.fixture
def world(bank: SqlBank, scratch: ScratchDatabase, role: SealingRole, tmp_path: Path) -> HoldingBank:
    return HoldingBank(bank, scratch, role, tmp_path)


@pytest.fixture
def user_id(bank: SqlBank, tmp_path: Path) -> UserId:
    """Somebody whose roles were changed, and whose session staff has ended."""
    identity = IdentityWorld.of(bank, tmp_path / "keys")
    user = identity.register().user
    services = identity.services
    services.login(LoginRequest(email=user.email, password=PASSWORD), origin=PHONE)
    for roles in ({Role.HOLDER, Role.OPERATOR}, {Role.AUDITOR}):
        services.change_user(UserChange(user_id=user.id, to=frozenset(roles)), origin=ADMIN)
    services.end_sessions(SessionsToEnd(user_id=user.id, reason=RevokeReason.STAFF), origin=ADMIN)
    services.reset_password.request(user.email, origin=PHONE)
    return user.id


def test_changed_roles_ended_sessions_and_changes_of_the_tenant_verify_clean(
    world: HoldingBank, user_id: UserId
) -> None:
    tenants = SqlTenantAdministration(world.bank.database, world.bank.unit)
    for status in (TenantStatus.SUSPENDED, TenantStatus.ACTIVE):
        tenants.change_status("main", status, reason="an inspection", origin=OPERATOR)
    tenants.change_setting("main", "registration", "closed", origin=OPERATOR)

    recorded = {
        action
        for (action,) in world.scratch.rows("SELECT DISTINCT action FROM bankcore.audit_log WHERE outcome = 'success'")
    }
    assert {"user.roles_changed", "session.ended", "tenant.suspended", "tenant.resumed"} <= recorded
    assert {"tenant.setting_changed", "user.password_reset_requested"} <= recorded
    assert world.findings() == ([], [])
    assert world.scratch.scalar("SELECT roles FROM bankcore.users WHERE id = %s", user_id) == ["auditor"]


def test_a_role_that_nobody_gave_is_found_by_both(world: HoldingBank, user_id: UserId) -> None:
    world.scratch.execute("UPDATE bankcore.users SET roles = ARRAY['auditor', 'admin'] WHERE id = %s", user_id)

    for found in world.findings():
        assert any("user" in each and str(user_id) in each for each in found), found
