"""Verifying the books over HTTP: an account's chain, a transaction's zero sum, and the trial balance."""

from collections import defaultdict
from typing import Final
from uuid import UUID

from bankcore.errors import NotFoundError
from bankcore.identifiers import AccountId, TransactionId
from bankcore.identity.users import Role
from bankcore.ledger.queries import LedgerQueries, TransactionView
from bankcore.services import Services
from bankcore_http.auth import BearerToken, Caller
from bankcore_http.blueprint import Blueprint
from bankcore_http.ledger.books import owner_of
from bankcore_http.ledger.chain import verify_chain
from bankcore_http.ledger.presenters import present_trial_balance
from bankcore_http.ledger.schemas import ChainSchema, TrialBalanceSchema, VerifiedTransactionSchema

_AUDITORS: Final = frozenset({Role.AUDITOR, Role.ADMIN})


def chains_blueprint(services: Services, caller: BearerToken) -> Blueprint:
    """The chain of an account, for its owner and for auditors."""
    queries_of = services.each(LedgerQueries)
    blueprint = Blueprint("chains", url_prefix="/v1/accounts", description="Whether an account's history is untouched")

    @blueprint.route("/<uuid:account_id>/chain")
    @blueprint.takes(caller)
    @blueprint.response(200, ChainSchema)
    @blueprint.raises(NotFoundError)
    def get_chain(caller: Caller, *, account_id: UUID) -> dict[str, object]:
        """Recompute the account's chain of hashes, and say whether it is whole."""
        queries = queries_of(caller.principal.tenant_id)
        return verify_chain(queries, AccountId(account_id), owner_id=_auditable_owner(caller))

    return blueprint


def ledger_blueprint(services: Services, caller: BearerToken) -> Blueprint:
    """`/v1/ledger`, on the books of the auditor's tenant."""
    queries_of = services.each(LedgerQueries)
    blueprint = Blueprint("ledger", url_prefix="/v1/ledger", description="Whether the books agree with themselves")
    auditor = caller.require_role(*_AUDITORS)

    @blueprint.route("/transactions/<uuid:transaction_id>/verify")
    @blueprint.takes(auditor)
    @blueprint.response(200, VerifiedTransactionSchema)
    @blueprint.raises(NotFoundError)
    def verify_transaction(caller: Caller, *, transaction_id: UUID) -> dict[str, object]:
        """Sum the entries of a transaction, which must come to zero in each currency."""
        return _verified(queries_of(caller.principal.tenant_id).get_transaction(TransactionId(transaction_id)))

    @blueprint.route("/trial-balance")
    @blueprint.takes(auditor)
    @blueprint.response(200, TrialBalanceSchema)
    def get_trial_balance(caller: Caller) -> dict[str, object]:
        """Sum what all accounts hold, by currency and kind; each currency must come to zero."""
        return present_trial_balance(queries_of(caller.principal.tenant_id).trial_balance())

    return blueprint


def _auditable_owner(caller: Caller) -> str | None:
    """The only owner whose chains the caller may verify, or None for auditors, who may verify all."""
    return owner_of(caller) if _AUDITORS.isdisjoint(caller.principal.roles) else None


def _verified(view: TransactionView) -> dict[str, object]:
    sums: dict[str, int] = defaultdict(int)
    for entry in view.transaction.entries:
        sums[entry.currency.code] += entry.amount_minor
    return {
        "transactionId": str(view.transaction.id),
        "balanced": not any(sums.values()),
        "entries": len(view.transaction.entries),
    }
