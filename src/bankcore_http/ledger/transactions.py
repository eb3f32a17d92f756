"""Movements of money over HTTP: deposit, withdraw, transfer, and read what was moved."""

from typing import Final
from uuid import UUID

from flask import Response

from bankcore.approvals.refusals import ApprovalRequiredError
from bankcore.audit.receipts import AuditReceipts
from bankcore.documents.printing import DocumentPrinter
from bankcore.documents.receipts import issue_receipt
from bankcore.errors import NotFoundError, OutcomeUnknownError
from bankcore.identifiers import TransactionId
from bankcore.identity.refusals import MfaRequiredError
from bankcore.ledger.queries import LedgerQueries
from bankcore.ledger.quoted_transfers import QuotedTransfers, QuoteExpiredError, QuoteUsedError
from bankcore.ledger.rejections import (
    AccountClosedError,
    AccountDormantError,
    AccountFrozenError,
    InsufficientFundsError,
    LimitExceededError,
    PreconditionFailedError,
    SameAccountError,
)
from bankcore.ledger.service import LedgerService
from bankcore.money import AmountOutOfRangeError, CurrencyMismatchError
from bankcore.permissions import Permission
from bankcore.services import Services
from bankcore_http.answering.envelope import Answer
from bankcore_http.answering.request_context import requested_at
from bankcore_http.auth import BearerToken, Caller
from bankcore_http.blueprint import Blueprint
from bankcore_http.ledger.books import LedgerOf, QueriesOf, owner_of
from bankcore_http.ledger.destinations import find_destination
from bankcore_http.ledger.history import read_history
from bankcore_http.ledger.postings import carry_out, carry_out_transfer
from bankcore_http.ledger.receipts.forms import AcceptedReceiptForm, ReceiptForm
from bankcore_http.ledger.receipts.promises import (
    RECEIPT_HEADERS,
    AuditReceiptsOf,
    ReceiptPreference,
    ReceiptWish,
)
from bankcore_http.ledger.receipts.shapes import AuditReceiptShape, ReceiptShape, present_audit_receipt
from bankcore_http.ledger.shapes.transactions import (
    HistoryQuery,
    MoneyBody,
    TransactionShape,
    TransferBody,
    present_transaction,
)
from bankcore_http.reading.idempotency import REPLAY_HEADERS, IdempotencyKeyHeader

_HEADERS: Final = {**REPLAY_HEADERS, **RECEIPT_HEADERS}
_KEY: Final = IdempotencyKeyHeader()
_CREDIT_REFUSALS: Final = (
    NotFoundError,
    PreconditionFailedError,
    AccountFrozenError,
    AccountClosedError,
    CurrencyMismatchError,
    AmountOutOfRangeError,
    OutcomeUnknownError,
)
_DEBIT_REFUSALS: Final = (
    *_CREDIT_REFUSALS,
    AccountDormantError,
    InsufficientFundsError,
    LimitExceededError,
    MfaRequiredError,
    ApprovalRequiredError,
)


def transactions_blueprint(services: Services, caller: BearerToken) -> Blueprint:
    """`/v1/transactions`, on the books of the caller's tenant."""
    ledger_of, queries_of = services.each(LedgerService), services.each(LedgerQueries)
    receipts_of = services.each(AuditReceipts)
    blueprint = Blueprint("transactions", url_prefix="/v1/transactions", description="Movements of money")
    _serve_cash(blueprint, ledger_of, ReceiptPreference(receipts_of), caller)
    _serve_transfers(blueprint, services, ReceiptPreference(receipts_of), caller)
    _serve_reads(blueprint, queries_of, caller)
    _serve_receipts(blueprint, queries_of, AcceptedReceiptForm(services.get(DocumentPrinter)), caller)
    _serve_promises(blueprint, queries_of, receipts_of, caller)
    return blueprint


def _serve_cash(blueprint: Blueprint, ledger_of: LedgerOf, preference: ReceiptPreference, caller: BearerToken) -> None:
    @blueprint.route("/deposit", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.TRANSACTIONS_POST))
    @blueprint.takes(_KEY)
    @blueprint.takes(preference)
    @blueprint.arguments(MoneyBody)
    @blueprint.response(201, TransactionShape, message="Deposit posted", headers=_HEADERS)
    @blueprint.raises(*_CREDIT_REFUSALS)
    def deposit(caller: Caller, key: str, wish: ReceiptWish, body: MoneyBody) -> Answer | Response:
        """Put money into an account of your own.

        The money comes from the settlement account of its currency. Sent again with the same key, it is
        answered and not repeated.
        """
        ledger = ledger_of(caller.principal.tenant_id)
        receipt_headers = wish.headers_for(caller)
        command = body.deposit(key)
        return carry_out(ledger, command, caller.origin, body.account_id, receipt_headers=receipt_headers)

    @blueprint.route("/withdraw", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.TRANSACTIONS_POST))
    @blueprint.takes(_KEY)
    @blueprint.takes(preference)
    @blueprint.arguments(MoneyBody)
    @blueprint.response(201, TransactionShape, message="Withdrawal posted", headers=_HEADERS)
    @blueprint.raises(*_DEBIT_REFUSALS)
    def withdraw(caller: Caller, key: str, wish: ReceiptWish, body: MoneyBody) -> Answer | Response:
        """Take money out of an account of your own.

        The money goes to the settlement account of its currency; never more than is available. Sent again with
        the same key, it is answered and not repeated.
        """
        ledger = ledger_of(caller.principal.tenant_id)
        receipt_headers = wish.headers_for(caller)
        command = body.withdrawal(key)
        caller.require_may_move([command.amount])
        return carry_out(ledger, command, caller.origin, body.account_id, receipt_headers=receipt_headers)


def _serve_transfers(
    blueprint: Blueprint, services: Services, preference: ReceiptPreference, caller: BearerToken
) -> None:
    ledger_of, queries_of = services.each(LedgerService), services.each(LedgerQueries)
    quoted_of = services.each(QuotedTransfers)

    @blueprint.route("/transfer", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.TRANSACTIONS_POST))
    @blueprint.takes(_KEY)
    @blueprint.takes(preference)
    @blueprint.arguments(TransferBody)
    @blueprint.response(201, TransactionShape, message="Transfer posted", headers=_HEADERS)
    @blueprint.raises(*_DEBIT_REFUSALS, SameAccountError, QuoteUsedError, QuoteExpiredError)
    def transfer(caller: Caller, key: str, wish: ReceiptWish, body: TransferBody) -> Answer | Response:
        """Move money from an account of your own to any other.

        Name the account that gets the money by its id or by its number, not by both. If it has another currency,
        ask for a quote first, and name it: amount and currency are what the quote is for. Sent again with the same
        key, it is answered and not repeated.
        """
        money, tenant_id = body.money(), caller.principal.tenant_id
        caller.require_may_move([money])
        destination = find_destination(
            queries_of(tenant_id),
            account_id=body.to_account_id,
            number=body.to_account_number,
            payer_id=owner_of(caller),
        )
        command = body.command(money, destination, key)
        own_account_ids = (body.from_account_id, *destination.own_account_ids)
        receipt_headers, ledger = wish.headers_for(caller), ledger_of(tenant_id)
        return carry_out_transfer(
            ledger,
            lambda: quoted_of(tenant_id),
            command,
            body.fx_quote_id,
            caller.origin,
            *own_account_ids,
            receipt_headers=receipt_headers,
        )


def _serve_reads(blueprint: Blueprint, queries_of: QueriesOf, caller: BearerToken) -> None:
    @blueprint.route("")
    @blueprint.takes(caller.who_may(Permission.TRANSACTIONS_READ))
    @blueprint.arguments(HistoryQuery)
    @blueprint.response(200, TransactionShape, many=True)
    @blueprint.raises(NotFoundError)
    def list_transactions(caller: Caller, query: HistoryQuery) -> Answer:
        """List your transactions, latest first; staff may ask for those of any account.

        Filters narrow it down, each by itself; a cursor belongs to the filters it came with. `page` is for
        people who leaf through; beyond 10,000 rows there are cursors only.
        """
        return read_history(queries_of(caller.principal.tenant_id), caller, query)

    @blueprint.route("/<uuid:transaction_id>")
    @blueprint.takes(caller.who_may(Permission.TRANSACTIONS_READ))
    @blueprint.response(200, TransactionShape)
    @blueprint.raises(NotFoundError)
    def get_transaction(caller: Caller, *, transaction_id: UUID) -> TransactionShape:
        """Read one transaction that you are a party to.

        The balances of the other party are left out, unless you are staff.
        """
        queries = queries_of(caller.principal.tenant_id)
        view = queries.get_transaction(TransactionId(transaction_id), owner_id=caller.only_owner)
        return present_transaction(view)


def _serve_receipts(
    blueprint: Blueprint, queries_of: QueriesOf, accepted_form: AcceptedReceiptForm, caller: BearerToken
) -> None:
    @blueprint.route("/<uuid:transaction_id>/receipt")
    @blueprint.takes(caller.who_may(Permission.TRANSACTIONS_READ))
    @blueprint.takes(accepted_form)
    @blueprint.response(200, ReceiptShape, headers={"Vary": "`Accept`, which chooses the form"})
    @blueprint.raises(NotFoundError)
    def get_receipt(caller: Caller, form: ReceiptForm, *, transaction_id: UUID) -> Answer | Response:
        """Read the receipt of a transaction, as JSON or as a page.

        `Accept: text/html` and `Accept: application/pdf` get a page to print.
        """
        queries, owner_id = queries_of(caller.principal.tenant_id), caller.only_owner
        return form(issue_receipt(queries, TransactionId(transaction_id), owner_id=owner_id, issued_at=requested_at()))


def _serve_promises(
    blueprint: Blueprint, queries_of: QueriesOf, receipts_of: AuditReceiptsOf, caller: BearerToken
) -> None:
    @blueprint.route("/<uuid:transaction_id>/audit-receipt")
    @blueprint.takes(caller.who_may(Permission.TRANSACTIONS_READ))
    @blueprint.response(200, AuditReceiptShape)
    @blueprint.raises(NotFoundError)
    def get_audit_receipt(caller: Caller, *, transaction_id: UUID) -> AuditReceiptShape:
        """Read the bank's signed promise that the audit log holds the record of a transaction.

        Keep it: should the record ever be missing, it proves that the bank had promised it. `/v1/audit/receipt-
        keys` has the keys to check it with.
        """
        queries = queries_of(caller.principal.tenant_id)
        view = queries.get_transaction(TransactionId(transaction_id), owner_id=caller.only_owner)
        return present_audit_receipt(receipts_of(caller.principal.tenant_id).get_receipt(view.transaction))
