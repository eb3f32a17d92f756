"""Freezing and unfreezing accounts, for operators."""

from typing import Final
from uuid import UUID

from flask import Response

from bankcore.errors import ForbiddenError, InvalidStateError, NotFoundError, OutcomeUnknownError
from bankcore.identifiers import AccountId
from bankcore.ledger.commands import FreezeAccount, UnfreezeAccount
from bankcore.ledger.rejections import AccountClosedError
from bankcore.ledger.service import LedgerService
from bankcore.permissions import Permission
from bankcore.services import Services
from bankcore_http.answering.envelope import Answer
from bankcore_http.auth import BearerToken, Caller
from bankcore_http.blueprint import Blueprint
from bankcore_http.ledger.postings import carry_out
from bankcore_http.ledger.shapes.accounts import ChangedAccountShape, StatusBody
from bankcore_http.reading.idempotency import REPLAY_HEADERS, IdempotencyKeyHeader

_KEY: Final = IdempotencyKeyHeader()
_REFUSALS: Final = (NotFoundError, AccountClosedError, InvalidStateError, ForbiddenError, OutcomeUnknownError)


def account_status_blueprint(services: Services, caller: BearerToken) -> Blueprint:
    """`/v1/admin/accounts`, on the books of the caller's tenant."""
    ledger_of = services.each(LedgerService)
    blueprint = Blueprint("account-status", url_prefix="/v1/admin/accounts", description="Whether accounts take part")

    @blueprint.route("/<uuid:account_id>/freeze", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.ACCOUNTS_FREEZE))
    @blueprint.takes(_KEY)
    @blueprint.arguments(StatusBody)
    @blueprint.response(200, ChangedAccountShape, message="Account frozen", headers=REPLAY_HEADERS)
    @blueprint.raises(*_REFUSALS)
    def freeze_account(caller: Caller, key: str, body: StatusBody, *, account_id: UUID) -> Answer | Response:
        """Keep an account out of every posting until it is unfrozen.

        For operators. Its holder still reads it; postings to and from it are refused with `account_frozen`.
        """
        command = FreezeAccount(AccountId(account_id), reason=body.reason, idempotency_key=key)
        return carry_out(ledger_of(caller.principal.tenant_id), command, caller.acting_origin)

    @blueprint.route("/<uuid:account_id>/unfreeze", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.ACCOUNTS_FREEZE))
    @blueprint.takes(_KEY)
    @blueprint.arguments(StatusBody)
    @blueprint.response(200, ChangedAccountShape, message="Account unfrozen", headers=REPLAY_HEADERS)
    @blueprint.raises(*_REFUSALS)
    def unfreeze_account(caller: Caller, key: str, body: StatusBody, *, account_id: UUID) -> Answer | Response:
        """Let a frozen account take part in postings again.

        For operators. What was refused meanwhile is not done later: send it again.
        """
        command = UnfreezeAccount(AccountId(account_id), reason=body.reason, idempotency_key=key)
        return carry_out(ledger_of(caller.principal.tenant_id), command, caller.acting_origin)

    return blueprint
