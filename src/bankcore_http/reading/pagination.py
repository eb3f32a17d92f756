"""Lists in pages: by an opaque cursor everywhere, and by page number where people leaf through a list."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated, Final, Generic, Protocol, TypeVar
from uuid import UUID

from pydantic import Field

from bankcore.errors import InvalidRequestError
from bankcore_http.answering.envelope import Page
from bankcore_http.answering.wire import dump_json
from bankcore_http.reading.fields import Omissible, query_number, text
from bankcore_http.reading.shapes import QueryShape

DEFAULT_LIMIT: Final = 20
MAX_LIMIT: Final = 100
MAX_OFFSET: Final = 10_000
_MAX_CURSOR: Final = 512
_MAX_BIGINT: Final = 2**63 - 1
_NO_VALUE: Final = "not a value of this kind"
_NOT_FILTERS: Final = frozenset({"limit", "cursor", "page"})

CursorValue = str | int | UUID | datetime
CursorKind = type[str] | type[int] | type[UUID] | type[datetime]
Position = TypeVar("Position")
Row = TypeVar("Row")


class _Named(Protocol):
    @property
    def id(self) -> UUID: ...


Named = TypeVar("Named", bound=_Named)


class ListQuery(QueryShape):
    """`?limit=` and `?cursor=`; a list with filters adds them in a subclass."""

    limit: Annotated[int, query_number(1, MAX_LIMIT)] = DEFAULT_LIMIT
    cursor: Annotated[
        Omissible[Annotated[str, text(_MAX_CURSOR)]], Field(description="`nextCursor` of the page before")
    ] = None


class PagedListQuery(ListQuery):
    """Also `?page=`, from 1; not together with a cursor."""

    page: Omissible[Annotated[int, query_number(1, MAX_OFFSET + 1)]] = None

    def offset(self) -> int | None:
        """How many rows to skip for `?page=`, or None if the client uses cursors.

        Raises:
            InvalidRequestError: a page and a cursor are given, or the page begins past 10,000 rows, which only a cursor
                can reach.
        """
        if self.page is None:
            return None
        if self.cursor is not None:
            raise InvalidRequestError(pointer="/query/page", detail="give a page or a cursor, not both")
        offset = (self.page - 1) * self.limit
        if offset > MAX_OFFSET:
            raise InvalidRequestError(pointer="/query/page", detail=f"beyond {MAX_OFFSET} rows use the cursor")
        return offset


class CursorFormat(Generic[Position]):
    """The cursors of one list: which list it is, of which kinds the values of a position are, and what holds them.

    ```python
    ENTRIES, HOLDS = CursorFormat("entries", int, into=int), CursorFormat("holds", UUID, into=HoldId)

    found, page = HOLDS.page_by_id(query, partial(queries.list_holds, status=query.status))
    found, page = ENTRIES.page_of(
        query, lambda before, limit: queries.list_entries(before=before, limit=limit), lambda entry: (entry.sequence,)
    )
    return Answer([present_entry(entry) for entry in found], page=page)
    ```

    A cursor is not signed: its values are typed, and are only ever bound as parameters of the same query. `of` is what
    the list belongs to beside its query, such as an account in the path: its cursors fit no other's list.
    """

    def __init__(self, name: str, *kinds: CursorKind, into: Callable[..., Position]) -> None:
        self._name = name
        self._kinds = kinds
        self._into = into

    def page_of(
        self,
        query: ListQuery,
        find: Callable[[Position | None, int], Sequence[Row]],
        position_of: Callable[[Row], tuple[CursorValue, ...]],
        **of: UUID,
    ) -> tuple[Sequence[Row], Page]:
        """The rows of one page, which `find` gives after a position and up to a limit, and where the page stands.

        Raises:
            InvalidRequestError: the cursor is not one of this list with these filters.
        """
        # One row more than asked for tells whether another page follows.
        found = find(self.read(query, **of), query.limit + 1)
        rows = found[: query.limit]
        next_position = position_of(rows[-1]) if len(found) > query.limit else None
        return rows, self.page(query, next_position, **of)

    def page_by_id(self, query: ListQuery, find: Callable[..., Sequence[Named]]) -> tuple[Sequence[Named], Page]:
        """`page_of` what is listed by its id; `find` takes the id `before` and the `limit` by name."""
        return self.page_of(query, lambda before, limit: find(before=before, limit=limit), lambda row: (row.id,))

    def read(self, query: ListQuery, **of: UUID) -> Position | None:
        """The position after which to go on, or None for the beginning.

        Raises:
            InvalidRequestError: it is not a cursor of this list with these filters.
        """
        if query.cursor is None:
            return None
        try:
            filters, *values = json.loads(urlsafe_b64decode(query.cursor.encode("ascii") + b"=="))
            position = tuple(_typed(value, kind) for value, kind in zip(values, self._kinds, strict=True))
        except (ValueError, TypeError, OverflowError, RecursionError):
            raise _not_a_cursor("this is not a cursor of this list") from None
        if filters != self._filters(query, of):
            raise _not_a_cursor("the cursor belongs to a list with other filters")
        return self._into(*position)

    def page(self, query: ListQuery, next_position: tuple[CursorValue, ...] | None, **of: UUID) -> Page:
        """The page to answer with; `next_position` is that of the last row, or None if no row follows."""
        next_cursor = None if next_position is None else self.text(query, next_position, **of)
        return Page(limit=query.limit, next_cursor=next_cursor)

    def text(self, query: ListQuery, position: tuple[CursorValue, ...], **of: UUID) -> str:
        """The cursor that goes on after this position."""
        written = dump_json([self._filters(query, of), *position]).encode()
        return urlsafe_b64encode(written).rstrip(b"=").decode()

    def _filters(self, query: ListQuery, of: Mapping[str, UUID]) -> str:
        # The hash only detects mistakes and keeps nobody out, so a short one is enough.
        filters = sorted((name, value) for name, value in (*query, *of.items()) if name not in _NOT_FILTERS)
        return sha256(dump_json([self._name, filters]).encode()).hexdigest()[:12]


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
