"""Every operation of the document, as everybody, about everybody's things: who is let through, and that nobody else
leaves a trace.
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import pytest

from bankcore.identity.roles import GRANTS
from bankcore.identity.users import Role
from bankcore.permissions import Extent, Permission
from tests.http.access.matrix import ROWS
from tests.http.access.rows import Row, Whose
from tests.worlds.document import described
from tests.worlds.estates import Estate, Estates

pytestmark = [pytest.mark.timeout(300), pytest.mark.security]

DOCUMENT: Final[Any] = described()


class Operation(NamedTuple):
    """An operation of the document, and the permission that it asks for; None if it asks nobody who he is."""

    name: str
    method: str
    path: str
    permission: Permission | None


def _operations() -> Iterator[Operation]:
    for path, methods in DOCUMENT["paths"].items():
        for method, told in methods.items():
            if isinstance(told, dict) and "operationId" in told:
                permission = None if told["security"] == [] else Permission(told["x-permission"])
                yield Operation(told["operationId"], method.upper(), path, permission)


GUARDED: Final = [operation for operation in _operations() if operation.permission is not None]
FOUND_NOTHING: Final = 200
OPEN: Final = {
    "register",
    "login",
    "refresh",
    "logout",
    "getReceiptKeys",
    "requestPasswordReset",
    "confirmPasswordReset",
}


def test_each_operation_has_a_row_or_is_open_to_everybody() -> None:
    assert {operation.name for operation in GUARDED} == set(ROWS)
    assert {operation.name for operation in _operations() if operation.permission is None} == OPEN


@pytest.mark.parametrize("operation", GUARDED, ids=lambda operation: operation.name)
def test_an_operation_lets_through_whom_the_table_names_and_nobody_else(world: Estates, operation: Operation) -> None:
    row = ROWS[operation.name]
    wrong = [problem for role in Role for problem in _problems(world, operation, row, role)]

    assert [*wrong, *_without_token(world, operation, row)] == []


def _problems(world: Estates, operation: Operation, row: Row, role: Role) -> Iterator[str]:
    caller, permission = world.of_role[role], operation.permission
    assert permission is not None
    extent = GRANTS[role].get(permission)
    if extent is None:
        yield from _refused(world, operation, row, caller, caller, 403)
        yield from _refused(world, operation, row, caller, world.neighbour, 403)
        return
    yield from _let_through(operation, row, caller, caller)
    if row.whose is Whose.USERS and extent is Extent.TENANT:
        yield from _let_through(operation, row, caller, world.neighbour)
    elif row.whose is Whose.USERS:
        yield from _refused(world, operation, row, caller, world.neighbour, row.strange)
    if row.whose is not Whose.NOBODYS:
        yield from _refused(world, operation, row, caller, world.stranger, row.strange)


def _without_token(world: Estates, operation: Operation, row: Row) -> Iterator[str]:
    nobody = Estate(world.bank, "main", "", "", "", world.neighbour.account)
    yield from _refused(world, operation, row, nobody, world.neighbour, 401)


def _let_through(operation: Operation, row: Row, caller: Estate, owner: Estate) -> Iterator[str]:
    status = _send(operation, row, caller, owner)
    if row.logs_out:
        caller.log_in()
    if status not in row.fine:
        yield f"{caller.email or 'nobody'} about {owner.email}: {status}"


def _refused(
    world: Estates, operation: Operation, row: Row, caller: Estate, owner: Estate, expected: int
) -> Iterator[str]:
    # Made before the rows are counted, since asking for a thing of somebody makes it.
    asked = row.ask(owner)
    before = world.rows()
    answer = caller.send(operation.method, asked.address(operation.path), body=asked.body)
    after = world.rows()
    if answer.status_code != expected:
        yield f"{caller.email or 'nobody'} about {owner.email}: {answer.status_code} and not {expected}"
    if expected == FOUND_NOTHING and answer.get_json()["data"] != []:
        yield f"{caller.email or 'nobody'} about {owner.email}: is shown something"
    if before != after:
        changed = [name for name in after if before[name] != after[name]]
        yield f"{caller.email or 'nobody'} about {owner.email}: refused, and wrote to {changed}"


def _send(operation: Operation, row: Row, caller: Estate, owner: Estate) -> int:
    asked = row.ask(owner)
    return caller.send(operation.method, asked.address(operation.path), body=asked.body).status_code
