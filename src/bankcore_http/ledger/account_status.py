"""Freezing, closing and waking accounts, for operators."""

from typing import Final
from uuid import UUID

from flask import Response

from bankcore.errors import ForbiddenError, InvalidStateError, NotFoundError, OutcomeUnknownError
from bankcore.identifiers import AccountId
from bankcore.ledger.commands import CloseAccount, FreezeAccount, MakeDormant, UnfreezeAccount, WakeAccount
from bankcore.ledger.rejections import AccountClosedError, AccountNotEmptyError
from bankcore.ledger.service import LedgerService
from bankcore.permissions import Permission
from bankcore.services import Services
from bankcore_http.answering.envelope import Answer
from bankcore_http.auth import BearerToken, Caller
from bankcore_http.blueprint import Blueprint
from bankcore_http.ledger.books import LedgerOf
from bankcore_http.ledger.postings import carry_out
from bankcore_http.ledger.shapes.accounts import ChangedAccountShape, FreezeBody, StatusBody
from bankcore_http.reading.idempotency import REPLAY_HEADERS, IdempotencyKeyHeader

_KEY: Final = IdempotencyKeyHeader()
_REFUSALS: Final = (NotFoundError, AccountClosedError, InvalidStateError, ForbiddenError, OutcomeUnknownError)


def account_status_blueprint(services: Services, caller: BearerToken) -> Blueprint:
    """`/v1/admin/accounts`, on the books of the caller's tenant."""
    ledger_of = services.each(LedgerService)
    blueprint = Blueprint("account-status", url_prefix="/v1/admin/accounts", description="Whether accounts take part")
    _serve_freezes(blueprint, ledger_of, caller)
    _serve_dormancy(blueprint, ledger_of, caller)
    _serve_closing(blueprint, ledger_of, caller)
    return blueprint


def _serve_freezes(blueprint: Blueprint, ledger_of: LedgerOf, caller: BearerToken) -> None:
    @blueprint.route("/<uuid:account_id>/freeze", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.ACCOUNTS_FREEZE))
    @blueprint.takes(_KEY)
    @blueprint.arguments(FreezeBody)
    @blueprint.response(200, ChangedAccountShape, message="Account frozen", headers=REPLAY_HEADERS)
    @blueprint.raises(*_REFUSALS)
    def freeze_account(caller: Caller, key: str, body: FreezeBody, *, account_id: UUID) -> Answer | Response:
        """Keep debits, credits or both from an account until it is unfrozen.

        For operators. Its holder still reads it; postings in that direction are refused with `account_frozen`. What
        was kept from it before stays so.
        """
        command = FreezeAccount(
            AccountId(account_id), directions=body.direction, reason=body.reason, idempotency_key=key
        )
        return carry_out(ledger_of(caller.principal.tenant_id), command, caller.acting_origin)

    @blueprint.route("/<uuid:account_id>/unfreeze", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.ACCOUNTS_FREEZE))
    @blueprint.takes(_KEY)
    @blueprint.arguments(FreezeBody)
    @blueprint.response(200, ChangedAccountShape, message="Account unfrozen", headers=REPLAY_HEADERS)
    @blueprint.raises(*_REFUSALS)
    def unfreeze_account(caller: Caller, key: str, body: FreezeBody, *, account_id: UUID) -> Answer | Response:
        """Let debits, credits or both pass on a frozen account again.

        For operators. What was refused meanwhile is not done later: send it again.
        """
        command = UnfreezeAccount(
            AccountId(account_id), directions=body.direction, reason=body.reason, idempotency_key=key
        )
        return carry_out(ledger_of(caller.principal.tenant_id), command, caller.acting_origin)


def _serve_dormancy(blueprint: Blueprint, ledger_of: LedgerOf, caller: BearerToken) -> None:
    @blueprint.route("/<uuid:account_id>/make-dormant", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.ACCOUNTS_FREEZE))
    @blueprint.takes(_KEY)
    @blueprint.arguments(StatusBody)
    @blueprint.response(200, ChangedAccountShape, message="Account dormant", headers=REPLAY_HEADERS)
    @blueprint.raises(*_REFUSALS)
    def make_dormant(caller: Caller, key: str, body: StatusBody, *, account_id: UUID) -> Answer | Response:
        """Keep debits from a customer's account that nobody uses, until it is woken.

        For operators. Credits pass; debits are refused with `account_dormant`.
        """
        command = MakeDormant(AccountId(account_id), reason=body.reason, idempotency_key=key)
        return carry_out(ledger_of(caller.principal.tenant_id), command, caller.acting_origin)

    @blueprint.route("/<uuid:account_id>/wake", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.ACCOUNTS_FREEZE))
    @blueprint.takes(_KEY)
    @blueprint.arguments(StatusBody)
    @blueprint.response(200, ChangedAccountShape, message="Account woken", headers=REPLAY_HEADERS)
    @blueprint.raises(*_REFUSALS)
    def wake_account(caller: Caller, key: str, body: StatusBody, *, account_id: UUID) -> Answer | Response:
        """Let a dormant account be debited again.

        For operators, who have made sure of its holder.
        """
        command = WakeAccount(AccountId(account_id), reason=body.reason, idempotency_key=key)
        return carry_out(ledger_of(caller.principal.tenant_id), command, caller.acting_origin)


def _serve_closing(blueprint: Blueprint, ledger_of: LedgerOf, caller: BearerToken) -> None:
    @blueprint.route("/<uuid:account_id>/close", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.ACCOUNTS_CLOSE))
    @blueprint.takes(_KEY)
    @blueprint.arguments(StatusBody)
    @blueprint.response(200, ChangedAccountShape, message="Account closed", headers=REPLAY_HEADERS)
    @blueprint.raises(*_REFUSALS, AccountNotEmptyError)
    def close_account(caller: Caller, key: str, body: StatusBody, *, account_id: UUID) -> Answer | Response:
        """Keep an account out of every posting for ever.

        For operators. Nothing may be on it or held; it is read as before, and never opens again.
        """
        command = CloseAccount(AccountId(account_id), reason=body.reason, idempotency_key=key)
        return carry_out(ledger_of(caller.principal.tenant_id), command, caller.acting_origin)
