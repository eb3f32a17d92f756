"""Pages by limit and offset."""

from typing import Annotated, Final

from bankcore_http.reading import fields
from bankcore_http.reading.shapes import QueryShape

_LIMIT: Final = 50
_LIMIT_MAX: Final = 100
_RECORDS_MAX: Final = 1_000


class OffsetQuery(QueryShape):
    """How many, and after how many."""

    limit: Annotated[int, fields.query_number(1, _LIMIT_MAX)] = _LIMIT
    offset: Annotated[int, fields.query_number(0, 2**53)] = 0


class RecordsQuery(QueryShape):
    """How many records, after how many of the latest; older ones are read by cursor at `/v1/audit/events`."""

    limit: Annotated[int, fields.query_number(1, _LIMIT_MAX)] = _LIMIT
    offset: Annotated[int, fields.query_number(0, _RECORDS_MAX)] = 0
