"""The `Idempotency-Key` header: read strictly, and answered by `Idempotent-Replayed` when an answer is given again."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from flask import Request
from typing_extensions import override

from bankcore.errors import BankcoreError, InvalidRequestError
from bankcore.idempotency.keys import (
    KEY_LENGTH_MAX,
    IdempotencyInProgressError,
    IdempotencyKeyReusedError,
)
from bankcore_http.answering.errors import BadRequestError
from bankcore_http.answering.replays import REPLAY_HEADER
from bankcore_http.reading.arguments import Addition, ArgumentSource
from bankcore_http.reading.header_lines import lines_are_counted

HEADER: Final = "Idempotency-Key"
REPLAY_HEADERS: Final[Mapping[str, str]] = {
    REPLAY_HEADER: "`true` when this is the answer to an earlier, equal request"
}
"""For `headers` of a `response`, so that the document shows it."""

_IN_ENVIRON: Final = "HTTP_IDEMPOTENCY_KEY"
_BARE: Final = re.compile(rf"[\x20-\x7e]{{1,{KEY_LENGTH_MAX}}}", re.ASCII)
# A string of RFC 8941, as the draft of the header's own standard wants it; many clients send the bare key.
_QUOTED: Final = re.compile(r'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"', re.ASCII)
_ESCAPED: Final = re.compile(r"\\(.)")


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class IdempotencyKeyRequiredError(InvalidRequestError):
    """The request changes something and has no valid key."""

    code: ClassVar[str] = "idempotency_key_required"
    title: ClassVar[str] = "This request needs an Idempotency-Key header"


class IdempotencyKeyHeader(ArgumentSource):
    """Gives a view the caller's key; every route that changes something takes it."""

    @property
    @override
    def errors(self) -> Sequence[type[BankcoreError]]:
        return (IdempotencyKeyRequiredError, IdempotencyKeyReusedError, IdempotencyInProgressError)

    @override
    def read(self, request: Request) -> str:
        """The key of 1 to 255 printable ASCII characters; `"abc"` in quotes is the same key as `abc`.

        Raises:
            IdempotencyKeyRequiredError: there is no key, or it is not valid.
            BadRequestError: it may be several keys, joined on the way.
        """
        sent: str = request.environ.get(_IN_ENVIRON, "").strip(" ")
        if "," in sent and _may_be_several(sent, counted=lines_are_counted(request.environ)):
            raise BadRequestError(pointer=f"/headers/{HEADER}", detail="send this header once")
        quoted = _QUOTED.fullmatch(sent)
        key = sent if quoted is None else _ESCAPED.sub(r"\1", quoted[1])
        if not _BARE.fullmatch(key):
            raise IdempotencyKeyRequiredError(
                pointer=f"/headers/{HEADER}", detail=f"a key has 1 to {KEY_LENGTH_MAX} printable ASCII characters"
            )
        return key

    @override
    def describe(self) -> Addition:
        """The required header."""
        parameter = {
            "name": HEADER,
            "in": "header",
            "required": True,
            "description": "Your name for this request: sent again with it, the request is answered, not repeated",
            "schema": {"type": "string", "minLength": 1, "maxLength": KEY_LENGTH_MAX},
            "example": "5f3b6f0e-7f0c-4c4e-9a2b-2f8f6a1d9c11",
        }
        return Addition(parameters=[parameter])


def _may_be_several(sent: str, *, counted: bool) -> bool:
    """Whether the value may be several lines joined; a key may have commas, but not behind a server that joins."""
    first, *others = (part.strip(" ") for part in sent.split(","))
    # Our server cannot see that a proxy joined lines; a client sends one key, so the proxy joined the key with itself.
    return not counted or (first != "" and all(other == first for other in others))
