"""An HTTP client of a bank: the real application over banks in memory, and the people who come to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any, Final
from uuid import UUID

from flask.testing import FlaskClient
from typing_extensions import override
from werkzeug.test import TestResponse

from bankcore.audit.receipts import AuditReceipts
from bankcore.batches.post_batch import PostBatch
from bankcore.clock import Clock
from bankcore.documents.holders import HolderNames
from bankcore.documents.printing import DocumentPrinter
from bankcore.errors import UnauthenticatedError
from bankcore.fx.give_quote import GiveQuote
from bankcore.fx.ports import FxQueries
from bankcore.fx.value_positions import ValuePositions
from bankcore.holds.queries import HoldQueries
from bankcore.identifiers import AccountId, SessionId, TenantId, UserId
from bankcore.identity.principals import Principal
from bankcore.identity.users import Role
from bankcore.ledger.accounts import Account
from bankcore.ledger.queries import LedgerQueries
from bankcore.ledger.quoted_transfers import QuotedTransfers
from bankcore.ledger.service import LedgerService
from bankcore.limits.policies import LimitQueries
from bankcore.limits.set_limits import SetLimits
from bankcore.payouts.ports import PayoutQueries
from bankcore.payouts.start import StartPayouts
from bankcore.payouts.steer import SteerPayouts
from bankcore.testing.audit_receipts import InMemoryAuditReceipts
from bankcore.testing.bank import InMemoryBank, in_memory_bank
from bankcore.testing.batches import in_memory_batches
from bankcore.testing.documents import InMemoryHolderNames
from bankcore.testing.fx import InMemoryFx, in_memory_fx
from bankcore.testing.holds import InMemoryHoldQueries
from bankcore.testing.identifiers import SequentialIdentifiers
from bankcore.testing.limits import InMemoryLimitQueries, in_memory_set_limits
from bankcore.testing.payouts import InMemoryPayouts, in_memory_payouts
from bankcore.testing.services import ListedServices
from bankcore_http.application import BlueprintFactory
from bankcore_http.auth import Authenticator, BearerToken
from bankcore_http.fx.blueprint import fx_positions_blueprint, fx_quotes_blueprint
from bankcore_http.ledger.accounts import accounts_blueprint
from bankcore_http.ledger.batches import batches_blueprint
from bankcore_http.ledger.holds import holds_blueprint
from bankcore_http.ledger.reversals import reversals_blueprint
from bankcore_http.ledger.transactions import transactions_blueprint
from bankcore_http.serving.app import create_app
from bankcore_infra.documents.printer import PdfPrinter

MAIN: Final = TenantId(UUID("019c1406-3400-7000-8000-00000000a001"))
OTHER: Final = TenantId(UUID("019c1406-3400-7000-8000-00000000a002"))
UNKNOWN_ID: Final = "019c1406-3400-7000-8000-00000000dead"
_NAMES_APART: Final = 1_000
SITA, RAM, OPERATOR, AUDITOR, STRANGER, ADMIN = "sita", "ram", "operator", "auditor", "stranger", "admin"

_ROLES: Final = {
    SITA: frozenset({Role.HOLDER}),
    RAM: frozenset({Role.HOLDER}),
    OPERATOR: frozenset({Role.HOLDER, Role.OPERATOR}),
    AUDITOR: frozenset({Role.AUDITOR}),
    STRANGER: frozenset({Role.HOLDER, Role.ADMIN}),
    ADMIN: frozenset({Role.ADMIN}),
}
_USER_IDS: Final = {name: UserId(UUID(int=number)) for number, name in enumerate(_ROLES, start=0xA0)}

_NAMES: Final = InMemoryHolderNames({str(user_id): name.capitalize() for name, user_id in _USER_IDS.items()})


class NameIsToken(Authenticator):
    """Believes whoever says a name; the stranger is an admin of another tenant."""

    @override
    def authenticate(self, access_token: str) -> Principal:
        if access_token not in _ROLES:
            raise UnauthenticatedError
        tenant_id, slug = (OTHER, "other") if access_token == STRANGER else (MAIN, "main")
        return Principal(
            user_id=_USER_IDS[access_token],
            tenant_id=tenant_id,
            tenant_slug=slug,
            session_id=SessionId(UUID(int=1)),
            roles=_ROLES[access_token],
        )


@dataclass
class HttpClient:
    """The banks, and how somebody asks them."""

    banks: dict[TenantId, InMemoryBank]
    flask: FlaskClient
    keys: "count[int]" = field(default_factory=lambda: count(1))
    asks_as: str = SITA
    """Who asks unless another person is named."""
    receipts: InMemoryAuditReceipts = field(default_factory=lambda: InMemoryAuditReceipts(tuple))
    """The audit receipts of that bank."""
    fx: InMemoryFx | None = None
    """Quotes and rates of that bank."""
    payouts: InMemoryPayouts | None = None
    """Payouts of that bank, and what workers do for them."""

    @property
    def bank(self) -> InMemoryBank:
        """The tenant's that everybody but the stranger belongs to."""
        return self.banks[MAIN]

    def get(self, path: str, who: str | None = None, **headers: str) -> TestResponse:
        """Ask as that person; the headers are named in snake_case."""
        return self.flask.get(path, headers=_headers(who or self.asks_as, headers))

    def data(self, path: str, who: str | None = None) -> Any:
        """The data of an answer that must be good."""
        answer = self.get(path, who)
        assert answer.status_code == 200, answer.get_json()
        return answer.get_json()["data"]

    def post(
        self, path: str, body: object, who: str | None = None, *, key: str | None = None, **headers: str
    ) -> TestResponse:
        """Send JSON as that person, with a new key if none is given."""
        chosen = f"key-{next(self.keys)}" if key is None else key
        sent = _headers(who or self.asks_as, {"idempotency_key": chosen, **headers})
        return self.flask.post(path, json=body, headers=sent)

    def send(self, path: str, content: str, who: str = SITA) -> TestResponse:
        """Send a body as it is written."""
        headers = _headers(who, {"idempotency_key": f"key-{next(self.keys)}", "content_type": "application/json"})
        return self.flask.post(path, data=content.encode("utf-8", "surrogatepass"), headers=headers)

    def move(self, what: str, who: str = SITA, **body: object) -> Any:
        """The transaction of a movement that must succeed: `deposit`, `withdraw` or `transfer`."""
        answer = self.post(f"/v1/transactions/{what}", body, who)
        assert answer.status_code == 201, answer.get_json()
        return answer.get_json()["data"]

    def open(self, who: str = SITA, currency: str = "NPR", deposit: str | None = None) -> Account:
        """A new account of that person, with money on it if wanted."""
        body = {"currency": currency, "name": f"{who}'s {currency}"}
        account_id = self.post("/v1/accounts", body, who).get_json()["data"]["id"]
        if deposit is not None:
            self.move("deposit", who, accountId=account_id, amount=deposit, currency=currency)
        return self.banks[OTHER if who == STRANGER else MAIN].accounts.get(AccountId(UUID(account_id)))


def user_id(who: str) -> str:
    """The id of that person, which owns the accounts."""
    return str(_USER_IDS[who])


class LedgerApplication:
    """The ledger's routes over the banks that are there now: to make an application costs more than a test."""

    def __init__(self, *others: BlueprintFactory) -> None:
        """With routes of others besides."""
        self.banks: dict[TenantId, InMemoryBank] = {}
        self.receipts: dict[TenantId, InMemoryAuditReceipts] = {}
        self.fx: dict[TenantId, InMemoryFx] = {}
        self.payouts: dict[TenantId, InMemoryPayouts] = {}
        caller = BearerToken(NameIsToken())

        services = ListedServices(
            {
                LedgerService: lambda tenant_id: self.banks[tenant_id].ledger,
                LedgerQueries: lambda tenant_id: self.banks[tenant_id].queries,
                StartPayouts: lambda tenant_id: self.payouts[tenant_id].services.start,
                SteerPayouts: lambda tenant_id: self.payouts[tenant_id].services.steer,
                PayoutQueries: lambda tenant_id: self.payouts[tenant_id].services.queries,
                HoldQueries: lambda tenant_id: holds_in(self.banks[tenant_id]),
                LimitQueries: lambda tenant_id: limits_in(self.banks[tenant_id]),
                SetLimits: lambda tenant_id: in_memory_set_limits(self.banks[tenant_id]),
                PostBatch: lambda tenant_id: in_memory_batches(self.banks[tenant_id]),
                AuditReceipts: lambda tenant_id: self.receipts[tenant_id],
                HolderNames: lambda _tenant_id: _NAMES,
                GiveQuote: lambda tenant_id: self.fx[tenant_id].services.give_quote,
                QuotedTransfers: lambda tenant_id: self.fx[tenant_id].services.use_quote,
                FxQueries: lambda tenant_id: self.fx[tenant_id].services.queries,
                ValuePositions: lambda tenant_id: self.fx[tenant_id].services.value_positions,
            },
            shared={DocumentPrinter: PdfPrinter()},
        )
        self._flask = create_app(
            [
                accounts_blueprint(services, caller),
                transactions_blueprint(services, caller),
                holds_blueprint(services, caller),
                batches_blueprint(services, caller),
                reversals_blueprint(services, caller),
                fx_quotes_blueprint(services, caller),
                fx_positions_blueprint(services, caller),
                *(other(services, caller) for other in others),
            ],
            clock=_ClockOfMain(self.banks),
            new_id=SequentialIdentifiers().new_id,
            readiness=dict,
            log_request=lambda _line: None,
        )

    def open(self) -> HttpClient:
        """A client of two new banks with nothing in them, and with no name in common."""
        self.banks.update({tenant_id: in_memory_bank(tenant_id) for tenant_id in (MAIN, OTHER)})
        for _ in range(_NAMES_APART):
            self.banks[OTHER].ids.new_id()
            self.banks[OTHER].ids.new_account_number()
        self.receipts.update({tenant_id: receipts_in(bank) for tenant_id, bank in self.banks.items()})
        self.fx.update({tenant_id: in_memory_fx(bank) for tenant_id, bank in self.banks.items()})
        self.payouts.update({tenant_id: in_memory_payouts(bank, chunk=2) for tenant_id, bank in self.banks.items()})
        receipts, fx = self.receipts[MAIN], self.fx[MAIN]
        client = self._flask.test_client()
        return HttpClient(dict(self.banks), client, receipts=receipts, fx=fx, payouts=self.payouts[MAIN])


def holds_in(bank: InMemoryBank) -> InMemoryHoldQueries:
    """Who reads the holds of that bank."""
    return InMemoryHoldQueries(bank.books, bank.clock, bank.queries)


def limits_in(bank: InMemoryBank) -> InMemoryLimitQueries:
    """Who reads the limits of that bank."""
    return InMemoryLimitQueries(bank.books, bank.clock, bank.queries)


def receipts_in(bank: InMemoryBank) -> InMemoryAuditReceipts:
    """Audit receipts for what is posted in that bank."""
    return InMemoryAuditReceipts(lambda: bank.events)


class _ClockOfMain(Clock):
    """The clock of the bank that is there now."""

    def __init__(self, banks: Mapping[TenantId, InMemoryBank]) -> None:
        self._banks = banks

    @override
    def now(self) -> datetime:
        return self._banks[MAIN].clock.now()


def _headers(who: str, headers: dict[str, str]) -> dict[str, str]:
    named = {name.replace("_", "-").title(): value for name, value in headers.items()}
    return {"Authorization": f"Bearer {who}", **named}
