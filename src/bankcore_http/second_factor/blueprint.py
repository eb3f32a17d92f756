"""Second factors: begin, confirm, recovery codes, remove; and reset by admins."""

from typing import Final
from uuid import UUID

from bankcore.errors import InvalidStateError, NotFoundError, OutcomeUnknownError, ThrottledError
from bankcore.identifiers import UserId
from bankcore.permissions import Permission
from bankcore.second_factor.services import SecondFactorServices
from bankcore.services import Services
from bankcore_http.answering.envelope import Answer
from bankcore_http.answering.replays import replay_headers
from bankcore_http.answering.wire import render_instant
from bankcore_http.auth import BearerToken, Caller
from bankcore_http.blueprint import Blueprint
from bankcore_http.reading.idempotency import REPLAY_HEADERS, IdempotencyKeyHeader
from bankcore_http.second_factor.shapes import (
    BegunFactorShape,
    CodeBody,
    RecoveryCodesShape,
    SecondFactorBody,
    SteppedUpShape,
    present_begun,
    present_codes,
)

_KEY: Final = IdempotencyKeyHeader()


def second_factor_blueprint(services: Services, caller: BearerToken) -> Blueprint:
    """`/v1/auth/second-factor`, of whoever asks."""
    blueprint = Blueprint("second-factor", url_prefix="/v1/auth/second-factor", tag="Authentication")
    _serve_beginning(blueprint, services, caller)
    _serve_codes(blueprint, services, caller)
    return blueprint


def step_up_blueprint(services: Services, caller: BearerToken) -> Blueprint:
    """`/v1/auth/step-up`, of whoever asks."""
    services_of = services.each(SecondFactorServices)
    blueprint = Blueprint("step-up", url_prefix="/v1/auth", tag="Authentication")

    @blueprint.route("/step-up", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.SECOND_FACTOR_MANAGE))
    @blueprint.arguments(CodeBody)
    @blueprint.response(200, SteppedUpShape, message="You may go on")
    @blueprint.raises(NotFoundError, ThrottledError, OutcomeUnknownError)
    def step_up(caller: Caller, body: CodeBody) -> SteppedUpShape:
        """Prove your second factor for what is sensitive.

        It holds for five minutes in this session, as a login with a code does.
        """
        user = caller.user
        until = services_of(user.tenant_id).step_up(user.user_id, user.session_id, body.otp, origin=caller.origin)
        return {"until": render_instant(until)}

    return blueprint


def second_factor_resets_blueprint(services: Services, caller: BearerToken) -> Blueprint:
    """`/v1/admin/users/{user_id}/second-factor`, for admins."""
    services_of = services.each(SecondFactorServices)
    blueprint = Blueprint("second-factor-resets", url_prefix="/v1/admin/users", tag="Users")

    @blueprint.route("/<uuid:user_id>/second-factor", methods=["DELETE"])
    @blueprint.takes(caller.who_may(Permission.USERS_MANAGE))
    @blueprint.takes(_KEY)
    @blueprint.response(200, message="Second factor reset", headers=REPLAY_HEADERS)
    @blueprint.raises(OutcomeUnknownError)
    def reset_second_factor(caller: Caller, key: str, *, user_id: UUID) -> Answer:
        """Remove the second factor of a user who lost the device.

        For admins, and nobody's own. The user's sessions end.
        """
        reset = services_of(caller.user.tenant_id).reset
        done = reset(UserId(user_id), origin=caller.acting_origin, idempotency_key=key)
        return Answer({}, headers=replay_headers(replayed=done.replayed))

    return blueprint


def _serve_beginning(blueprint: Blueprint, services: Services, caller: BearerToken) -> None:
    services_of = services.each(SecondFactorServices)

    @blueprint.route("", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.SECOND_FACTOR_MANAGE))
    @blueprint.takes(_KEY)
    @blueprint.arguments(SecondFactorBody)
    @blueprint.response(201, BegunFactorShape, message="Confirm it with a code", headers=REPLAY_HEADERS)
    @blueprint.raises(InvalidStateError, NotFoundError, ThrottledError, OutcomeUnknownError)
    def begin_second_factor(caller: Caller, key: str, body: SecondFactorBody) -> Answer:
        """Begin a second factor: a device that shows codes.

        It counts once a code confirms it.
        """
        new = body.new_factor(caller.user.user_id, key)
        factors = services_of(caller.user.tenant_id)
        begun = factors.begin(new, origin=caller.origin)
        return Answer(present_begun(begun.value, factors.pictures), headers=replay_headers(replayed=begun.replayed))

    @blueprint.route("/confirm", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.SECOND_FACTOR_MANAGE))
    @blueprint.takes(_KEY)
    @blueprint.arguments(CodeBody)
    @blueprint.response(200, RecoveryCodesShape, message="Keep the recovery codes", headers=REPLAY_HEADERS)
    @blueprint.raises(InvalidStateError, NotFoundError, ThrottledError, OutcomeUnknownError)
    def confirm_second_factor(caller: Caller, key: str, body: CodeBody) -> Answer:
        """Confirm it with a code of the device.

        From now on each login needs one. It counts as a step-up.
        """
        coded = services_of(caller.user.tenant_id).coded
        done = coded.confirm(body.sent_code(caller.user, key), origin=caller.origin)
        return Answer(present_codes(done.value), headers=replay_headers(replayed=done.replayed))


def _serve_codes(blueprint: Blueprint, services: Services, caller: BearerToken) -> None:
    services_of = services.each(SecondFactorServices)

    @blueprint.route("/recovery-codes", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.SECOND_FACTOR_MANAGE))
    @blueprint.takes(_KEY)
    @blueprint.arguments(CodeBody)
    @blueprint.response(200, RecoveryCodesShape, message="Keep the recovery codes", headers=REPLAY_HEADERS)
    @blueprint.raises(NotFoundError, ThrottledError, OutcomeUnknownError)
    def renew_recovery_codes(caller: Caller, key: str, body: CodeBody) -> Answer:
        """Get new recovery codes.

        No earlier one is good any more.
        """
        coded = services_of(caller.user.tenant_id).coded
        done = coded.renew_recovery_codes(body.sent_code(caller.user, key), origin=caller.origin)
        return Answer(present_codes(done.value), headers=replay_headers(replayed=done.replayed))

    @blueprint.route("/remove", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.SECOND_FACTOR_MANAGE))
    @blueprint.takes(_KEY)
    @blueprint.arguments(CodeBody)
    @blueprint.response(200, message="Second factor removed", headers=REPLAY_HEADERS)
    @blueprint.raises(NotFoundError, ThrottledError, OutcomeUnknownError)
    def remove_second_factor(caller: Caller, key: str, body: CodeBody) -> Answer:
        """Remove your second factor.

        From now on the password is enough.
        """
        coded = services_of(caller.user.tenant_id).coded
        done = coded.remove(body.sent_code(caller.user, key), origin=caller.origin)
        return Answer({}, headers=replay_headers(replayed=done.replayed))
