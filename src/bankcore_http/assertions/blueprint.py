"""Assertions for operators: put down what another bank states, import its statements, see what is not met."""

from typing import Final
from uuid import UUID

from bankcore.assertions.assertions import AssertionId, AssertionQueries
from bankcore.assertions.import_statement import ImportStatement
from bankcore.assertions.record import RecordAssertions
from bankcore.errors import NotFoundError, OutcomeUnknownError
from bankcore.identifiers import AccountId
from bankcore.money import AmountOutOfRangeError, CurrencyMismatchError
from bankcore.permissions import Permission
from bankcore.services import Services
from bankcore_http.answering.envelope import Answer
from bankcore_http.answering.replays import replay_headers
from bankcore_http.assertions.reading import read_bank_statement
from bankcore_http.assertions.shapes import (
    AssertionBody,
    AssertionShape,
    BankStatementBody,
    ImportedStatementShape,
    RecordedAssertionShape,
    present_assertion,
    present_imported,
    present_recorded,
)
from bankcore_http.auth import BearerToken, Caller
from bankcore_http.blueprint import Blueprint
from bankcore_http.reading.idempotency import REPLAY_HEADERS, IdempotencyKeyHeader
from bankcore_http.reading.pagination import CursorFormat, ListQuery

_CURSOR: Final = CursorFormat("assertions", UUID, into=AssertionId)
_KEY: Final = IdempotencyKeyHeader()


def assertions_blueprint(services: Services, caller: BearerToken) -> Blueprint:
    """`/v1/admin/assertions`, of the operator's tenant."""
    blueprint = Blueprint(
        "assertions", url_prefix="/v1/admin/assertions", description="What other banks state of our accounts"
    )
    _serve_assertions(blueprint, services, caller)
    _serve_imports(blueprint, services, caller)
    return blueprint


def _serve_assertions(blueprint: Blueprint, services: Services, caller: BearerToken) -> None:
    queries_of, record_of = services.each(AssertionQueries), services.each(RecordAssertions)

    @blueprint.route("")
    @blueprint.takes(caller.who_may(Permission.ASSERTIONS_READ))
    @blueprint.arguments(ListQuery)
    @blueprint.response(200, AssertionShape, many=True)
    def list_assertions(caller: Caller, query: ListQuery) -> Answer:
        """List what was stated, latest first, each beside what the books count now.

        For operators. `met` false and `superseded` false calls for a person: something was never posted, or never
        happened.
        """
        queries = queries_of(caller.principal.tenant_id)
        found, page = _CURSOR.page_of(
            query,
            lambda before, limit: queries.list_assertions(before=before, limit=limit),
            lambda checked: (checked.assertion.id,),
        )
        return Answer([present_assertion(checked) for checked in found], page=page)

    @blueprint.route("", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.ASSERTIONS_RECORD))
    @blueprint.takes(_KEY)
    @blueprint.arguments(AssertionBody)
    @blueprint.response(201, RecordedAssertionShape, message="The assertion is recorded", headers=REPLAY_HEADERS)
    @blueprint.raises(NotFoundError, CurrencyMismatchError, AmountOutOfRangeError, OutcomeUnknownError)
    def assert_balance(caller: Caller, key: str, body: AssertionBody) -> Answer:
        """Put down a balance that another bank states; it is never changed.

        For operators. A later one of the same account and instant takes its place. The books stay as they are.
        """
        record = record_of(caller.principal.tenant_id)
        recorded = record(body.command(key), origin=caller.acting_origin)
        (assertion,) = recorded.value
        return Answer(present_recorded(assertion), headers=replay_headers(replayed=recorded.replayed))


def _serve_imports(blueprint: Blueprint, services: Services, caller: BearerToken) -> None:
    import_of = services.each(ImportStatement)

    @blueprint.route("/statements", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.ASSERTIONS_RECORD))
    @blueprint.takes(_KEY)
    @blueprint.arguments(BankStatementBody)
    @blueprint.response(201, ImportedStatementShape, message="The statement is imported", headers=REPLAY_HEADERS)
    @blueprint.raises(NotFoundError, CurrencyMismatchError, OutcomeUnknownError)
    def import_bank_statement(caller: Caller, key: str, body: BankStatementBody) -> Answer:
        """Import a statement of another bank: its balances become assertions, its lines are matched with ours.

        For operators. If a line is wrong, every wrong one is named and nothing is imported. Nothing is posted.
        """
        imported = import_of(caller.principal.tenant_id)(
            AccountId(body.account_id),
            read_bank_statement(body),
            source=body.source,
            origin=caller.acting_origin,
            idempotency_key=key,
        )
        return Answer(present_imported(imported.value), headers=replay_headers(replayed=imported.replayed))
