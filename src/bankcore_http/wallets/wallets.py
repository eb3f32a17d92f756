"""`/accounts/wallets`: open a wallet, move its balance, read it."""

from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Final
from uuid import UUID

from flask import Response

from bankcore.errors import LedgerInvariantError, NotFoundError, OutcomeUnknownError
from bankcore.idempotency.answers import Rejected
from bankcore.identifiers import AccountId, TenantId
from bankcore.ledger.commands import Deposit, OpenAccount, Withdraw
from bankcore.ledger.outcomes import Opened, accepted_transaction
from bankcore.ledger.queries import LedgerQueries
from bankcore.ledger.rejections import (
    AccountClosedError,
    AccountExistsError,
    AccountFrozenError,
    InsufficientFundsError,
)
from bankcore.ledger.service import LedgerService
from bankcore.money import AmountOutOfRangeError, Currency, Money
from bankcore.services import Services
from bankcore_http.blueprint import Blueprint
from bankcore_http.reading import fields
from bankcore_http.reading.idempotency import REPLAY_HEADERS
from bankcore_http.reading.shapes import BodyShape
from bankcore_http.wallets.access import ServiceToken, TrustedService
from bankcore_http.wallets.notation import AmountText, bare, eight_decimals, exact, find_wallet, key_for, present_wallet
from bankcore_http.wallets.optional_key import OptionalKey

_KEY: Final = OptionalKey()
_NUMBER_LENGTH_MAX: Final = 100


class BalanceOperation(StrEnum):
    """What a movement of a balance does."""

    CREDIT = "credit"
    DEBIT = "debit"


class WalletBody(BodyShape):
    """Whose wallet is opened, and its number, which is that of no other."""

    user_id: fields.Uuid
    currency: fields.CurrencyCode
    account_number: Annotated[str, fields.text(_NUMBER_LENGTH_MAX)]

    def command(self, tenant_id: TenantId, key: str | None) -> OpenAccount:
        """The command; its key is the number unless another is given.

        The id follows from the number, so that no number is given twice, however late it is asked for again.
        """
        named = sha256(f"{tenant_id}\x1f{self.account_number}".encode()).digest()
        return OpenAccount(
            str(self.user_id),
            Currency.of(self.currency),
            name=self.account_number,
            account_id=AccountId(UUID(bytes=named[:16], version=4)),
            idempotency_key=key or key_for("wallet", self.account_number),
        )


class BalanceMoveBody(BodyShape):
    """What enters or leaves a wallet, in its currency."""

    amount: AmountText
    operation: Annotated[BalanceOperation, fields.word_of(BalanceOperation)]

    def command(self, wallet_id: AccountId, currency: Currency, key: str | None) -> Deposit | Withdraw:
        """The command."""
        move = Deposit if self.operation is BalanceOperation.CREDIT else Withdraw
        return move(wallet_id, Money.of(exact(self.amount), currency).require_positive(), idempotency_key=key)


def wallets_blueprint(services: Services, service: ServiceToken) -> Blueprint:
    """Wallets of the tenant of the settings."""
    ledger_of, queries_of = services.each(LedgerService), services.each(LedgerQueries)
    blueprint = Blueprint("wallets", url_prefix="/accounts/wallets", tag="Wallets", description="Under other names")

    @blueprint.route("", methods=["POST"])
    @blueprint.takes(service)
    @blueprint.takes(_KEY)
    @blueprint.arguments(WalletBody)
    @blueprint.response(201, None, message="Wallet opened", headers=REPLAY_HEADERS)
    @blueprint.raises(AccountExistsError, OutcomeUnknownError)
    def open_wallet(service: TrustedService, key: str | None, body: WalletBody) -> Response:
        """Open a wallet for a user, who need not be known to the bank."""
        command = body.command(service.tenant_id, key)
        return _opened(ledger_of(service.tenant_id), command, service)

    @blueprint.route("/<uuid:wallet_id>/balance", methods=["PATCH"])
    @blueprint.takes(service)
    @blueprint.takes(_KEY)
    @blueprint.arguments(BalanceMoveBody)
    @blueprint.response(200, None, headers=REPLAY_HEADERS)
    @blueprint.raises(
        InsufficientFundsError, AccountFrozenError, AccountClosedError, AmountOutOfRangeError, OutcomeUnknownError
    )
    def move_balance(service: TrustedService, key: str | None, body: BalanceMoveBody, *, wallet_id: UUID) -> Response:
        """Let money enter or leave a wallet.

        Send a key: without one, a request that is sent again moves money again.
        """
        ledger, queries = ledger_of(service.tenant_id), queries_of(service.tenant_id)
        return _moved(ledger, queries, wallet_id, (body, key), service)

    @blueprint.route("/<uuid:wallet_id>/balance")
    @blueprint.takes(service)
    @blueprint.response(200, None)
    @blueprint.raises(NotFoundError)
    def get_wallet_balance(service: TrustedService, *, wallet_id: UUID) -> Response:
        """Read what is on a wallet."""
        return bare({"balance": eight_decimals(find_wallet(queries_of(service.tenant_id), wallet_id).balance)})

    return blueprint


def _opened(ledger: LedgerService, command: OpenAccount, service: TrustedService) -> Response:
    outcome = ledger.execute_one(command, origin=service.origin)
    if isinstance(outcome, Opened):
        return bare(present_wallet(outcome.account), 201, replayed=outcome.replayed)
    raise outcome.as_error() if isinstance(outcome, Rejected) else LedgerInvariantError(f"{outcome} opens nothing")


def _moved(
    ledger: LedgerService,
    queries: LedgerQueries,
    wallet_id: UUID,
    asked: tuple[BalanceMoveBody, str | None],
    service: TrustedService,
) -> Response:
    """Move it. The wallet is read before: afterwards a failing read would deny what was done."""
    wallet, (body, key) = find_wallet(queries, wallet_id), asked
    outcome = ledger.execute_one(body.command(wallet.id, wallet.currency, key), origin=service.origin)
    transaction = accepted_transaction(outcome)
    (entry,) = [entry for entry in transaction.entries if entry.account_id == wallet.id]
    return bare(present_wallet(wallet, entry.balance_after), replayed=outcome.replayed)
