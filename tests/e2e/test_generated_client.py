"""A client that is generated from the document works with the running bank, and every answer has a type."""

import pkgutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from http import HTTPStatus
from importlib import import_module
from inspect import get_annotations
from pathlib import Path
from types import ModuleType
from typing import Any, Final, Self
from uuid import UUID

import pytest

from bankcore_http.wsgi import describe
from tests.worlds.begun_bank import begin_bank, folder_of_servers
from tests.worlds.generated_client import NAME, GeneratedClient, generate_client
from tests.worlds.identity import PASSWORD
from tests.worlds.program import RunningBank, running_bank

pytestmark = [pytest.mark.timeout(180), pytest.mark.enable_socket, pytest.mark.usefixtures("unmeasured")]

EMAIL: Final = "sita@example.com"
# The items of a payout may be sent as a file as well, which this generator has no way to write.
FILES: Final = {f"Unsupported content type {one}" for one in ("text/csv", "application/x-ndjson")}


@pytest.fixture(scope="module")
def package() -> Iterator[GeneratedClient]:
    """The client, generated without a complaint."""
    with tempfile.TemporaryDirectory() as name:
        complaints = {str(complaint.detail) for complaint in generate_client(describe(), Path(name))}
        assert complaints <= FILES
        with GeneratedClient(Path(name)) as opened:
            yield opened


@pytest.fixture(scope="module")
def running() -> Iterator[RunningBank]:
    """A bank that serves."""
    with folder_of_servers() as folder, running_bank(begin_bank(folder / "data")) as started:
        yield started


def modules_of_operations() -> Iterator[ModuleType]:
    """The generated modules that each send one request."""
    for found in pkgutil.walk_packages(import_module(f"{NAME}.api").__path__, f"{NAME}.api."):
        if not found.ispkg:
            yield import_module(found.name)


def test_every_operation_has_typed_answers_for_success_and_failure(package: GeneratedClient) -> None:
    failure = package.model("Failure")
    answers = {module.__name__: get_annotations(module.sync)["return"] for module in modules_of_operations()}

    operations = [path.keys() & {"get", "post", "put", "patch", "delete"} for path in describe()["paths"].values()]  # type: ignore[attr-defined]
    assert len(answers) == sum(len(methods) for methods in operations)
    for name, answer in answers.items():
        assert failure in answer.__args__, name
        assert len(set(answer.__args__) - {failure, type(None)}) == 1, name
        assert Any not in answer.__args__, name


class Customer:
    """Somebody who uses the bank through the generated client."""

    def __init__(self, package: GeneratedClient, url: str) -> None:
        self._package = package
        self._url = url
        self._opened = ExitStack()
        self.client = self._connected("Client")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self._opened.close()

    def register_and_log_in(self) -> Any:
        """The account that comes with it."""
        who = {"email": EMAIL, "password": PASSWORD}
        body = self._package.model("RegisterBody")(**who, full_name="Sita Sharma")
        registered = self.ask("authentication", "register", body=body, idempotency_key="register")
        tokens = self.ask("authentication", "login", body=self._package.model("LoginBody")(**who))
        self.client = self._connected("AuthenticatedClient", token=tokens.parsed.data.access_token)
        return registered.parsed.data.account

    def _connected(self, kind: str, **credential: str) -> Any:
        made = self._package.member("client", kind)(base_url=self._url, raise_on_unexpected_status=True, **credential)
        return self._opened.enter_context(made)

    def ask(self, tag: str, name: str, *path: object, **arguments: object) -> Any:
        """The whole answer of that operation."""
        return self._package.operation(tag, name)(*path, client=self.client, **arguments)

    def move(self, what: str, key: str, body: str, **members: object) -> Any:
        """The whole answer to a deposit, a withdrawal or a transfer."""
        sent = self._package.model(body)(currency="NPR", **members)
        return self.ask("transactions", what, body=sent, idempotency_key=key)


@pytest.fixture
def sita(package: GeneratedClient, running: RunningBank) -> Iterator[Customer]:
    """A customer who is not known yet."""
    with Customer(package, running.url) as customer:
        yield customer


def test_a_customer_banks_through_the_generated_client(package: GeneratedClient, sita: Customer) -> None:
    account = sita.register_and_log_in()
    savings = sita.ask(
        "accounts", "open_account", body=package.model("AccountBody")(currency="NPR"), idempotency_key="open"
    ).parsed.data
    assert isinstance(account.id, UUID)

    deposit = sita.move("deposit", "in", "MoneyBody", account_id=account.id, amount="100.00")
    assert (deposit.status_code, deposit.parsed.data.amount) == (HTTPStatus.CREATED, "100.00")

    sent = {"from_account_id": account.id, "to_account_id": savings.id, "amount": "30.00"}
    first, again = (sita.move("transfer", "pay", "TransferBodyWithToAccountId", **sent) for _ in range(2))
    assert first.parsed.data == again.parsed.data
    assert [answer.headers.get("Idempotent-Replayed") for answer in (first, again)] == [None, "true"]
    by_number = {"from_account_id": account.id, "to_account_number": savings.number, "amount": "1.00"}
    assert sita.move("transfer", "pay-2", "TransferBodyWithToAccountNumber", **by_number).status_code == 201

    refused = sita.move("withdraw", "out", "MoneyBody", account_id=account.id, amount="69.01")
    error = refused.parsed.error
    assert (refused.status_code, error.code.value, error.retryable) == (422, "insufficient_funds", False)
    assert (error.details.account_id, error.details.available, error.details.needed) == (account.id, "69.00", "69.01")
    too_much = sita.move("deposit", "much", "MoneyBody", account_id=account.id, amount="9" * 30)
    assert (too_much.parsed.error.code.value, too_much.parsed.error.details.currency) == ("amount_out_of_range", "NPR")

    page = sita.ask("transactions", "list_transactions", limit=2).parsed
    rest = sita.ask("transactions", "list_transactions", limit=2, cursor=page.meta.page.next_cursor).parsed
    assert [moved.kind for moved in (*page.data, *rest.data)] == ["transfer", "transfer", "deposit"]
    assert rest.meta.page.next_cursor is None


def test_a_stranger_is_refused_what_is_no_json_with_a_type(sita: Customer) -> None:
    refused = sita.ask("audit_log", "export_audit_events")

    assert (refused.status_code, refused.parsed.error.code.value) == (HTTPStatus.UNAUTHORIZED, "unauthenticated")
