"""`bankcore demo`: two holders and a day at the bank, over HTTP, on servers of its own."""

import json
import secrets
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console
from rich.markup import escape

from bankcore_infra.cli.options import data_dir_option
from bankcore_infra.cli.supervisor import Supervisor
from bankcore_infra.cli.verify import verify_installation
from bankcore_infra.environment import load_settings
from bankcore_infra.installation import Installation
from bankcore_infra.loopback import open_directly
from bankcore_infra.servers import start_embedded
from bankcore_infra.settings import ProcessRole

_TIMEOUT_S: Final = 15
_HTTP_ERRORS: Final = 400


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What the API said."""

    status: int
    body: dict[str, Any]
    is_replay: bool

    @property
    def data(self) -> Any:
        """The payload; ends the demo if there is none."""
        self.require_success()
        return self.body["data"]

    def require_success(self) -> None:
        """End the demo if the API refused."""
        if self.status >= _HTTP_ERRORS:
            sys.exit(f"bankcore: the API answered {self.status}: {self.body['error']}")


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody with an account and a token."""

    name: str
    account_id: str
    token: str


class Client:
    """Speaks JSON with the API."""

    def __init__(self, url: str) -> None:
        self._url = url

    def get(self, path: str, holder: Holder) -> HttpAnswer:
        """Read something."""
        return self._send(urllib.request.Request(self._url + path, headers=_headers(holder)))  # noqa: S310 - our own

    def post(
        self, path: str, body: Mapping[str, str], *, holder: Holder | None = None, key: str | None = None
    ) -> HttpAnswer:
        """Ask for something."""
        headers = _headers(holder) | {"Content-Type": "application/json"}
        if key is not None:
            headers["Idempotency-Key"] = key
        return self._send(
            urllib.request.Request(self._url + path, data=json.dumps(body).encode(), headers=headers)  # noqa: S310 - our own
        )

    def _send(self, request: urllib.request.Request) -> HttpAnswer:
        try:
            with open_directly(request, timeout_s=_TIMEOUT_S) as response:
                replayed = response.headers.get("Idempotent-Replayed") == "true"
                return HttpAnswer(response.status, json.load(response), replayed)
        except urllib.error.HTTPError as error:
            with error:
                return HttpAnswer(error.code, json.load(error), error.headers.get("Idempotent-Replayed") == "true")


@click.command()
@data_dir_option
def demo(data_dir: Path | None) -> None:
    """Show the bank at work: a new embedded bank, two holders, and what happens between them. Takes seconds."""
    console = Console(highlight=False)
    with _folder(data_dir) as folder:
        settings = load_settings(data_dir=folder, port=0, host="127.0.0.1", api_workers=1, role=ProcessRole.API)
        console.print("Starting PostgreSQL, Valkey and the API ...")
        with start_embedded(settings) as installation, Supervisor(installation, settings) as supervisor:
            console.print(f"The bank serves at {supervisor.url}\n")
            _show(Client(supervisor.url), console)
            _verify(installation, console)


def _show(client: Client, console: Console) -> None:
    asha, bikram = _register(client, console, "Asha"), _register(client, console, "Bikram")
    deposit = {"accountId": asha.account_id, "amount": "1000.00", "currency": "NPR", "reference": "Salary"}
    client.post("/v1/transactions/deposit", deposit, holder=asha, key="salary").require_success()
    console.print(f"Asha deposits 1000.00 NPR.            {_balances(client, asha, bikram)}")

    transfer = {
        "fromAccountId": asha.account_id,
        "toAccountId": bikram.account_id,
        "amount": "250.50",
        "currency": "NPR",
        "reference": "Rent",
    }
    first = client.post("/v1/transactions/transfer", transfer, holder=asha, key="rent")
    console.print(f"Asha sends Bikram 250.50 NPR.         {_balances(client, asha, bikram)}")

    again = client.post("/v1/transactions/transfer", transfer, holder=asha, key="rent")
    is_same = again.is_replay and again.data == first.data
    console.print(
        f"The same request with the same key:   {_balances(client, asha, bikram)}"
        f"\n   answer {again.status}, {'the first answer again, nothing moved' if is_same else 'NOT THE SAME ANSWER'}"
    )
    _overdraw(client, console, asha, bikram)
    _look_back(client, console, asha, first.data["id"])
    if not is_same:
        sys.exit("bankcore: the replay differs from the first answer")


def _register(client: Client, console: Console, name: str) -> Holder:
    login = {"email": f"{name.lower()}@example.com", "password": secrets.token_urlsafe(18)}
    registered = client.post(
        "/v1/auth/register", login | {"fullName": name, "currency": "NPR"}, key=f"register-{name}"
    ).data
    token = client.post("/v1/auth/login", login).data["accessToken"]
    account = registered["account"]
    console.print(f"{name} registers and has account {account['number']} in {account['currency']}.")
    return Holder(name, account["id"], token)


def _overdraw(client: Client, console: Console, asha: Holder, bikram: Holder) -> None:
    body = {
        "fromAccountId": bikram.account_id,
        "toAccountId": asha.account_id,
        "amount": "9000.00",
        "currency": "NPR",
    }
    refused = client.post("/v1/transactions/transfer", body, holder=bikram, key="too-much")
    error = refused.body["error"]
    console.print(f"Bikram tries to send 9000.00 NPR.     {_balances(client, asha, bikram)}")
    if refused.status < _HTTP_ERRORS:
        sys.exit("bankcore: an overdraft was let through")
    facts = ", ".join(f"{name} {value}" for name, value in error["details"].items() if name != "accountId")
    console.print(f"   refused: {refused.status} {error['code']}: {escape(facts)}")


def _look_back(client: Client, console: Console, holder: Holder, transaction_id: str) -> None:
    console.print(f"\n{holder.name}'s history, latest first:")
    for transaction in client.get("/v1/transactions?limit=10", holder).data:
        (own,) = [entry for entry in transaction["entries"] if entry["accountId"] == holder.account_id]
        console.print(
            f"   {transaction['postedAt'][:19]}  {transaction['kind']:<10} {own['amount']:>10}"
            f"  balance {own['balanceAfter']:>8}  {transaction['reference'] or ''}"
        )
    receipt = client.get(f"/v1/transactions/{transaction_id}/receipt", holder).data
    console.print(f"\nReceipt of the transfer:\n{escape(json.dumps(receipt, indent=2))}", soft_wrap=True)


def _verify(installation: Installation, console: Console) -> None:
    for tenant, report in verify_installation(installation, None, Console(stderr=True, quiet=True)):
        console.print(
            f"\nVerified {tenant.slug}: {report.accounts} accounts, {report.transactions} transactions,"
            f" {report.entries} entries, {len(report.findings)} contradictions."
        )
        if not report.is_clean:
            sys.exit("bankcore: the books contradict themselves")


def _balances(client: Client, *holders: Holder) -> str:
    balances = [
        f"{holder.name} {client.get(f'/v1/accounts/{holder.account_id}/balance', holder).data['balance']}"
        for holder in holders
    ]
    return ", ".join(balances)


def _headers(holder: Holder | None) -> dict[str, str]:
    return {} if holder is None else {"Authorization": f"Bearer {holder.token}"}


@contextmanager
def _folder(data_dir: Path | None) -> Iterator[Path]:
    """The given folder, or one that vanishes afterwards."""
    if data_dir is not None:
        yield data_dir
        return
    with tempfile.TemporaryDirectory(prefix="bankcore-demo-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        # If we are root, the servers run as another user, who must be able to pass through the folder.
        folder.chmod(0o711)
        yield folder
