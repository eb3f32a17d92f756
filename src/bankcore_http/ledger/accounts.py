"""Accounts over HTTP: open, list, and read what is and was on them."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from flask import Response

from bankcore.documents.holders import HolderNames
from bankcore.documents.printing import DocumentPrinter
from bankcore.documents.statements import read_statement
from bankcore.errors import NotFoundError, OutcomeUnknownError
from bankcore.identifiers import AccountId
from bankcore.ledger.queries import LedgerQueries
from bankcore.ledger.service import LedgerService
from bankcore.permissions import Permission
from bankcore.services import Services
from bankcore_http.account_shape import AccountShape, present_account
from bankcore_http.answering.envelope import Answer
from bankcore_http.auth import BearerToken, Caller
from bankcore_http.blueprint import Blueprint
from bankcore_http.ledger.balances import read_balance
from bankcore_http.ledger.books import HoldersOf, LedgerOf, QueriesOf, owner_of, readable_names
from bankcore_http.ledger.lists import list_accounts, list_entries
from bankcore_http.ledger.postings import carry_out
from bankcore_http.ledger.shapes.accounts import (
    AccountBody,
    AccountEntryShape,
    BalanceQuery,
    BalanceShape,
    StatementFormat,
    StatementQuery,
    StatementShape,
    present_balance,
)
from bankcore_http.ledger.statement_forms import StatementForm, StatementForms
from bankcore_http.reading.idempotency import REPLAY_HEADERS, IdempotencyKeyHeader
from bankcore_http.reading.pagination import ListQuery

_KEY: Final = IdempotencyKeyHeader()


def accounts_blueprint(services: Services, caller: BearerToken) -> Blueprint:
    """`/v1/accounts`, on the books of the caller's tenant."""
    ledger_of, queries_of = services.each(LedgerService), services.each(LedgerQueries)
    blueprint = Blueprint("accounts", url_prefix="/v1/accounts", description="Accounts and what is on them")
    _serve_accounts(blueprint, ledger_of, queries_of, caller)
    _serve_contents(blueprint, queries_of, caller)
    holders_of, forms = services.each(HolderNames), StatementForms(services.get(DocumentPrinter))
    _serve_statements(blueprint, queries_of, holders_of, forms, caller)
    return blueprint


def _serve_accounts(blueprint: Blueprint, ledger_of: LedgerOf, queries_of: QueriesOf, caller: BearerToken) -> None:
    @blueprint.route("", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.ACCOUNTS_OPEN))
    @blueprint.takes(_KEY)
    @blueprint.arguments(AccountBody)
    @blueprint.response(201, AccountShape, message="Account opened", headers=REPLAY_HEADERS)
    @blueprint.raises(OutcomeUnknownError)
    def open_account(caller: Caller, key: str, body: AccountBody) -> Answer | Response:
        """Open an account of your own.

        It is empty, and of one currency for good. Its number is what other people need to send money to it.
        """
        command = body.command(owner_id=owner_of(caller), key=key)
        return carry_out(ledger_of(caller.principal.tenant_id), command, caller.origin)

    @blueprint.route("")
    @blueprint.takes(caller.who_may(Permission.ACCOUNTS_READ))
    @blueprint.arguments(ListQuery)
    @blueprint.response(200, AccountShape, many=True)
    def list_own_accounts(caller: Caller, query: ListQuery) -> Answer:
        """List your own accounts, oldest first.

        Those that others own are not among them, whatever role you have.
        """
        return list_accounts(queries_of(caller.principal.tenant_id), query, owner_id=owner_of(caller))

    @blueprint.route("/<uuid:account_id>")
    @blueprint.takes(caller.who_may(Permission.ACCOUNTS_READ))
    @blueprint.response(200, AccountShape)
    @blueprint.raises(NotFoundError)
    def get_account(caller: Caller, *, account_id: UUID) -> AccountShape:
        """Read one account.

        Your own, or as staff any of the tenant. What you may not read is answered as what is not there.
        """
        queries = queries_of(caller.principal.tenant_id)
        return present_account(queries.get_account(AccountId(account_id), owner_id=caller.only_owner))


def _serve_contents(blueprint: Blueprint, queries_of: QueriesOf, caller: BearerToken) -> None:
    @blueprint.route("/<uuid:account_id>/balance")
    @blueprint.takes(caller.who_may(Permission.ACCOUNTS_READ))
    @blueprint.arguments(BalanceQuery)
    @blueprint.response(200, BalanceShape)
    @blueprint.raises(NotFoundError)
    def get_balance(caller: Caller, query: BalanceQuery, *, account_id: UUID) -> BalanceShape:
        """Read the balance, now or at any past instant.

        `available` is what can be spent: the balance without what is held. `effectiveAt` tells what counts by an
        instant: with what was posted later and counts earlier, and without what counts later.
        """
        queries, owner_id = queries_of(caller.principal.tenant_id), caller.only_owner
        balance = read_balance(queries, AccountId(account_id), query.at, query.effective_at, owner_id=owner_id)
        return present_balance(balance)

    @blueprint.route("/<uuid:account_id>/entries")
    @blueprint.takes(caller.who_may(Permission.ACCOUNTS_READ))
    @blueprint.arguments(ListQuery)
    @blueprint.response(200, AccountEntryShape, many=True)
    @blueprint.raises(NotFoundError)
    def list_account_entries(caller: Caller, query: ListQuery, *, account_id: UUID) -> Answer:
        """List the entries of an account, latest first.

        Each entry says what the balance was before and after it; `sequence` has no gaps.
        """
        queries = queries_of(caller.principal.tenant_id)
        return list_entries(queries, AccountId(account_id), query, owner_id=caller.only_owner)


def _serve_statements(
    blueprint: Blueprint, queries_of: QueriesOf, holders_of: HoldersOf, forms: StatementForms, caller: BearerToken
) -> None:
    @blueprint.route("/<uuid:account_id>/statement")
    @blueprint.takes(caller.who_may(Permission.ACCOUNTS_READ))
    @blueprint.takes(forms)
    @blueprint.arguments(StatementQuery)
    @blueprint.response(200, StatementShape)
    @blueprint.raises(NotFoundError)
    def get_statement(
        caller: Caller, forms: Mapping[StatementFormat, StatementForm], query: StatementQuery, *, account_id: UUID
    ) -> StatementShape | Response:
        """Read the statement of a period: opening balance, every entry, closing balance.

        Without a period, from the opening until now. CSV and camt.053 stream however long the period is; JSON and
        PDF have at most 10,000 lines.
        """
        tenant_id = caller.principal.tenant_id
        statement = read_statement(
            queries_of(tenant_id),
            AccountId(account_id),
            from_instant=query.from_instant,
            to_instant=query.to_instant,
            owner_id=caller.only_owner,
            holders=readable_names(caller, holders_of(tenant_id)),
        )
        return forms[query.format](statement)
