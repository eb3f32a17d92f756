"""What operators are shown of work that failed."""

from typing import Annotated, Final

from typing_extensions import TypedDict

from bankcore.work.dead_letters import DeadLetter
from bankcore_http.answering import members
from bankcore_http.answering.members import Doc
from bankcore_http.answering.wire import render_instant
from bankcore_http.reading.fields import Omissible, text
from bankcore_http.reading.pagination import ListQuery

_NAME_LENGTH_MAX: Final = 40
_CONSUMER: Final = Doc(example="notifications")
_Id = Annotated[members.Id, Doc(example="019c1406-3400-7000-8000-0000000000d1")]
_Name = Annotated[str, text(_NAME_LENGTH_MAX), _CONSUMER]


class DeadLetterQuery(ListQuery):
    """`?consumer=` lists those of one consumer."""

    consumer: Omissible[_Name] = None


class DeadLetterShape(TypedDict):
    """An event that a consumer failed on too often."""

    id: _Id
    consumer: Annotated[str, Doc(minLength=1, maxLength=_NAME_LENGTH_MAX), _CONSUMER]
    eventId: _Id
    accountId: _Id | None
    sequence: members.Count | None
    tries: members.Count
    lastError: Annotated[str, Doc(minLength=1, maxLength=500, example="TimeoutError")] | None
    createdAt: members.Instant
    lastTriedAt: members.Instant


class RedrivenShape(TypedDict):
    """A dead letter that is tried again."""

    id: _Id


def present_dead_letter(letter: DeadLetter) -> DeadLetterShape:
    """An event that a consumer failed on too often."""
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
