"""A bank of its own with what the examples of the OpenAPI document speak of: users, accounts, a case."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import psycopg
from flask import Flask
from werkzeug.test import TestResponse

from bankcore.approvals.service import Approvals
from bankcore.clock import instant_text
from bankcore.disbursements.request import RequestDisbursement, RequestDisbursements
from bankcore.fraud.cases import CaseStatus, FraudCase, FraudCaseId
from bankcore.fraud.ports import FraudUnit
from bankcore.fraud.review import Review
from bankcore.fraud.signals import Rule, Score, Signal
from bankcore.identifiers import AccountId, TransactionId
from bankcore.identity.create_user import NewUser
from bankcore.identity.services import IdentityDirectory
from bankcore.identity.users import Role
from bankcore.ledger.commands import OpenAccount, Withdraw
from bankcore.ledger.service import LedgerService
from bankcore.money import Currency, Money
from bankcore.origin import Origin
from bankcore.payments.configure import ConfigureProviders, WantedConfig
from bankcore.providers.payouts import PayoutDestination
from bankcore_http.answering.members import ACCOUNT_ID_EXAMPLE, OTHER_ACCOUNT_ID_EXAMPLE
from bankcore_http.disbursements.shapes import NAIRA_ACCOUNT_ID_EXAMPLE
from bankcore_http.wsgi import application_of
from bankcore_infra.clock import SystemClock
from bankcore_infra.environment import load_settings
from bankcore_infra.servers import start_embedded
from bankcore_infra.wiring import Bank
from tests.worlds.begun_bank import begin_bank, folder_of_servers
from tests.worlds.closed_circuits import closed_circuits
from tests.worlds.identity import PASSWORD

STAFF: Final = {"email": "staff@example.com", "password": PASSWORD}
_ROLES: Final = frozenset({Role.HOLDER, Role.OPERATOR, Role.AUDITOR, Role.ADMIN})
_MAIN: Final = "main"
_SECRET_KEY: Final = "sk_test_000000000000000000000000"
NOBODY_LISTENS: Final = "http://127.0.0.1:9"
_PAID_LIKE: Final = """
    WITH paid AS (
        INSERT INTO bankcore.payments (
            tenant_id, id, account_id, attempt_id, transaction_id, created_at, expires_at, ended_at, amount_minor,
            currency, status, owner_id, description, metadata)
        SELECT tenant_id, gen_random_uuid(), account_id, gen_random_uuid(), gen_random_uuid(), created_at, expires_at,
            now(), amount_minor, currency, 'completed', owner_id, description, metadata
        FROM bankcore.payments WHERE id = %s RETURNING *)
    INSERT INTO bankcore.payment_attempts (
        tenant_id, id, payment_id, config_id, started_at, ended_at, number, status)
    SELECT paid.tenant_id, paid.attempt_id, paid.id, before.config_id, now(), now(), 1, 'succeeded'
    FROM paid JOIN bankcore.payment_attempts AS before ON before.payment_id = %s AND before.number = 1
    RETURNING payment_id
"""
_IN_REVIEW: Final = """
    INSERT INTO bankcore.refunds (
        tenant_id, id, payment_id, account_id, clearing_id, hold_id, created_at, review_since, amount_minor, currency,
        status, owner_id, reason)
    SELECT tenant_id, gen_random_uuid(), id, account_id, account_id, %s, now(), now(), 15000, currency,
        'unknown', owner_id, 'sent back'
    FROM bankcore.payments WHERE id = %s RETURNING id
"""
_DISPUTED: Final = """
    INSERT INTO bankcore.disputes (
        tenant_id, id, payment_id, config_id, account_id, created_at, review_since, amount_minor, currency, status,
        owner_id, provider_id)
    SELECT payment.tenant_id, gen_random_uuid(), payment.id, attempt.config_id, account_id, now(), now(), amount_minor,
        currency, 'needs_response', owner_id, payment.id::text
    FROM bankcore.payments AS payment JOIN bankcore.payment_attempts AS attempt ON attempt.id = payment.attempt_id
    WHERE payment.id = %s RETURNING id
"""
_SOMEBODY: Final = Origin(actor_type="system", actor_id="test")


@dataclass
class DocumentedBank:
    """The application over the bank, and who asks: staff, who owns the accounts of the examples."""

    bank: Bank
    application: Flask
    authorization: str = field(default="", repr=False)
    keys: "count[int]" = field(default_factory=count)

    def headers(self) -> dict[str, str]:
        """The token of staff, and a new key."""
        return {"Authorization": self.authorization, "Idempotency-Key": f"key-{next(self.keys)}"}

    def send(self, method: str, path: str, body: object) -> TestResponse:
        """Send that as staff."""
        return self.application.test_client().open(path, method=method.upper(), json=body, headers=self.headers())

    def post(self, path: str, **body: object) -> Any:
        """The data of what must go well."""
        answer = self.send("post", path, body)
        assert answer.status_code in {200, 201}, answer.get_json()
        return answer.get_json()["data"]

    def superuser(self) -> psycopg.Connection:
        """The database as its superuser; each statement commits by itself."""
        address = self.bank.installation.superuser_url
        assert address is not None
        return psycopg.connect(address, autocommit=True)

    def money(self, amount: str) -> Money:
        """That many rupees."""
        return Money.of(amount, "NPR")

    def new_case(
        self, slug: str = _MAIN, *, account_id: str = ACCOUNT_ID_EXAMPLE, transaction_id: str | None = None
    ) -> str:
        """The id of a case that nobody has decided; by default about a withdrawal of staff."""
        tenant = self.bank.tenant(slug)
        if transaction_id is None:
            asked = {"accountId": account_id, "amount": "1.00", "currency": "NPR"}
            transaction_id = self.post("/v1/transactions/withdraw", **asked)["id"]
        about = AccountId(UUID(account_id)), TransactionId(UUID(transaction_id))
        case_id = FraudCaseId(UUID(int=next(self.keys)))
        score = Score.of([Signal(Rule.LARGE, 50, "it is large", {})])

        def open_case(unit: FraudUnit) -> None:
            case = FraudCase(
                tenant_id=tenant.id,
                id=case_id,
                account_id=about[0],
                transaction_id=about[1],
                score=score,
                froze_account=False,
                status=CaseStatus.OPEN,
                opened_at=unit.opened_at,
                decision=None,
            )
            unit.add_case(case)

        tenant.get(Review).units.run(open_case)
        return str(case_id)

    def new_transaction(self) -> str:
        """The id of a transaction that nobody has reversed."""
        posted = self.post("/v1/transactions/deposit", accountId=ACCOUNT_ID_EXAMPLE, amount="150.00", currency="NPR")
        return str(posted["id"])

    def new_approval(self, slug: str = _MAIN) -> str:
        """The id of a withdrawal that somebody else wants, from an account with money on it."""
        tenant = self.bank.tenant(slug)
        account = tenant.accounts.open(currency="NPR", owner_id="gita")
        tenant.ledger.deposit(account.id, self.money("1.00"))
        wanted = Withdraw(account.id, self.money("1.00"))
        return str(tenant.get(Approvals).request(wanted, origin=_SOMEBODY).value.id)

    def new_disbursement(self, slug: str = _MAIN) -> str:
        """The id of a disbursement that somebody else wants; the tenant has a provider for it."""
        tenant = self.bank.tenant(slug)
        account = tenant.accounts.open(currency="NGN", owner_id="gita")
        tenant.ledger.deposit(account.id, Money.of("1.00", "NGN"))
        to = PayoutDestination(bank_code="058", account_number="0123456789", payee="Ada Example")
        wanted = RequestDisbursement(account.id, Money.of("1.00", "NGN"), destination=to, description="Rent")
        return str(tenant.get(RequestDisbursements)(wanted, origin=_SOMEBODY).value.id)

    def new_user(self, role: Role = Role.HOLDER) -> str:
        """The id of a user who never logged in."""
        new = NewUser(email=f"user{next(self.keys)}@example.com", password=PASSWORD, roles=frozenset({role}))
        made = self.bank.get(IdentityDirectory).at_slug(_MAIN).create_user(new, origin=_SOMEBODY)
        return str(made.id)

    def new_hold(self) -> str:
        """The id of an open hold."""
        placed = self.post("/v1/holds", accountId=ACCOUNT_ID_EXAMPLE, amount="150.00", currency="NPR", expiresIn=60)
        return str(placed["id"])

    def new_api_key(self) -> str:
        """The id of a key that may read accounts."""
        return str(self.post("/v1/admin/api-keys", name="checkout", scopes=["accounts:read"])["id"])

    def new_payment(self) -> str:
        """The id of a payment that was paid."""
        asked = {"accountId": ACCOUNT_ID_EXAMPLE, "amount": "500.00", "currency": "NPR", "description": "Order 7"}
        payer = {"payerEmail": "payer@example.com", "returnUrl": "https://shop.example/done"}
        return self.paid_like(str(self.post("/v1/payments", **asked, **payer)["id"]))

    def paid_like(self, payment_id: str) -> str:
        """The id of a payment that was paid and else is like that one; no provider here takes any."""
        with self.superuser() as connection:
            paid = connection.execute(_PAID_LIKE, (payment_id, payment_id)).fetchone()
        assert paid is not None
        return str(paid[0])

    def new_refund(self) -> str:
        """The id of a refund that a person is asked to look at."""
        with self.superuser() as connection:
            made = connection.execute(_IN_REVIEW, (self.new_hold(), self.new_payment())).fetchone()
        assert made is not None
        return str(made[0])

    def disputed(self, payment_id: str) -> str:
        """The id of a dispute of that payment, of which no money was taken, and which needs a review."""
        with self.superuser() as connection:
            made = connection.execute(_DISPUTED, (payment_id,)).fetchone()
        assert made is not None
        return str(made[0])

    def new_provider(self, slug: str = _MAIN) -> str:
        """The id of a configuration whose provider cannot be reached."""
        return self.add_provider(slug, f"bank-{next(self.keys)}", "paystack", secret_key=_SECRET_KEY)

    def add_provider(self, slug: str, name: str, provider: str, **credentials: str) -> str:
        """The id of a configuration with these credentials."""
        wanted = WantedConfig(name=name, provider=provider, credentials=credentials)
        return str(self.bank.tenant(slug).get(ConfigureProviders).create(wanted, origin=_SOMEBODY).value.id)

    def new_webhook_endpoint(self) -> str:
        """The id of an endpoint on this machine, where nobody listens."""
        return str(self.post("/v1/webhook-endpoints", url="http://127.0.0.1:9/bank")["id"])

    def new_account(self) -> str:
        """The id of an account with nothing on it."""
        return str(self.post("/v1/accounts", currency="NPR")["id"])

    def _open_accounts(self, owner_id: str) -> None:
        ledger = self.bank.tenant(_MAIN).get(LedgerService)
        for account_id in (ACCOUNT_ID_EXAMPLE, OTHER_ACCOUNT_ID_EXAMPLE):
            opening = OpenAccount(owner_id, Currency.of("NPR"), account_id=AccountId(UUID(account_id)))
            ledger.execute_one(opening, origin=_SOMEBODY)
        self.post("/v1/transactions/deposit", accountId=ACCOUNT_ID_EXAMPLE, amount="1000.00", currency="NPR")
        naira = OpenAccount(owner_id, Currency.of("NGN"), account_id=AccountId(UUID(NAIRA_ACCOUNT_ID_EXAMPLE)))
        ledger.execute_one(naira, origin=_SOMEBODY)
        self.post("/v1/transactions/deposit", accountId=NAIRA_ACCOUNT_ID_EXAMPLE, amount="1000.00", currency="NGN")

    def furnish(self) -> None:
        """Let there be staff, and the accounts of the examples with money on the first."""
        new = NewUser(**STAFF, roles=_ROLES)
        staff = self.bank.get(IdentityDirectory).at_slug(_MAIN).create_user(new, origin=_SOMEBODY)
        self.authorization = f"Bearer {self.post('/v1/auth/login', **STAFF)['accessToken']}"
        self._open_accounts(str(staff.id))
        self.add_provider(_MAIN, "cards", "stripe", secret_key=_SECRET_KEY, webhook_secret="whsec_0123456789abcdef")
        self.add_provider(_MAIN, "naira", "paystack", secret_key=_SECRET_KEY)

    def move_no_real_money(self) -> None:
        """Let the tenant be one for tests, whose providers are those of the simulator."""
        with self.superuser() as connection:
            connection.execute("UPDATE bankcore.tenants SET kind = 'test'")


def write_rates(folder: Path) -> Path:
    """A file of exchange rates of now."""
    rates = folder / "rates.json"
    rates.write_text(json.dumps({"asOf": instant_text(SystemClock().now()), "rates": {"USD/NPR": "133.25"}}))
    return rates


@contextmanager
def documented_bank(simulator_url: str = NOBODY_LISTENS) -> Iterator[DocumentedBank]:
    """The bank on servers of its own, with cheap passwords."""
    with folder_of_servers() as folder:
        rates = write_rates(folder)
        chosen = load_settings(
            data_dir=begin_bank(folder / "data"),
            argon2_memory_kib=19_456,
            argon2_time_cost=2,
            argon2_parallelism=1,
            fx_rates_file=rates,
            fx_rate_max_age_s=86_400,
            provider_simulator_url=simulator_url,
            rate_caller_per_minute=0,
            rate_address_per_minute=0,
            webhooks_local=True,
        )
        # Where nobody listens, each order fails, and each is to be tried.
        with Bank(start_embedded(chosen), chosen) as bank, closed_circuits(bank.installation.redis_url):
            opened = DocumentedBank(bank, application_of(bank))
            opened.move_no_real_money()
            opened.furnish()
            yield opened
