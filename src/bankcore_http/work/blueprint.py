"""Dead letters over HTTP: operators list them and have them tried again."""

from collections.abc import Mapping
from typing import Any, Final, cast
from uuid import UUID

from bankcore.errors import InvalidRequestError, NotFoundError, OutcomeUnknownError
from bankcore.identity.users import Role
from bankcore.services import Services
from bankcore.work.dead_letters import DeadLetter, DeadLetters, DeliveryId
from bankcore_http.answering.envelope import Answer
from bankcore_http.answering.replays import replay_headers
from bankcore_http.answering.wire import render_instant
from bankcore_http.auth import BearerToken, Caller
from bankcore_http.blueprint import Blueprint
from bankcore_http.reading.idempotency import REPLAY_HEADERS, IdempotencyKeyHeader
from bankcore_http.reading.pagination import CursorFormat
from bankcore_http.work.schemas import DeadLetterQuery, DeadLetterSchema, RedrivenSchema

_CURSOR: Final = CursorFormat("dead-letters", UUID)
_KEY: Final = IdempotencyKeyHeader()


def dead_letters_blueprint(services: Services, caller: BearerToken) -> Blueprint:
    """`/v1/admin/dead-letters`, of the operator's tenant."""
    dead_letters_of = services.each(DeadLetters)
    blueprint = Blueprint(
        "dead-letters", url_prefix="/v1/admin/dead-letters", description="Events that a consumer failed on too often"
    )
    operator = caller.require_role(Role.OPERATOR, Role.ADMIN)

    @blueprint.route("")
    @blueprint.takes(operator)
    @blueprint.arguments(DeadLetterQuery, location="query")
    @blueprint.response(200, DeadLetterSchema, many=True)
    @blueprint.raises(InvalidRequestError)
    def list_dead_letters(caller: Caller, query: Mapping[str, Any]) -> Answer:
        """List dead letters, oldest first."""
        return list_dead(dead_letters_of(caller.principal.tenant_id), query)

    @blueprint.route("/<uuid:dead_letter_id>/redrive", methods=["POST"])
    @blueprint.takes(operator)
    @blueprint.takes(_KEY)
    @blueprint.response(202, RedrivenSchema, message="It is tried again", headers=REPLAY_HEADERS)
    @blueprint.raises(NotFoundError, OutcomeUnknownError)
    def redrive_dead_letter(caller: Caller, key: str, *, dead_letter_id: UUID) -> Answer:
        """Have a dead letter tried again, from the start."""
        dead_letters = dead_letters_of(caller.principal.tenant_id)
        redriven = dead_letters.redrive(DeliveryId(dead_letter_id), origin=caller.origin, idempotency_key=key)
        return Answer({"id": str(dead_letter_id)}, headers=replay_headers(replayed=redriven.replayed))

    return blueprint


def list_dead(dead_letters: DeadLetters, query: Mapping[str, Any]) -> Answer:
    """One page of dead letters; InvalidRequestError for a cursor of another list."""
    limit, position = query["limit"], _CURSOR.read(query)
    after = None if position is None else DeliveryId(cast("UUID", position[0]))
    # One more than asked for tells whether another page follows.
    found = dead_letters.list_dead(consumer=query["consumer"], after=after, limit=limit + 1)
    shown = found[:limit]
    next_position = (shown[-1].id,) if len(found) > limit else None
    return Answer([_present(letter) for letter in shown], page=_CURSOR.page(query, next_position))


def _present(letter: DeadLetter) -> dict[str, object]:
    return {
        "id": str(letter.id),
        "consumer": letter.consumer,
        "eventId": str(letter.event_id),
        "accountId": None if letter.account_id is None else str(letter.account_id),
        "sequence": letter.sequence,
        "tries": letter.tries,
        "lastError": letter.last_error,
        "createdAt": render_instant(letter.created_at),
        "lastTriedAt": render_instant(letter.last_tried_at),
    }
