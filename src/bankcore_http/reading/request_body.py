"""Reads the body of a request: checks length and type, then reads it strictly."""

from typing import Final

from flask import Request

from bankcore_http.answering.errors import BadRequestError, PayloadTooLargeError, UnsupportedMediaTypeError
from bankcore_http.reading.strict_json import JsonObject, load_json_object

MAX_BODY_BYTES: Final = 64 * 1024
_NO_LENGTH: Final = frozenset({"", "0"})


def has_body(request: Request) -> bool:
    """Whether the client sent, or began to send, a body."""
    environ = request.environ
    return environ.get("CONTENT_LENGTH", "") not in _NO_LENGTH or "HTTP_TRANSFER_ENCODING" in environ


def read_json_object(request: Request, longest_bytes: int = MAX_BODY_BYTES) -> JsonObject:
    """The body as a JSON object; at most so many bytes are read.

    Raises:
        UnsupportedMediaTypeError: the type is not `application/json`, the charset not UTF-8, or the body is encoded.
        PayloadTooLargeError: it is longer than that.
        BadRequestError: it is shorter than its stated length.
        MalformedJsonError, InvalidRequestError: as `load_json_object`.
    """
    require_plain(request, "application/json")
    return load_json_object(read_bytes(request, longest_bytes))


def read_bytes(request: Request, longest_bytes: int = MAX_BODY_BYTES) -> bytes:
    """The body as it came, of any type; at most so many bytes are read.

    Raises:
        PayloadTooLargeError: it is longer than that.
        BadRequestError: it is shorter than its stated length.
    """
    length = request.content_length
    if length is None:
        return _read_chunked(request, longest_bytes)
    if length > longest_bytes:
        raise PayloadTooLargeError(limit_bytes=longest_bytes)
    # Straight from the server: werkzeug's wrapped stream costs more than parsing a small body.
    body: bytes = request.environ["wsgi.input"].read(length)
    if len(body) < length:
        raise BadRequestError(detail="the body ended early")
    return body


def _read_chunked(request: Request, longest_bytes: int) -> bytes:
    if not request.environ.get("wsgi.input_terminated"):
        if "HTTP_TRANSFER_ENCODING" not in request.environ:
            return b""
        # Unless the server promises that the stream ends, reading it could wait for ever.
        raise BadRequestError(detail="send Content-Length")
    # Not werkzeug's limited stream, which silently cuts a longer body off at the limit.
    pieces: list[bytes] = []
    room = longest_bytes + 1
    while room > 0 and (piece := request.environ["wsgi.input"].read(room)):
        pieces.append(piece)
        room -= len(piece)
    if room <= 0:
        raise PayloadTooLargeError(limit_bytes=longest_bytes)
    return b"".join(pieces)


def require_plain(request: Request, media_type: str) -> None:
    """Require a body of that type in UTF-8 that nothing encodes. Raises: UnsupportedMediaTypeError."""
    environ = request.environ
    # The spelling of nearly every client is tried first, because parsing the header costs more than reading a small
    # body.
    if environ.get("CONTENT_TYPE") != media_type and not _is_in_utf_8(request, media_type):
        raise UnsupportedMediaTypeError(detail=f"send {media_type} in UTF-8")
    if environ.get("HTTP_CONTENT_ENCODING", "identity").lower() != "identity":
        raise UnsupportedMediaTypeError(detail="send the body without Content-Encoding")


def _is_in_utf_8(request: Request, media_type: str) -> bool:
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    return request.mimetype == media_type and charset in {"utf-8", "utf8"}
