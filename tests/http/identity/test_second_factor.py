"""A second factor over HTTP: from the QR code to the login, and no secret is shown twice or logged."""

import json
import re
from base64 import b32decode
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from werkzeug.test import TestResponse

from bankcore.origin import Origin
from bankcore.tenancy.change_setting import ChangeTenantSetting
from bankcore_http.answering.members import ACCOUNT_ID_EXAMPLE
from bankcore_infra.clock import SystemClock
from tests.worlds.documented_bank import DocumentedBank, documented_bank
from tests.worlds.identity import PASSWORD

pytestmark = pytest.mark.timeout(180)

FACTOR: Final = "/v1/auth/second-factor"
WRONG: Final = "abcde-fghjk"
SOMEBODY: Final = Origin(actor_type="system", actor_id="test")


@dataclass
class Person:
    """A user, and the device that knows the secret."""

    bank: DocumentedBank
    email: str
    secret: bytes = field(default=b"", repr=False)
    token: str = field(default="", repr=False)
    numbers: "count[int]" = field(default_factory=count)

    def login(self, **changes: object) -> TestResponse:
        """Log in, and go on with the new token if there is one."""
        body = {"email": self.email, "password": PASSWORD, **changes}
        answer = self.bank.application.test_client().post("/v1/auth/login", json=body)
        if answer.status_code == 200:
            self.token = answer.get_json()["data"]["accessToken"]
        return answer

    def post(self, path: str, key: str | None = None, **body: object) -> TestResponse:
        """Ask for something of the factor."""
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Idempotency-Key": key or f"{self.email}-{next(self.numbers)}",
        }
        return self.bank.application.test_client().post(FACTOR + path, json=body, headers=headers)

    def send(self, method: str, path: str, body: object) -> TestResponse:
        """Ask for anything."""
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": f"{self.email}-{next(self.numbers)}"}
        return self.bank.application.test_client().open(path, method=method, json=body, headers=headers)

    def code(self, later_s: int = 0) -> str:
        """What the device shows."""
        return TOTP(self.secret, 6, SHA1(), 30).generate(int(SystemClock().now().timestamp()) + later_s).decode()

    def begin(self) -> Any:
        """Take the secret over."""
        begun = self.post("", "begin", password=PASSWORD).get_json()["data"]
        (secret,) = parse_qs(urlsplit(begun["uri"]).query)["secret"]
        self.secret = b32decode(secret)
        return begun


@pytest.fixture(scope="module")
def bank() -> Iterator[DocumentedBank]:
    with documented_bank() as opened:
        yield opened


def new_person(bank: DocumentedBank, name: str) -> Person:
    person = Person(bank, f"{name}@example.com")
    body = {"email": person.email, "password": PASSWORD}
    headers = {"Idempotency-Key": name}
    assert bank.application.test_client().post("/v1/auth/register", json=body, headers=headers).status_code == 201
    person.login()
    return person


def test_a_device_scans_the_code_confirms_it_and_is_asked_for_at_the_next_login(bank: DocumentedBank) -> None:
    sita = new_person(bank, "sita")

    begun = sita.begin()
    picture = ET.fromstring(begun["svg"])
    confirmed = sita.post("/confirm", otp=sita.code())
    without, wrong = sita.login(), sita.login(otp=WRONG)
    right = sita.login(otp=sita.code(30))

    assert re.match(r"otpauth://totp/bankcore-main:sita%40example\.com\?", begun["uri"])
    assert picture.tag == "{http://www.w3.org/2000/svg}svg"
    assert len(confirmed.get_json()["data"]["recoveryCodes"]) == 10
    assert (without.status_code, without.get_json()["error"]["code"]) == (403, "mfa_required")
    assert (wrong.status_code, wrong.get_json()["error"]["code"]) == (401, "unauthenticated")
    assert right.status_code == 200


def test_a_repeated_key_shows_neither_secret_nor_recovery_codes(bank: DocumentedBank) -> None:
    gita = new_person(bank, "gita")

    gita.begin()
    again = gita.post("", "begin", password=PASSWORD)
    first = gita.post("/confirm", "confirm", otp=gita.code())
    repeated = gita.post("/confirm", "confirm", otp=WRONG)

    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.get_json()["data"] == {"uri": None, "svg": None}
    assert first.get_json()["data"]["recoveryCodes"] is not None
    assert (repeated.status_code, repeated.get_json()["data"]) == (200, {"recoveryCodes": None})


def test_recovery_codes_let_in_are_renewed_and_the_factor_is_removed(bank: DocumentedBank) -> None:
    hari = new_person(bank, "hari")
    hari.begin()
    codes = hari.post("/confirm", otp=hari.code()).get_json()["data"]["recoveryCodes"]

    with_code = hari.login(otp=codes[0])
    renewed = hari.post("/recovery-codes", otp=codes[1]).get_json()["data"]["recoveryCodes"]
    with_old, wrong = hari.login(otp=codes[2]), hari.post("/remove", otp=WRONG)
    removed = hari.post("/remove", otp=renewed[0])

    assert with_code.status_code == 200
    assert with_old.status_code == 401
    assert (wrong.status_code, wrong.get_json()["error"]["errors"][0]["pointer"]) == (422, "/otp")
    assert removed.status_code == 200
    assert hari.login().status_code == 200


def test_an_admin_resets_the_factor_of_another_and_not_the_own_one(bank: DocumentedBank) -> None:
    maya = new_person(bank, "maya")
    maya.begin()
    maya.post("/confirm", otp=maya.code())
    client, me = bank.application.test_client(), "/v1/auth/me"
    maya_id = client.get(me, headers={"Authorization": f"Bearer {maya.token}"}).get_json()["data"]["id"]
    own_id = bank.send("get", me, None).get_json()["data"]["id"]

    reset = bank.send("delete", f"/v1/admin/users/{maya_id}/second-factor", None)
    again = bank.send("delete", f"/v1/admin/users/{maya_id}/second-factor", None)
    own = bank.send("delete", f"/v1/admin/users/{own_id}/second-factor", None)

    assert [answer.status_code for answer in (reset, again, own)] == [200, 404, 403]
    assert client.get(me, headers={"Authorization": f"Bearer {maya.token}"}).status_code == 401
    assert maya.login().status_code == 200


def test_secret_codes_and_recovery_codes_are_nowhere_but_in_the_first_answer(
    bank: DocumentedBank, capfd: pytest.CaptureFixture[str]
) -> None:
    rita = new_person(bank, "rita")
    begun = rita.begin()
    codes = rita.post("/confirm", otp=rita.code()).get_json()["data"]["recoveryCodes"]
    refused = [rita.login(otp=code).get_data(as_text=True) for code in (WRONG, "000000", codes[0], codes[0])]
    rita.post("/recovery-codes", otp=codes[1])

    (secret,) = parse_qs(urlsplit(begun["uri"]).query)["secret"]
    with bank.superuser() as sql:
        tables = [name for (name,) in sql.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'bankcore'")]
        stored = [
            str(text) for table in tables for (text,) in sql.execute(f"SELECT t::text FROM bankcore.{table} AS t")
        ]
        bodies = [bytes(body) for (body,) in sql.execute("SELECT body FROM bankcore.audit_log")]
    everything = "\n".join([*stored, *refused[:2], refused[3], capfd.readouterr().err, *map(repr, bodies)])

    actions = [json.loads(body)["action"] for body in bodies]
    assert {"second_factor.begun", "second_factor.confirmed", "second_factor.recovery_code_used"} <= set(actions)
    for canary in (
        secret,
        rita.secret.hex(),
        repr(rita.secret)[2:-1],
        *codes,
        *(code.encode().hex() for code in codes),
    ):
        assert canary not in everything


def test_what_is_sensitive_needs_a_code_within_five_minutes(bank: DocumentedBank) -> None:
    asha = new_person(bank, "asha")
    asha.begin()
    codes = asha.post("/confirm", otp=asha.code()).get_json()["data"]["recoveryCodes"]
    change = {"currentPassword": PASSWORD, "password": PASSWORD}
    confirmed = asha.send("POST", "/v1/auth/password", change)
    with bank.superuser() as sql:
        sql.execute("UPDATE bankcore.sessions SET mfa_at = mfa_at - interval '5 minutes'")

    read, asked = asha.send("GET", "/v1/auth/me", None), asha.send("POST", "/v1/auth/password", change)
    wrong = asha.send("POST", "/v1/auth/step-up", {"otp": WRONG})
    proven = asha.send("POST", "/v1/auth/step-up", {"otp": codes[0]})
    changed = asha.send("POST", "/v1/auth/password", change)
    with bank.superuser() as sql:
        sql.execute("UPDATE bankcore.sessions SET mfa_at = mfa_at - interval '5 minutes'")
    again = asha.send("POST", "/v1/auth/password", change)

    assert (confirmed.status_code, read.status_code, changed.status_code) == (200, 200, 200)
    assert {(answer.status_code, answer.get_json()["error"]["code"]) for answer in (asked, again)} == {
        (403, "mfa_required")
    }
    assert wrong.status_code == 422
    assert proven.get_json()["data"]["until"] > proven.get_json()["meta"]["timestamp"]


def test_a_tenant_lets_nobody_move_more_than_it_says_without_a_code(bank: DocumentedBank) -> None:
    lila = new_person(bank, "lila")
    lila.begin()
    codes = lila.post("/confirm", otp=lila.code()).get_json()["data"]["recoveryCodes"]
    account = lila.send("POST", "/v1/accounts", {"currency": "NPR"}).get_json()["data"]["id"]
    of = {"accountId": account, "currency": "NPR"}
    lila.send("POST", "/v1/transactions/deposit", {**of, "amount": "200.00"})
    hold = lila.send("POST", "/v1/holds", {**of, "amount": "40.01"}).get_json()["data"]["id"]
    half = {"kind": "withdrawal", **of, "amount": "20.01"}
    pay = {"fromAccountId": account, "toAccountId": ACCOUNT_ID_EXAMPLE, "currency": "NPR"}
    large = {
        "/v1/transactions/withdraw": {**of, "amount": "40.01"},
        "/v1/transactions/transfer": {**pay, "amount": "40.01"},
        "/v1/transactions/batch": {"items": [half, half], "dryRun": True},
        "/v1/holds": {**of, "amount": "40.01"},
        f"/v1/holds/{hold}/capture": {"toAccountId": ACCOUNT_ID_EXAMPLE},
    }
    change = bank.bank.tenant("main").get(ChangeTenantSetting)
    change("step_up_minor", "NPR=4000", origin=SOMEBODY)
    with bank.superuser() as sql:
        sql.execute("UPDATE bankcore.sessions SET mfa_at = mfa_at - interval '5 minutes'")

    small = lila.send("POST", "/v1/transactions/withdraw", {**of, "amount": "10.00"})
    refused = {path: lila.send("POST", path, body).get_json()["error"]["code"] for path, body in large.items()}
    unproven = lila.send("POST", "/v1/holds", large["/v1/holds"])
    lila.send("POST", "/v1/auth/step-up", {"otp": codes[0]})
    moved = lila.send("POST", "/v1/transactions/withdraw", large["/v1/transactions/withdraw"])
    change("step_up_minor", None, origin=SOMEBODY)

    assert small.status_code == 201
    assert unproven.get_json()["error"]["details"] == {"nextStep": "step_up"}
    assert refused == dict.fromkeys(large, "mfa_required")
    assert moved.status_code == 201
