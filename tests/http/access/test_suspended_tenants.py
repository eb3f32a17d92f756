"""A suspended tenant over HTTP: everything is refused by name, but what auditors read; then it goes on."""

import pytest

from bankcore.identity.roles import GRANTS
from bankcore.identity.users import Role
from bankcore.origin import LIBRARY
from bankcore.tenancy.tenants import TenantStatus, TenantSuspendedError
from bankcore_infra.identifiers import RandomIdentifiers
from bankcore_infra.tenancy.status import change_tenant_status
from tests.http.access.matrix import ROWS
from tests.http.access.test_matrix import GUARDED, Operation
from tests.worlds.estates import Estates

pytestmark = pytest.mark.timeout(300)
CALLERS = (Role.HOLDER, Role.AUDITOR, Role.ADMIN)


def change(world: Estates, status: TenantStatus) -> bool:
    bank = world.bank.bank
    found = bank.find_tenant("main")
    return change_tenant_status(
        bank.database, found, status, RandomIdentifiers(), reason="an inspection", origin=LIBRARY
    )


def is_left_to(role: Role, operation: Operation) -> bool:
    permission = operation.permission
    assert permission is not None
    return role is not Role.HOLDER and permission.action in {"read", "verify"} and permission in GRANTS[role]


def test_a_suspended_tenant_refuses_all_but_what_auditors_read_and_goes_on_when_resumed(world: Estates) -> None:
    asked = [
        (role, operation, ROWS[operation.name].ask(world.of_role[role]))
        for role in CALLERS
        for operation in GUARDED
        if operation.permission in GRANTS[role]
    ]
    assert [change(world, TenantStatus.SUSPENDED) for _ in range(2)] == [True, False]
    before, wrong = world.rows(), []

    for role, operation, request in asked:
        answer = world.of_role[role].send(operation.method, request.address(operation.path), body=request.body)
        is_suspended = answer.status_code == 403 and answer.get_json()["error"]["code"] == TenantSuspendedError.code
        if is_suspended == is_left_to(role, operation):
            wrong.append(f"{role} {operation.name}: {answer.status_code}")

    assert wrong == []
    assert world.rows() == before
    with pytest.raises(TenantSuspendedError):
        world.bank.bank.tenant("main")
    register = {"email": "new@example.com", "password": "walnut-kettle-harbour"}
    nobody = world.bank.application.test_client()
    refused = nobody.post("/v1/auth/register", json=register, headers={"Idempotency-Key": "new"})
    assert refused.get_json()["error"]["code"] == TenantSuspendedError.code
    assert world.stranger.send("GET", "/v1/accounts").status_code == 200
    assert change(world, TenantStatus.ACTIVE)
    assert world.of_role[Role.HOLDER].send("GET", "/v1/accounts").status_code == 200
    again = nobody.post("/v1/auth/register", json=register, headers={"Idempotency-Key": "new"})
    assert again.status_code == 201
    with world.bank.superuser() as connection:
        told = connection.execute(
            "SELECT action FROM bankcore.audit_log WHERE action LIKE 'tenant.%%' AND tenant_id = %s ORDER BY id",
            [world.neighbour.account.tenant_id],
        ).fetchall()
    assert [action for (action,) in told][-2:] == ["tenant.suspended", "tenant.resumed"]
