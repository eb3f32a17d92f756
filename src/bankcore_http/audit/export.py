"""The audit log as a streamed file of lines, for periods of any length."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from http import HTTPStatus
from itertools import islice
from typing import Final

from flask import Request, Response
from typing_extensions import override

from bankcore.audit.queries import AuditedEvent
from bankcore.errors import BankcoreError
from bankcore_http.answering.streams import begun
from bankcore_http.answering.wire import dump_json
from bankcore_http.audit.shapes import present_exported
from bankcore_http.reading.arguments import Addition, ArgumentSource

NDJSON_TYPE: Final = "application/x-ndjson"
BYTES_TYPE: Final = "application/octet-stream"
_TYPES: Final = (NDJSON_TYPE, BYTES_TYPE)
_LINES_AT_ONCE: Final = 100

Export = Callable[[Iterable[AuditedEvent]], Response]


def export_response(events: Iterable[AuditedEvent], *, content_type: str = NDJSON_TYPE) -> Response:
    """One JSON object a line, oldest first."""
    return Response(
        begun(_in_pieces(iter(events))),
        content_type=content_type,
        headers={"Content-Disposition": 'attachment; filename="audit.ndjson"', "Cache-Control": "no-store"},
    )


def _in_pieces(events: Iterator[AuditedEvent]) -> Iterator[str]:
    """The lines a hundred at a time, because single ones would be sent one by one."""
    while piece := list(islice(events, _LINES_AT_ONCE)):
        yield "".join(f"{dump_json(present_exported(event))}\n" for event in piece)


class ExportForm(ArgumentSource):
    """Gives a view the form of an export, and documents it."""

    @property
    @override
    def errors(self) -> Sequence[type[BankcoreError]]:
        return ()

    @override
    def read(self, request: Request) -> Export:
        """The only form there is, called bytes if the client wants those; many generated clients know no lines."""
        wanted = request.accept_mimetypes.best_match(_TYPES, default=NDJSON_TYPE)
        return partial(export_response, content_type=wanted)

    @override
    def describe(self) -> Addition:
        """Lines in place of an envelope."""
        said = "One record a line, oldest first, without an envelope; `body` is the exact text that is sealed"
        content = {
            NDJSON_TYPE: {"schema": {"type": "string", "description": said}},
            BYTES_TYPE: {"schema": {"type": "string", "format": "binary", "description": said}},
        }
        return Addition(members={"responses": {HTTPStatus.OK.value: {"content": content}}})
