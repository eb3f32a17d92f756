"""Every operation of the document, as everybody, about everybody's things: who is let through, and that nobody else
leaves a trace.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import pytest

from bankcore.identity.roles import find_extent
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
    expected = [each for role in Role for each in _expected(world, operation, row, role)]
    nobody = Estate(world.bank, "main", "", "", "", world.neighbour.account)
    refused = [*(each for each in expected if each.status is not None), Expected(nobody, world.neighbour, 401)]

    wrong = [
        problem
        for each in expected
        if each.status is None
        for problem in _let_through(operation, row, each.caller, each.owner)
    ]

    assert [*wrong, *_refused(world, operation, row, refused)] == []


class Expected(NamedTuple):
    """Who asks for the things of whom, and the status of the refusal; None if it is answered."""

    caller: Estate
    owner: Estate
    status: int | None


def _expected(world: Estates, operation: Operation, row: Row, role: Role) -> Iterator[Expected]:
    caller, permission = world.of_role[role], operation.permission
    assert permission is not None
    extent = find_extent([role], permission, in_test=True)
    if extent is None:
        yield from (Expected(caller, owner, 403) for owner in (caller, world.neighbour))
        return
    yield Expected(caller, caller, None)
    if row.whose is Whose.USERS:
        yield Expected(caller, world.neighbour, None if extent is Extent.TENANT else row.strange)
    if row.whose is not Whose.NOBODYS:
        yield Expected(caller, world.stranger, row.strange)


def _let_through(operation: Operation, row: Row, caller: Estate, owner: Estate) -> Iterator[str]:
    status = _send(operation, row, caller, owner)
    if row.logs_out:
        caller.log_in()
    if status not in row.fine:
        yield f"{caller.email or 'nobody'} about {owner.email}: {status}"


def _refused(world: Estates, operation: Operation, row: Row, refused: Sequence[Expected]) -> Iterator[str]:
    # Made before the rows are counted, since asking for a thing of somebody makes it.
    asked = [row.ask(each.owner) for each in refused]
    before = world.rows()
    for each, request in zip(refused, asked, strict=True):
        who = f"{each.caller.email or 'nobody'} about {each.owner.email}"
        answer = each.caller.send(operation.method, request.address(operation.path), body=request.body)
        if answer.status_code != each.status:
            yield f"{who}: {answer.status_code} and not {each.status}"
        if each.status == FOUND_NOTHING and answer.get_json()["data"] != []:
            yield f"{who}: is shown something"
    after = world.rows()
    if before != after:
        yield f"refused, and wrote to {[name for name in after if before[name] != after[name]]}"


def _send(operation: Operation, row: Row, caller: Estate, owner: Estate) -> int:
    asked = row.ask(owner)
    return caller.send(operation.method, asked.address(operation.path), body=asked.body).status_code
