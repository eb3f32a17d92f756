"""Bodies that are lines of text, such as CSV, where a route takes them beside JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from flask import Request

from bankcore_http.answering.errors import BadRequestError
from bankcore_http.reading.request_body import read_bytes, require_plain

Form = TypeVar("Form")


class Uploaded(NamedTuple, Generic[Form]):
    """A body in that format."""

    form: Form
    text: str


@dataclass(frozen=True, slots=True)
class FileTypes(Generic[Form]):
    """The media types of files that a route takes, each with what it stands for, and how long a file may be."""

    types: Mapping[str, Form]
    longest_bytes: int

    def read(self, request: Request) -> Uploaded[Form] | None:
        """The body, if it is of one of these types.

        Raises:
            UnsupportedMediaTypeError: the charset is not UTF-8, or the body is encoded.
            PayloadTooLargeError: it is longer than that.
            BadRequestError: it is shorter than its stated length, or not UTF-8.
        """
        form = self.types.get(request.mimetype)
        if form is None:
            return None
        require_plain(request, request.mimetype)
        try:
            return Uploaded(form, read_bytes(request, self.longest_bytes).decode())
        except UnicodeDecodeError:
            raise BadRequestError(detail="the file is not UTF-8") from None
