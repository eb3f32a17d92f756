"""Limits: staff sets how much may leave accounts, and whoever reads an account sees what is left."""

from typing import Final
from uuid import UUID

from bankcore.errors import ForbiddenError, InvalidStateError, NotFoundError, OutcomeUnknownError
from bankcore.identifiers import AccountId
from bankcore.limits.policies import LimitQueries
from bankcore.limits.set_limits import ChangeLimits, SetLimits
from bankcore.money import AmountOutOfRangeError, CurrencyMismatchError
from bankcore.permissions import Permission
from bankcore.services import Services
from bankcore_http.answering.envelope import Answer
from bankcore_http.answering.replays import replay_headers
from bankcore_http.auth import BearerToken, Caller
from bankcore_http.blueprint import Blueprint
from bankcore_http.limits.shapes import (
    LimitStandingsShape,
    PolicyBody,
    PolicyShape,
    present_policy,
    present_standing,
)
from bankcore_http.reading.idempotency import REPLAY_HEADERS, IdempotencyKeyHeader

_KEY: Final = IdempotencyKeyHeader()
_ACCOUNT: Final = "/admin/accounts/<uuid:account_id>/limits"
_REFUSALS: Final = (AmountOutOfRangeError, ForbiddenError, OutcomeUnknownError)
_ACCOUNT_REFUSALS: Final = (NotFoundError, InvalidStateError, CurrencyMismatchError, *_REFUSALS)


def limits_blueprint(services: Services, caller: BearerToken) -> Blueprint:
    """`/v1/accounts/{id}/limits`, `/v1/admin/accounts/{id}/limits` and `/v1/admin/limits`, of the caller's tenant."""
    blueprint = Blueprint("limits", url_prefix="/v1", description="How much may leave an account")
    _serve_standings(blueprint, services, caller)
    _serve_accounts(blueprint, services, caller)
    _serve_tenant(blueprint, services, caller)
    return blueprint


def _serve_standings(blueprint: Blueprint, services: Services, caller: BearerToken) -> None:
    queries_of = services.each(LimitQueries)

    @blueprint.route("/accounts/<uuid:account_id>/limits")
    @blueprint.takes(caller.who_may(Permission.LIMITS_READ))
    @blueprint.response(200, LimitStandingsShape)
    @blueprint.raises(NotFoundError)
    def list_account_limits(caller: Caller, *, account_id: UUID) -> LimitStandingsShape:
        """List the limits that bind an account, and what is used and left of each.

        Own accounts, or as staff any. All of them bind; days and months are those of UTC.
        """
        queries = queries_of(caller.principal.tenant_id)
        found = queries.list_standings(AccountId(account_id), owner_id=caller.only_owner)
        return {"accountId": str(account_id), "limits": [present_standing(standing) for standing in found]}


def _serve_accounts(blueprint: Blueprint, services: Services, caller: BearerToken) -> None:
    queries_of, set_of = services.each(LimitQueries), services.each(SetLimits)

    @blueprint.route(_ACCOUNT)
    @blueprint.takes(caller.who_may(Permission.LIMIT_POLICIES_READ))
    @blueprint.response(200, PolicyShape)
    @blueprint.raises(NotFoundError)
    def get_account_policy(caller: Caller, *, account_id: UUID) -> PolicyShape:
        """Read the limits that were set for an account alone.

        For staff. Those of all customers bind it too.
        """
        return present_policy(queries_of(caller.principal.tenant_id).get_policy(AccountId(account_id)))

    @blueprint.route(_ACCOUNT, methods=["PUT"])
    @blueprint.takes(caller.who_may(Permission.LIMIT_POLICIES_SET))
    @blueprint.takes(_KEY)
    @blueprint.arguments(PolicyBody)
    @blueprint.response(200, PolicyShape, message="Limits set", headers=REPLAY_HEADERS)
    @blueprint.raises(*_ACCOUNT_REFUSALS)
    def set_account_policy(caller: Caller, key: str, body: PolicyBody, *, account_id: UUID) -> Answer:
        """Set the limits of a customer's account, in the place of those before.

        For operators. They bind with the next posting, and count from then on.
        """
        command = body.command(AccountId(account_id), key)
        return _set(set_of(caller.principal.tenant_id), command, caller)

    @blueprint.route(_ACCOUNT, methods=["DELETE"])
    @blueprint.takes(caller.who_may(Permission.LIMIT_POLICIES_SET))
    @blueprint.takes(_KEY)
    @blueprint.response(200, PolicyShape, message="Limits taken away", headers=REPLAY_HEADERS)
    @blueprint.raises(*_ACCOUNT_REFUSALS)
    def remove_account_policy(caller: Caller, key: str, *, account_id: UUID) -> Answer:
        """Take the limits of an account away.

        For operators. Those of all customers go on binding it.
        """
        command = ChangeLimits(AccountId(account_id), [], idempotency_key=key)
        return _set(set_of(caller.principal.tenant_id), command, caller)


def _serve_tenant(blueprint: Blueprint, services: Services, caller: BearerToken) -> None:
    queries_of, set_of = services.each(LimitQueries), services.each(SetLimits)

    @blueprint.route("/admin/limits")
    @blueprint.takes(caller.who_may(Permission.LIMIT_POLICIES_READ))
    @blueprint.response(200, PolicyShape)
    def get_tenant_policy(caller: Caller) -> PolicyShape:
        """Read the limits of all customers.

        For staff.
        """
        return present_policy(queries_of(caller.principal.tenant_id).get_policy(None))

    @blueprint.route("/admin/limits", methods=["PUT"])
    @blueprint.takes(caller.who_may(Permission.TENANT_LIMITS_SET))
    @blueprint.takes(_KEY)
    @blueprint.arguments(PolicyBody)
    @blueprint.response(200, PolicyShape, message="Limits set", headers=REPLAY_HEADERS)
    @blueprint.raises(*_REFUSALS)
    def set_tenant_policy(caller: Caller, key: str, body: PolicyBody) -> Answer:
        """Set the limits of all customers' accounts, in the place of those before.

        For admins. Each account has them for itself, beside its own; a limit on an amount binds those of its currency.
        """
        return _set(set_of(caller.principal.tenant_id), body.command(None, key), caller)

    @blueprint.route("/admin/limits", methods=["DELETE"])
    @blueprint.takes(caller.who_may(Permission.TENANT_LIMITS_SET))
    @blueprint.takes(_KEY)
    @blueprint.response(200, PolicyShape, message="Limits taken away", headers=REPLAY_HEADERS)
    @blueprint.raises(*_REFUSALS)
    def remove_tenant_policy(caller: Caller, key: str) -> Answer:
        """Take the limits of all customers away.

        For admins. Those of single accounts stay.
        """
        command = ChangeLimits(None, [], idempotency_key=key)
        return _set(set_of(caller.principal.tenant_id), command, caller)


def _set(set_limits: SetLimits, command: ChangeLimits, caller: Caller) -> Answer:
    changed = set_limits(command, origin=caller.acting_origin)
    return Answer(present_policy(changed.value), headers=replay_headers(replayed=changed.replayed))
