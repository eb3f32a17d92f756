"""Users of every role in two tenants, each with things of their own, for tests of who may touch what."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final
from uuid import UUID

import jwt
from werkzeug.test import TestResponse

from bankcore.api_keys.manage import CreateApiKey, ManageApiKeys
from bankcore.api_keys.scopes import SERVICE_PERMISSIONS
from bankcore.identifiers import TenantId
from bankcore.identity.create_user import NewUser
from bankcore.identity.services import IdentityDirectory
from bankcore.identity.users import TEAM_ROLES, Role, User
from bankcore.ledger.accounts import Account
from bankcore.origin import Origin
from bankcore.permissions import Permission
from bankcore.tenancy.tenants import Tenant, TenantKind
from bankcore.webhooks.endpoints import WebhookEndpointId
from bankcore.webhooks.service import WantedEndpoint, Webhooks
from bankcore_infra.identifiers import RandomIdentifiers
from bankcore_infra.tenancy.new_tenant import create_tenant
from tests.worlds.documented_bank import DocumentedBank, documented_bank
from tests.worlds.identity import PASSWORD

ELSEWHERE: Final = "elsewhere"
REFUND: Final = {"amount": "1.00", "currency": "NPR", "reason": "sent back"}
_IDS: Final = RandomIdentifiers()
_SOMEBODY: Final = Origin(actor_type="system", actor_id="test")
# What a refused request may write: that it was refused, and the answer to its key; reading the log places its records.
_REFUSALS_LIE_IN: Final = "audit|idempotency_keys|log_|cursors|checkpoint"


@dataclass
class Estate:
    """A user, and what belongs to the user or to the user's tenant."""

    bank: DocumentedBank
    slug: str
    user_id: str
    email: str
    authorization: str = field(repr=False)
    account: Account
    maker: str | None = field(default=None, repr=False)
    """The key of a service that makes what such a user may not make."""

    def log_in(self) -> str:
        """Begin a session in which requests are sent from now on. Returns its id."""
        login = {"email": self.email, "password": PASSWORD}
        client = self.bank.application.test_client()
        token = client.post("/v1/auth/login", json=login, headers={"X-Tenant": self.slug}).get_json()["data"][
            "accessToken"
        ]
        self.authorization = f"Bearer {token}"
        return str(jwt.decode(token, options={"verify_signature": False})["sid"])

    def new_session(self) -> str:
        """The id of another session of the user's."""
        used = self.authorization
        session_id = self.log_in()
        self.authorization = used
        return session_id

    @cached_property
    def other_user(self) -> str:
        """Another user of the tenant."""
        return str(_new_user(self.bank, self.slug, f"other-of-{self.email.partition('@')[0]}", Role.HOLDER).id)

    def send(self, method: str, path: str, *, body: object = None, **headers: str) -> TestResponse:
        """Send that as the user."""
        proof = {} if "X-API-Key" in headers else {"Authorization": self.authorization}
        sent = {**proof, "Idempotency-Key": f"estate-{self.new_name()}", **headers}
        return self.bank.application.test_client().open(path, method=method, json=body, headers=sent)

    def new_name(self) -> str:
        """A name that nothing has."""
        return str(next(self.bank.keys))

    def post(self, path: str, **body: object) -> Any:
        """The data of what must go well."""
        made_by = {} if self.maker is None else {"X-API-Key": self.maker}
        answer = self.send("POST", path, body=body, **made_by)
        assert answer.status_code in {200, 201}, answer.get_json()
        return answer.get_json()["data"]

    @property
    def account_id(self) -> str:
        """The user's account, with plenty of money on it."""
        return str(self.account.id)

    def money(self, amount: str = "1.00") -> dict[str, object]:
        """That much on the user's account, as bodies have it."""
        return {"accountId": self.account_id, "amount": amount, "currency": "NPR"}

    def new_account(self) -> str:
        """Another account of the user."""
        tenant = self.bank.bank.tenant(self.slug)
        return str(tenant.accounts.open(currency="NPR", owner_id=self.user_id).id)

    def new_transaction(self) -> str:
        """A deposit that nobody has reversed."""
        return str(self.post("/v1/transactions/deposit", **self.money())["id"])

    def new_hold(self) -> str:
        """An open hold."""
        return str(self.post("/v1/holds", **self.money())["id"])

    def new_payout(self) -> str:
        """A payout that no worker has begun."""
        item = {"toAccountId": self.new_account(), "amount": "1.00"}
        return str(self.post("/v1/payouts", accountId=self.account_id, items=[item])["id"])

    def new_member(self) -> str:
        """The id of a member of the tenant's team, which has another owner."""
        return str(_new_user(self.bank, self.slug, f"member-{self.new_name()}", Role.VIEWER).id)

    def new_api_key(self) -> str:
        """The id of a key of the user's tenant."""
        manage = self.bank.bank.tenant(self.slug).get(ManageApiKeys)
        command = CreateApiKey(name="checkout", scopes=frozenset({Permission.ACCOUNTS_READ}))
        return str(manage.create(command, origin=_SOMEBODY).value.key.id)

    def new_webhook_endpoint(self) -> str:
        """The id of an endpoint of the user's tenant."""
        wanted = WantedEndpoint(url="http://127.0.0.1:9/bank", events=["*"])
        return str(self.bank.bank.tenant(self.slug).get(Webhooks).create(wanted, origin=_SOMEBODY).value.endpoint.id)

    def new_webhook(self) -> tuple[str, str]:
        """The ids of an endpoint of the user's tenant, and of an event that it is owed."""
        endpoint_id = WebhookEndpointId(UUID(self.new_webhook_endpoint()))
        owed = self.bank.bank.tenant(self.slug).get(Webhooks).send_test(endpoint_id, origin=_SOMEBODY).value
        return str(endpoint_id), str(owed.event_id)

    def new_approval(self) -> str:
        """A withdrawal that the user asked a second person for."""
        return str(self.post("/v1/approvals", movement={"kind": "withdrawal", **self.money()})["id"])

    def new_approval_of_another(self) -> str:
        """A withdrawal that another user of the tenant asked for, so that this one may decide."""
        return self.bank.new_approval(self.slug)

    @cached_property
    def transaction(self) -> str:
        """A deposit."""
        return self.new_transaction()

    @cached_property
    def hold(self) -> str:
        """An open hold."""
        return self.new_hold()

    @cached_property
    def payout(self) -> str:
        """A payout."""
        return self.new_payout()

    @cached_property
    def provider(self) -> str:
        """A configuration of the tenant, whose provider cannot be reached."""
        return self.bank.new_provider(self.slug)

    @cached_property
    def payment(self) -> str:
        """A payment that failed, because its provider cannot be reached."""
        payer = {"payerEmail": "payer@example.com", "returnUrl": "https://shop.example/done"}
        return str(self.post("/v1/payments", **self.money(), **payer, description="Order 7")["id"])

    @cached_property
    def paid_payment(self) -> str:
        """A payment that was paid, of which very much is left to give back."""
        payer = {"payerEmail": "payer@example.com", "returnUrl": "https://shop.example/done"}
        asked = self.post("/v1/payments", **self.money("900.00"), **payer, description="Order 8")
        return self.bank.paid_like(str(asked["id"]))

    @cached_property
    def refund(self) -> str:
        """A refund that failed, because its provider cannot be reached."""
        return str(self.post(f"/v1/payments/{self.paid_payment}/refunds", **REFUND)["id"])

    @cached_property
    def dispute(self) -> str:
        """A dispute of a payment that was paid."""
        return self.bank.disputed(self.paid_payment)

    @cached_property
    def quote(self) -> str:
        """A quote."""
        asked = {"fromCurrency": "USD", "toCurrency": "NPR", "fromAmount": "1.00"}
        return str(self.post("/v1/fx/quotes", **asked)["id"])

    def new_case(self) -> str:
        """A fraud case of the tenant that nobody has decided."""
        return self.bank.new_case(self.slug, account_id=self.account_id, transaction_id=self.new_transaction())

    def new_dead_letter(self) -> str:
        """A dead letter of the tenant."""
        letter = _IDS.new_id()
        self._insert("cursors (tenant_id, consumer) VALUES (%s, 'fraud') ON CONFLICT DO NOTHING")
        self._insert(
            "parked_events (tenant_id, id, consumer, event_id, status, starts, due_at, last_error)"
            " VALUES (%s, %s, 'fraud', %s, 'dead', 1, now(), 'ValueError')",
            letter,
            _IDS.new_id(),
        )
        return str(letter)

    @cached_property
    def reconciliation_run(self) -> str:
        """A reconciliation of the tenant."""
        run = _IDS.new_id()
        self._insert(
            "reconciliation_runs (tenant_id, id, started_at, finished_at, accounts, entries, drifts)"
            " VALUES (%s, %s, now(), now(), 1, 1, 0)",
            run,
        )
        return str(run)

    @cached_property
    def audit_event(self) -> str:
        """A record of the tenant's audit log."""
        with self.bank.superuser() as connection:
            found = connection.execute(
                "SELECT id FROM bankcore.audit_log WHERE tenant_id = %s LIMIT 1", [self.account.tenant_id]
            ).fetchone()
        assert found is not None
        return str(found[0])

    def _insert(self, what: str, *values: object) -> None:
        with self.bank.superuser() as connection:
            connection.execute(f"INSERT INTO bankcore.{what}".encode(), [self.account.tenant_id, *values])


@dataclass
class Estates:
    """A user of each role, a neighbour of the same tenant, and a stranger of another one."""

    bank: DocumentedBank
    of_role: dict[Role, Estate]
    neighbour: Estate
    stranger: Estate

    def rows(self) -> dict[str, tuple[int, str]]:
        """How many rows each table has and a digest of them, but for those that tell of refusals."""
        with self.bank.superuser() as connection:
            tables = connection.execute(
                "SELECT relname FROM pg_class WHERE relnamespace = 'bankcore'::regnamespace AND relkind = 'r'"
                f" AND relname !~ '{_REFUSALS_LIE_IN}'"
            ).fetchall()
            asked = " UNION ALL ".join(
                f"SELECT '{name}', count(*), sum(hashtextextended(t::text, 0))::text FROM bankcore.{name} AS t"
                for (name,) in tables
            )
            return {name: (number, digest) for name, number, digest in connection.execute(asked.encode())}


def _new_estate(bank: DocumentedBank, slug: str, name: str, *roles: Role) -> Estate:
    user = _new_user(bank, slug, name, *roles)
    tenant = bank.bank.tenant(slug)
    account = tenant.accounts.open(currency="NPR", owner_id=str(user.id))
    tenant.ledger.deposit(account.id, bank.money("100000.00"))
    maker = None if TEAM_ROLES.isdisjoint(roles) or len(roles) > 1 else _new_maker(bank, slug)
    estate = Estate(bank, slug, str(user.id), user.email, "", account, maker)
    estate.log_in()
    return estate


def _new_maker(bank: DocumentedBank, slug: str) -> str:
    """The key of a service that may do what services may."""
    command = CreateApiKey(name="maker", scopes=SERVICE_PERMISSIONS)
    text = bank.bank.tenant(slug).get(ManageApiKeys).create(command, origin=_SOMEBODY).value.text
    assert text is not None
    return text


def _new_user(bank: DocumentedBank, slug: str, name: str, *roles: Role) -> User:
    new = NewUser(email=f"{name}@{slug}.example.com", password=PASSWORD, roles=frozenset(roles))
    return bank.bank.get(IdentityDirectory).at_slug(slug).create_user(new, origin=_SOMEBODY)


@contextmanager
def estates() -> Iterator[Estates]:
    """A bank with all of them."""
    with documented_bank() as bank:
        elsewhere = Tenant(TenantId(_IDS.new_id()), ELSEWHERE, "Elsewhere", TenantKind.TEST)
        create_tenant(bank.bank.database, elsewhere, _IDS, origin=_SOMEBODY)
        bank.add_provider(
            ELSEWHERE, "cards", "stripe", secret_key="sk_test_0123456789abcdef", webhook_secret="whsec_0123"
        )
        yield Estates(
            bank=bank,
            of_role={role: _new_estate(bank, "main", role.value, role) for role in Role},
            neighbour=_new_estate(bank, "main", "neighbour", Role.HOLDER),
            stranger=_new_estate(bank, ELSEWHERE, "stranger", *(set(Role) - TEAM_ROLES), Role.OWNER),
        )
