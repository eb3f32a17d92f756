"""What the document does not know is not there: methods of its paths, members of their queries."""

from typing import Final

import pytest

from tests.http.attacks.operations import DOCUMENT
from tests.worlds.documented_bank import DocumentedBank
from tests.worlds.estates import Estates

pytestmark = pytest.mark.security

METHODS: Final = (
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "TRACE",
    "CONNECT",
    "PROPFIND",
    "X",
)
SOME_ID: Final = "019c1406-3400-7000-8000-00000000dead"


def filled(path: str) -> str:
    """The path with an id of nothing for each parameter."""
    return "/".join(SOME_ID if step.startswith("{") else step for step in path.split("/"))


def ask(bank: DocumentedBank, method: str, path: str, **headers: str) -> tuple[int, str]:
    """The status, and which methods the answer allows."""
    answer = bank.application.test_client().open(path, method=method, headers=headers)
    return answer.status_code, answer.headers.get("Allow", "")


def test_a_method_that_the_document_does_not_have_is_not_allowed_on_any_path(world: Estates) -> None:
    wrong = []
    for path, methods in DOCUMENT["paths"].items():
        known = {method.upper() for method in methods if isinstance(methods[method], dict)}
        allowed = known | ({"HEAD"} if "GET" in known else set())
        for method in set(METHODS) - allowed:
            status, told = ask(world.bank, method, filled(path))
            if status != 405 or not known <= set(told.replace(",", " ").split()) <= allowed:
                wrong.append((method, path, status, told))

    assert wrong == []


def test_no_header_makes_one_method_of_another(world: Estates) -> None:
    names = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")

    assert {ask(world.bank, "POST", "/v1/auth/me", **{name: "GET"})[0] for name in names} == {405}


def test_a_query_that_the_document_does_not_have_is_refused_by_every_operation(world: Estates) -> None:
    caller, wrong = world.stranger, []
    for path, methods in DOCUMENT["paths"].items():
        for method, told in methods.items():
            if isinstance(told, dict) and told.get("security") != []:
                answer = caller.send(method.upper(), f"{filled(path)}?tenantId=1")
                pointers = [error["pointer"] for error in (answer.get_json()["error"] or {}).get("errors", [])]
                if answer.status_code not in {415, 422} or (answer.status_code == 422 and "/query" not in pointers[0]):
                    wrong.append((method, path, answer.status_code, pointers))

    assert wrong == []
