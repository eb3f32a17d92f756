"""Lists in pages: by an opaque cursor everywhere, by page number where people leaf through."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from bankcore.errors import InvalidRequestError
from bankcore_http.answering.envelope import Page
from bankcore_http.answering.wire import dump_json
from bankcore_http.reading.fields import QueryNumber, Text
from bankcore_http.reading.schemas import QuerySchema

DEFAULT_LIMIT: Final = 20
MAX_LIMIT: Final = 100
MAX_OFFSET: Final = 10_000
_MAX_CURSOR: Final = 512
_MAX_BIGINT: Final = 2**63 - 1
_NO_VALUE: Final = "not a value of this kind"
_NOT_FILTERS: Final = frozenset({"limit", "cursor", "page"})

CursorValue = str | int | UUID | datetime
CursorKind = type[str] | type[int] | type[UUID] | type[datetime]


class ListQuery(QuerySchema):
    """`?limit=` and `?cursor=`; a list with filters adds them in a subclass."""

    limit = QueryNumber(low=1, high=MAX_LIMIT, load_default=DEFAULT_LIMIT)
    cursor = Text(high=_MAX_CURSOR, load_default=None, metadata={"description": "`nextCursor` of the page before"})


class PagedListQuery(ListQuery):
    """Also `?page=`, from 1; not together with a cursor."""

    page = QueryNumber(low=1, high=MAX_OFFSET + 1, load_default=None)


class CursorFormat:
    """The cursors of one list: which list it is, and of which kinds the values of a position are.

    ```python
    ENTRIES = CursorFormat("entries", int)

    after = ENTRIES.read(query)                                   # None, or the position as a tuple of typed values
    return Answer(rows, page=ENTRIES.page(query, (last.sequence,)))  # or None when this page is the last one
    ```

    A cursor is not signed: its values are typed, and are only ever bound as parameters of the same query.
    """

    def __init__(self, name: str, *kinds: CursorKind) -> None:
        self._name = name
        self._kinds = kinds

    def read(self, query: Mapping[str, Any]) -> tuple[CursorValue, ...] | None:
        """The position after which to go on, or None for the beginning.

        Raises:
            InvalidRequestError: it is not a cursor of this list with these filters.
        """
        text = query["cursor"]
        if text is None:
            return None
        try:
            filters, *values = json.loads(urlsafe_b64decode(text.encode("ascii") + b"=="))
            position = tuple(_typed(value, kind) for value, kind in zip(values, self._kinds, strict=True))
        except (ValueError, TypeError, OverflowError, RecursionError):
            raise _not_a_cursor("this is not a cursor of this list") from None
        if filters != self._filters(query):
            raise _not_a_cursor("the cursor belongs to a list with other filters")
        return position

    def page(self, query: Mapping[str, Any], next_position: tuple[CursorValue, ...] | None) -> Page:
        """The page to answer with; `next_position` is that of the last row, or None if no row follows."""
        if next_position is None:
            return Page(limit=query["limit"])
        text = dump_json([self._filters(query), *next_position]).encode()
        return Page(limit=query["limit"], next_cursor=urlsafe_b64encode(text).rstrip(b"=").decode())

    def _filters(self, query: Mapping[str, Any]) -> str:
        # Only to notice a mistake, not to keep anybody out; so a short hash does.
        filters = sorted((name, value) for name, value in query.items() if name not in _NOT_FILTERS)
        return sha256(dump_json([self._name, filters]).encode()).hexdigest()[:12]


def page_offset(query: Mapping[str, Any]) -> int | None:
    """How many rows to skip for `?page=`, or None if the client uses cursors.

    Raises:
        InvalidRequestError: a page and a cursor, or further than 10,000 rows in, which only a cursor can reach.
    """
    if query["page"] is None:
        return None
    if query["cursor"] is not None:
        raise InvalidRequestError(pointer="/query/page", detail="give a page or a cursor, not both")
    offset: int = (query["page"] - 1) * query["limit"]
    if offset > MAX_OFFSET:
        raise InvalidRequestError(pointer="/query/page", detail=f"beyond {MAX_OFFSET} rows use the cursor")
    return offset


def _typed(value: object, kind: CursorKind) -> CursorValue:
    if kind is int and type(value) is int and abs(value) <= _MAX_BIGINT:
        return value
    if isinstance(value, str) and kind is not int:
        return _from_text(value, kind)
    raise ValueError(_NO_VALUE)


def _from_text(value: str, kind: CursorKind) -> CursorValue:
    if kind is UUID:
        return UUID(value)
    if kind is datetime:
        instant = datetime.fromisoformat(value)
        if instant.tzinfo is None:
            raise ValueError(_NO_VALUE)
        return instant.astimezone(UTC)
    if not value.isprintable():
        raise ValueError(_NO_VALUE)
    return value


def _not_a_cursor(detail: str) -> InvalidRequestError:
    return InvalidRequestError(pointer="/query/cursor", detail=detail)
