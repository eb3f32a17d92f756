"""Verifying the books over HTTP: an account's chain, a transaction's zero sum, and the trial balance."""

from uuid import UUID

from bankcore.errors import NotFoundError
from bankcore.identifiers import AccountId, TransactionId
from bankcore.ledger.queries import LedgerQueries
from bankcore.permissions import Permission
from bankcore.services import Services
from bankcore_http.answering.request_context import requested_at
from bankcore_http.auth import BearerToken, Caller
from bankcore_http.blueprint import Blueprint
from bankcore_http.ledger.balances import require_past
from bankcore_http.ledger.chain import verify_chain
from bankcore_http.ledger.shapes.books import (
    ChainShape,
    TrialBalanceQuery,
    TrialBalanceShape,
    VerifiedTransactionShape,
    present_trial_balance,
    present_verified,
)


def chains_blueprint(services: Services, caller: BearerToken) -> Blueprint:
    """The chain of an account, for its owner and for auditors."""
    queries_of = services.each(LedgerQueries)
    blueprint = Blueprint(
        "chains",
        url_prefix="/v1/accounts",
        tag="Books",
        description="Whether the books are whole and agree with themselves",
    )

    @blueprint.route("/<uuid:account_id>/chain")
    @blueprint.takes(caller.who_may(Permission.CHAINS_VERIFY))
    @blueprint.response(200, ChainShape)
    @blueprint.raises(NotFoundError)
    def get_chain(caller: Caller, *, account_id: UUID) -> ChainShape:
        """Recompute the account's chain of hashes, and say whether it is whole.

        Each entry holds a hash of the one before, so that a change to any of them shows. `tamperedAt` names the
        first that does not fit.
        """
        queries = queries_of(caller.principal.tenant_id)
        return verify_chain(queries, AccountId(account_id), owner_id=caller.only_owner)

    return blueprint


def ledger_blueprint(services: Services, caller: BearerToken) -> Blueprint:
    """`/v1/ledger`, on the books of the auditor's tenant."""
    queries_of = services.each(LedgerQueries)
    blueprint = Blueprint("ledger", url_prefix="/v1/ledger", tag="Books")

    @blueprint.route("/transactions/<uuid:transaction_id>/verify")
    @blueprint.takes(caller.who_may(Permission.BOOKS_VERIFY))
    @blueprint.response(200, VerifiedTransactionShape)
    @blueprint.raises(NotFoundError)
    def verify_transaction(caller: Caller, *, transaction_id: UUID) -> VerifiedTransactionShape:
        """Sum the entries of a transaction, which must come to zero in each currency.

        For auditors. A transaction that does not balance cannot be recorded; this shows that none was changed
        since.
        """
        return present_verified(queries_of(caller.principal.tenant_id).get_transaction(TransactionId(transaction_id)))

    @blueprint.route("/trial-balance")
    @blueprint.takes(caller.who_may(Permission.BOOKS_VERIFY))
    @blueprint.arguments(TrialBalanceQuery)
    @blueprint.response(200, TrialBalanceShape)
    def get_trial_balance(caller: Caller, query: TrialBalanceQuery) -> TrialBalanceShape:
        """Sum what all accounts hold, now or at any past instant, by currency and kind; each currency must be zero.

        For auditors. A total that is not zero says that money came from nowhere or got lost. At an instant that a
        clock went through twice it may say only that.
        """
        at = require_past(query.at, requested_at())
        return present_trial_balance(queries_of(caller.principal.tenant_id).trial_balance(at))

    return blueprint
