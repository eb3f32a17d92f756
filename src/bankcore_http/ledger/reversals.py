"""Undoing transactions, for operators."""

from typing import Final
from uuid import UUID

from flask import Response

from bankcore.approvals.refusals import ApprovalRequiredError
from bankcore.errors import ForbiddenError, InvalidStateError, NotFoundError, OutcomeUnknownError
from bankcore.identifiers import TransactionId
from bankcore.ledger.queries import LedgerQueries
from bankcore.ledger.rejections import (
    AccountClosedError,
    AccountDormantError,
    AccountFrozenError,
    AlreadyReversedError,
    InsufficientFundsError,
    ReversalExceedsTransactionError,
)
from bankcore.ledger.service import LedgerService
from bankcore.money import AmountOutOfRangeError, CurrencyMismatchError
from bankcore.permissions import Permission
from bankcore.services import Services
from bankcore_http.answering.envelope import Answer
from bankcore_http.auth import BearerToken, Caller
from bankcore_http.blueprint import Blueprint
from bankcore_http.ledger.postings import carry_out
from bankcore_http.ledger.shapes.transactions import ReversalBody, TransactionShape
from bankcore_http.reading.idempotency import REPLAY_HEADERS, IdempotencyKeyHeader

_KEY: Final = IdempotencyKeyHeader()


def reversals_blueprint(services: Services, caller: BearerToken) -> Blueprint:
    """`/v1/admin/transactions`, on the books of the caller's tenant."""
    ledger_of, queries_of = services.each(LedgerService), services.each(LedgerQueries)
    blueprint = Blueprint("reversals", url_prefix="/v1/admin/transactions", description="Undoing what was wrong")

    @blueprint.route("/<uuid:transaction_id>/reverse", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.TRANSACTIONS_REVERSE))
    @blueprint.takes(_KEY)
    @blueprint.arguments(ReversalBody)
    @blueprint.response(201, TransactionShape, message="Transaction reversed", headers=REPLAY_HEADERS)
    @blueprint.raises(
        *(NotFoundError, AlreadyReversedError, ReversalExceedsTransactionError, InsufficientFundsError),
        *(InvalidStateError, AccountFrozenError, AccountClosedError, CurrencyMismatchError, AmountOutOfRangeError),
        *(AccountDormantError, ForbiddenError, ApprovalRequiredError, OutcomeUnknownError),
    )
    def reverse_transaction(caller: Caller, key: str, body: ReversalBody, *, transaction_id: UUID) -> Answer | Response:
        """Undo a transaction by a new one, or a part of it.

        For operators. Parts may be undone until nothing is left, never more. What was spent since is not taken
        back: then it is refused with `insufficient_funds`. Who did it, and why, is in the audit log.
        """
        tenant_id = caller.principal.tenant_id
        # What is read here never changes; the ledger reads the rest under its locks.
        transaction = queries_of(tenant_id).get_transaction(TransactionId(transaction_id)).transaction
        parties = [entry.account_id for entry in transaction.entries]
        command = body.command(transaction, key)
        caller.require_may_move(command.moved(transaction))
        return carry_out(ledger_of(tenant_id), command, caller.acting_origin, *parties)

    return blueprint
