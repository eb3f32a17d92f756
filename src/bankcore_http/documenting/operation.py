"""What the OpenAPI document says of one view: parameters, body, and every answer inside its envelope."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bankcore.errors import BankcoreError
from bankcore_http.answering.envelope import SuccessShape
from bankcore_http.answering.wire import camel_case
from bankcore_http.documenting.failure_answers import FailureAnswer, OpenApi, failure_answers
from bankcore_http.documenting.json_schema import example_of, parameters_of, reference_to
from bankcore_http.reading.arguments import Addition
from bankcore_http.reading.idempotency import REPLAY_HEADERS
from bankcore_http.reading.pagination import ListQuery
from bankcore_http.reading.shapes import BodyShape, QueryShape

REPLAYED: Final = "Replayed"
"""The component that describes the header of replays; short, since half of all answers name it."""

LIST_PARAMETERS: Final = parameters_of(ListQuery)
"""The parameters of every list."""


@dataclass(frozen=True, slots=True)
class SuccessDoc:
    """How a view answers when all is well."""

    status: int
    shape: type | None
    many: bool
    message: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One view, before it becomes a part of the document."""

    name: str
    tag: str
    success: SuccessDoc
    body: type[BodyShape] | None
    file_types: Sequence[str] = ()
    query: type[QueryShape] | None
    additions: Sequence[Addition]
    errors: Iterable[type[BankcoreError]]

    def document(self) -> OpenApi:
        """The parts in the form in which flask-smorest keeps them on a view; components are meant by their names."""
        responses: dict[int | str, list[OpenApi | str]] = {self.success.status: [_success(self.success)]}
        for answer in self.failures():
            responses[answer.status or "default"] = [answer.name]
        manual: OpenApi = {"operationId": camel_case(self.name), "tags": [self.tag]}
        for addition in self.additions:
            manual.update(addition.members)
        if self.file_types:
            content = {media_type: {"schema": {"type": "string"}} for media_type in self.file_types}
            manual["requestBody"] = {"content": content}
        return {
            "arguments": {"parameters": self._parameters()},
            "response": {"responses": responses},
            "manual_doc": manual,
        }

    def failures(self) -> list[FailureAnswer]:
        """What it answers when all is not well, by status."""
        return failure_answers(self.errors)

    def shared_parameters(self) -> list[OpenApi]:
        """The parameters that other operations have too: headers, and those of every list."""
        headers = [dict(parameter) for addition in self.additions for parameter in addition.parameters]
        of_query = [] if self.query is None else parameters_of(self.query)
        return [*headers, *(parameter for parameter in of_query if parameter in LIST_PARAMETERS)]

    def _parameters(self) -> list[OpenApi | str]:
        shared = self.shared_parameters()
        of_query = [] if self.query is None else parameters_of(self.query)
        found: list[OpenApi | str] = [str(parameter["name"]) for parameter in shared]
        found.extend(parameter for parameter in of_query if parameter not in shared)
        if self.body is not None:
            shown = {"schema": reference_to(self.body), "example": example_of(self.body)}
            found.append({"in": "json", "required": True, **shown})
        return found


def _success(success: SuccessDoc) -> OpenApi:
    own = {name: _header(name, said) for name, said in success.headers.items()}
    shown: OpenApi = {
        "description": success.message,
        # The header X-Request-Id is described with failures; here `meta.requestId` says the same in each operation.
        **({"headers": own} if own else {}),
        "content_type": "application/json",
    }
    if success.shape is None:
        return shown
    one = reference_to(success.shape)
    data: object = {"type": "array", "items": one} if success.many else one
    # That there is data, in an object, the part of all answers says.
    envelope: OpenApi = {"allOf": [reference_to(SuccessShape), {"properties": {"data": data}}]}
    return {**shown, "schema": envelope}


def _header(name: str, said: str) -> OpenApi:
    """A header of an answer; that of replays is described once for all operations."""
    if REPLAY_HEADERS.get(name) == said:
        return {"$ref": f"#/components/headers/{REPLAYED}"}
    return {"description": said, "schema": {"type": "string"}}
