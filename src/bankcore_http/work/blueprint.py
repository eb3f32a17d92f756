"""Dead letters over HTTP: operators list them and have them tried again."""

from typing import Final
from uuid import UUID

from bankcore.errors import InvalidRequestError, NotFoundError, OutcomeUnknownError
from bankcore.permissions import Permission
from bankcore.services import Services
from bankcore.work.dead_letters import DeadLetters, DeliveryId
from bankcore_http.answering.envelope import Answer
from bankcore_http.answering.replays import replay_headers
from bankcore_http.auth import BearerToken, Caller
from bankcore_http.blueprint import Blueprint
from bankcore_http.reading.idempotency import REPLAY_HEADERS, IdempotencyKeyHeader
from bankcore_http.reading.pagination import CursorFormat
from bankcore_http.work.shapes import DeadLetterQuery, DeadLetterShape, RedrivenShape, present_dead_letter

_CURSOR: Final = CursorFormat("dead-letters", UUID, into=DeliveryId)
_KEY: Final = IdempotencyKeyHeader()


def dead_letters_blueprint(services: Services, caller: BearerToken) -> Blueprint:
    """`/v1/admin/dead-letters`, of the operator's tenant."""
    dead_letters_of = services.each(DeadLetters)
    blueprint = Blueprint(
        "dead-letters", url_prefix="/v1/admin/dead-letters", description="Events that a consumer failed on too often"
    )

    @blueprint.route("")
    @blueprint.takes(caller.who_may(Permission.DEAD_LETTERS_READ))
    @blueprint.arguments(DeadLetterQuery)
    @blueprint.response(200, DeadLetterShape, many=True)
    @blueprint.raises(InvalidRequestError)
    def list_dead_letters(caller: Caller, query: DeadLetterQuery) -> Answer:
        """List dead letters, oldest first.

        For operators. An event is here when a consumer failed on it as often as it may.
        """
        return list_dead(dead_letters_of(caller.principal.tenant_id), query)

    @blueprint.route("/<uuid:dead_letter_id>/redrive", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.DEAD_LETTERS_REDRIVE))
    @blueprint.takes(_KEY)
    @blueprint.response(202, RedrivenShape, message="It is tried again", headers=REPLAY_HEADERS)
    @blueprint.raises(NotFoundError, OutcomeUnknownError)
    def redrive_dead_letter(caller: Caller, key: str, *, dead_letter_id: UUID) -> Answer:
        """Have a dead letter tried again, from the start.

        For operators. It comes out of its turn: what followed it was delivered meanwhile.
        """
        dead_letters = dead_letters_of(caller.principal.tenant_id)
        redriven = dead_letters.redrive(DeliveryId(dead_letter_id), origin=caller.origin, idempotency_key=key)
        shown: RedrivenShape = {"id": str(dead_letter_id)}
        return Answer(shown, headers=replay_headers(replayed=redriven.replayed))

    return blueprint


def list_dead(dead_letters: DeadLetters, query: DeadLetterQuery) -> Answer:
    """One page of dead letters; InvalidRequestError for a cursor of another list."""
    found, page = _CURSOR.page_of(
        query,
        lambda after, limit: dead_letters.list_dead(consumer=query.consumer, after=after, limit=limit),
        lambda letter: (letter.id,),
    )
    return Answer([present_dead_letter(letter) for letter in found], page=page)
