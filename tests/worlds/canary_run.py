"""A day of a served bank in which every kind of secret is used and misused, and processes die; and what it leaves."""

import signal
import urllib.error
from base64 import b32decode, b64decode
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Final
from urllib.parse import parse_qs, quote, urlsplit

import psutil

from bankcore.identity.create_user import NewUser
from bankcore.identity.services import IdentityDirectory
from bankcore.identity.users import TEAM_ROLES, Role
from bankcore.origin import Origin
from bankcore.testing.provider_simulator import ProviderSimulator
from bankcore_infra.clock import SystemClock
from bankcore_infra.second_factor.totp import TotpCodes
from bankcore_infra.wiring import open_bank
from tests.worlds.canaries import Canary, canary
from tests.worlds.canary_payout import pay_out
from tests.worlds.mail import Mailbox
from tests.worlds.program import RunningBank
from tests.worlds.running_client import wait_for
from tests.worlds.visitor import TENANT, Visitor
from tests.worlds.webhook_receiver import WebhookReceiver

EMAIL: Final = "canary.holder@example.com"
PAYER: Final = "canary.payer@example.net"
PASSWORD: Final = "canary-Perch?77/Lamp+Window"
NEXT_PASSWORD: Final = "canary-Second!42/River=Stone"
WRONG_PASSWORD: Final = "canary-Wrong#19/Chair&Cloud"
ADMIN_PASSWORD: Final = "canary-Admin~55/Bridge%Snow"
OPERATOR_TOKEN: Final = "canary-operator-token-of-the-installation-0001"
WRONG_OPERATOR_TOKEN: Final = "canary-operator-token-that-is-wrong-000000002"
METRICS_TOKEN: Final = "canary-metrics-token-0003"
KEY: Final = "canary-idempotency-key-0004"
REFERENCE: Final = "NP12CANA00000123456789"
_SOMEBODY: Final = Origin(actor_type="system", actor_id="test")
_PATIENCE_S: Final = 20.0
_STEP_S: Final = 30
_BAD: Final = 400


@dataclass
class Day:
    """The servers around the bank, what happened, and the secrets that were in it."""

    bank: RunningBank
    mailbox: Mailbox
    receiver: WebhookReceiver
    simulator: ProviderSimulator
    visitor: Visitor
    secrets: list[Canary] = field(default_factory=list)

    def keep(self, name: str, *parts: str | bytes) -> None:
        """Follow that secret."""
        self.secrets.append(canary(name, *parts))

    def pass_by(self) -> None:
        """Let all of it happen."""
        self._open()
        holder = self._register()
        admin = self._begin_admin()
        self._use_services(holder, admin)
        self._enrol(holder)
        self._kill()
        self._move_money(holder)
        self._forget_password()
        self._make_mistakes(holder)

    def _open(self) -> None:
        self.keep("operator token", OPERATOR_TOKEN)
        self.keep("wrong operator token", WRONG_OPERATOR_TOKEN)
        self.keep("metrics token", METRICS_TOKEN)
        opened = f"/v1/installation/tenants/{TENANT}"
        shop = {"name": "Shop", "kind": "test"}
        self.visitor.ask("PUT", opened, shop, X_Operator_Token=WRONG_OPERATOR_TOKEN)
        self.visitor.must("PUT", opened, shop, X_Operator_Token=OPERATOR_TOKEN)
        self.visitor.ask("GET", "/metrics", Authorization=f"Bearer {METRICS_TOKEN}x")

    def _register(self) -> str:
        self.keep("password", PASSWORD)
        self.keep("wrong password", WRONG_PASSWORD)
        self.keep("e-mail", EMAIL)
        who = {"email": EMAIL, "password": PASSWORD}
        self.visitor.must("POST", "/v1/auth/register", {**who, "currency": "NPR"})
        for _ in range(2):
            self.visitor.ask("POST", "/v1/auth/login", {"email": EMAIL, "password": WRONG_PASSWORD})
        return self._logged_in(EMAIL, PASSWORD, "")

    def _logged_in(self, email: str, password: str, whose: str, **more: str) -> str:
        """The header of who has logged in; both tokens are followed, and so is the one that is refreshed."""
        pair = self.visitor.must("POST", "/v1/auth/login", {"email": email, "password": password, **more})
        again = self.visitor.must("POST", "/v1/auth/refresh", {"refreshToken": pair["refreshToken"]})
        for age, each in (("first", pair), ("next", again)):
            token, refresh = each["accessToken"], each["refreshToken"]
            self.keep(f"{age} access token{whose}", token, token.rpartition(".")[2])
            self.keep(f"{age} refresh token{whose}", refresh, refresh[-24:])
        return f"Bearer {again['accessToken']}"

    def _begin_admin(self) -> str:
        self.keep("password of staff", ADMIN_PASSWORD)
        with open_bank(data_dir=self.bank.data_dir) as bank:
            new = NewUser(email="staff@example.com", password=ADMIN_PASSWORD, roles=frozenset(Role) - TEAM_ROLES)
            bank.get(IdentityDirectory).at_slug(TENANT).create_user(new, origin=_SOMEBODY)
        return self._logged_in("staff@example.com", ADMIN_PASSWORD, " of staff")

    def _use_services(self, holder: str, admin: str) -> None:
        """An API key, an endpoint for webhooks, a provider, and money that comes through it."""
        made = self.visitor.must(
            "POST", "/v1/admin/api-keys", {"name": "till", "scopes": ["accounts:read"]}, Authorization=admin
        )
        self.keep("API key", made["secret"], made["secret"][-24:])
        self.visitor.must("GET", "/v1/accounts", X_API_Key=made["secret"])
        self.visitor.ask("GET", "/v1/webhook-endpoints", X_API_Key=made["secret"])
        self.visitor.ask("GET", "/v1/accounts", X_API_Key=made["secret"][:-1])

        hook = self.visitor.must(
            "POST", "/v1/webhook-endpoints", {"url": self.receiver.url("/hook")}, Authorization=admin
        )
        self.keep("secret of webhooks", hook["secret"], b64decode(hook["secret"].removeprefix("whsec_")))
        self.receiver.secrets["/hook"] = hook["secret"]

        credentials = dict(self.simulator.credentials("stripe"))
        for name, value in credentials.items():
            self.keep(f"{name} of the provider", value)
        wanted = {"name": "cards", "provider": "stripe", "credentials": credentials}
        self.visitor.must("POST", "/v1/admin/providers", wanted, Authorization=admin)
        self.visitor.ask("POST", "/v1/admin/providers", {**wanted, "provider": "nobody"}, Authorization=admin)
        self.visitor.ask("POST", "/v1/admin/providers", {**wanted, "priority": "high"}, Authorization=admin)
        self._pay(holder)
        self.secrets += pay_out(self.visitor, self.simulator, holder=holder, admin=admin)

    def _pay(self, holder: str) -> None:
        self.keep("e-mail of the payer", PAYER)
        self.account_id = self.visitor.must("GET", "/v1/accounts", Authorization=holder)[0]["id"]
        paid = {
            "accountId": self.account_id,
            "amount": "150.00",
            "currency": "NPR",
            "description": "Order",
            "payerEmail": PAYER,
            "returnUrl": "https://shop.example/done",
        }
        self.visitor.must("POST", "/v1/payments", paid, Authorization=holder)
        # The provider charges a known card at once.
        self.visitor.must("POST", "/v1/payments", {**paid, "method": "pm_card_visa"}, Authorization=holder)
        self.visitor.ask("POST", "/v1/payments", {**paid, "amount": "-1"}, Authorization=holder)

    def _enrol(self, holder: str) -> None:
        begun = self.visitor.must("POST", "/v1/auth/second-factor", {"password": PASSWORD}, Authorization=holder)
        (text,) = parse_qs(urlsplit(begun["uri"]).query)["secret"]
        secret = b32decode(text + "=" * (-len(text) % 8))
        self.keep("secret of the second factor", text, secret)
        code = TotpCodes().code_at(secret, int(SystemClock().now().timestamp()) // _STEP_S)
        confirmed = self.visitor.must("POST", "/v1/auth/second-factor/confirm", {"otp": code}, Authorization=holder)
        self.recovery_codes = confirmed["recoveryCodes"]
        self.keep("recovery codes", *self.recovery_codes)
        self.visitor.ask("POST", "/v1/auth/login", {"email": EMAIL, "password": PASSWORD})
        self.visitor.ask("POST", "/v1/auth/login", {"email": EMAIL, "password": PASSWORD, "otp": "00000-00000"})
        self._logged_in(EMAIL, PASSWORD, " by a recovery code", otp=self.recovery_codes[0])

    def _kill(self) -> None:
        """A worker and a process of the API die at once, and there are others soon."""
        pids = self.bank.description()["pids"]
        (api,), (worker,) = pids["api"], pids["worker"]
        victims = [psutil.Process(worker), psutil.Process(api).children()[0]]
        for victim in victims:
            victim.send_signal(signal.SIGKILL)
        assert wait_for(lambda: self.bank.description()["pids"]["worker"] not in ([], [worker]), within_s=_PATIENCE_S)

    def _move_money(self, holder: str) -> None:
        self.keep("idempotency key", KEY)
        self.keep("reference", REFERENCE)
        moved = {"accountId": self.account_id, "amount": "100.00", "currency": "NPR", "reference": REFERENCE}
        assert wait_for(lambda: self._deposited(moved, holder), within_s=_PATIENCE_S)
        other = {**moved, "amount": "2.00"}
        self.visitor.ask("POST", "/v1/transactions/deposit", other, Authorization=holder, Idempotency_Key=KEY)
        self.visitor.ask("POST", "/v1/transactions/withdraw", {**moved, "amount": "9999.00"}, Authorization=holder)
        assert wait_for(lambda: self.receiver.received, within_s=_PATIENCE_S), "no webhook came after the kill"

    def _deposited(self, body: dict[str, str], holder: str) -> bool:
        try:
            self.visitor.must("POST", "/v1/transactions/deposit", body, Authorization=holder, Idempotency_Key=KEY)
        except (OSError, urllib.error.URLError):
            return False
        return True

    def _forget_password(self) -> None:
        self.keep("next password", NEXT_PASSWORD)
        self.visitor.must("POST", "/v1/auth/password-reset", {"email": EMAIL})
        assert wait_for(lambda: self._reset_token() is not None, within_s=_PATIENCE_S), "no mail came"
        token = self._reset_token()
        assert token is not None
        self.keep("token of a reset", token, token[-64:], bytes.fromhex(token[-64:]))
        confirm = "/v1/auth/password-reset/confirm"
        self.visitor.ask("POST", confirm, {"token": token, "password": "short"})
        self.visitor.must("POST", confirm, {"token": token, "password": NEXT_PASSWORD})
        self.visitor.ask("POST", confirm, {"token": token, "password": NEXT_PASSWORD})

    def _reset_token(self) -> str | None:
        texts = [_text_of(mail) for mail in list(self.mailbox.mails)]
        words = [word for text in texts for word in text.split() if len(word) > 60 and "/" not in word]
        return words[0] if words else None

    def _make_mistakes(self, holder: str) -> None:
        """Each secret that a client holds, where it does not belong: other members, addresses, headers, no JSON."""
        for each in list(self.secrets):
            if not (text := _printable(each.parts[0])):
                continue
            for path in ("/v1/auth/login", "/v1/auth/register", "/v1/auth/refresh", "/v1/auth/password-reset/confirm"):
                self.visitor.ask("POST", path, {"email": text, "password": [text], "refreshToken": {"a": text}})
            wrong = {"accountId": text, "amount": text, "currency": text, "reference": {"a": text}, "metadata": [text]}
            self.visitor.ask("POST", "/v1/transactions/deposit", wrong, Authorization=holder)
            self.visitor.ask("POST", "/v1/auth/login", f'{{"password": "{text}"'.encode())
            self.visitor.ask("GET", f"/v1/accounts?token={quote(text)}", Authorization=holder)
            self.visitor.ask("GET", "/v1/accounts", Authorization=f"Basic {text}")
            self.visitor.ask("GET", "/v1/accounts", Authorization=f"Bearer {text}x")


def _text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def _printable(part: bytes) -> str | None:
    return part.decode() if part.isascii() and part.decode().isprintable() else None


def day_at(bank: RunningBank, mailbox: Mailbox, receiver: WebhookReceiver, simulator: ProviderSimulator) -> Day:
    """A day of that bank, which has passed."""
    day = Day(bank, mailbox, receiver, simulator, Visitor(bank.url))
    day.pass_by()
    return day
