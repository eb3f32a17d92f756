"""The base of bodies and queries: frozen, camelCase on the wire, and unknown members are refused."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Final, Self

from pydantic import AliasGenerator, BaseModel, ConfigDict, ValidationError
from typing_extensions import override

from bankcore_http.answering.errors import FieldError, InvalidFieldsError
from bankcore_http.answering.wire import camel_case
from bankcore_http.reading.request_body import MAX_BODY_BYTES
from bankcore_http.reading.validation import invalid_fields

Ranges = tuple[tuple[str, str], ...]

_CONFIG: Final = ConfigDict(
    frozen=True,
    extra="forbid",
    hide_input_in_errors=True,
    alias_generator=AliasGenerator(validation_alias=camel_case),
)


class _IncomingShape(BaseModel):
    """Reads strictly: `account_id: Uuid` is `accountId` on the wire."""

    model_config = _CONFIG
    pointer_prefix: ClassVar[str] = ""

    @classmethod
    def read(cls, data: Mapping[str, object]) -> Self:
        """The shape with these members.

        Raises:
            InvalidFieldsError: some members are not valid; it has the JSON pointer of each.
        """
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            raise invalid_fields(error, cls.pointer_prefix) from None


class BodyShape(_IncomingShape):
    """The JSON object of a body. This class has no members, for routes that take none."""

    alternatives: ClassVar[tuple[str, ...]] = ()
    """Members on the wire of which exactly one is given."""
    longest_bytes: ClassVar[int] = MAX_BODY_BYTES
    """How long a body may be. Only a path without parameters takes longer ones."""


class QueryShape(_IncomingShape):
    """The parameters of a query; the pointer of `limit` is `/query/limit`."""

    pointer_prefix: ClassVar[str] = "/query"
    ranges: ClassVar[Ranges] = ()
    """Pairs of members such as from and to, of which the first may not be greater."""

    @override
    @classmethod
    def read(cls, data: Mapping[str, object]) -> Self:
        """Read as any shape is. An empty range is refused as a mistake."""
        query = super().read(data)
        for low, high in cls.ranges:
            least, most = getattr(query, low), getattr(query, high)
            if least is not None and most is not None and _size(least) > _size(most):
                low_name, high_name = (cls.model_fields[name].validation_alias for name in (low, high))
                detail = f"more than {high_name}: no value is in between"
                raise InvalidFieldsError(field_errors=(FieldError(f"{cls.pointer_prefix}/{low_name}", detail),))
        return query


def _size(value: datetime | str) -> Any:
    """The value for comparison, because amounts come as decimal strings."""
    return Decimal(value) if isinstance(value, str) else value
