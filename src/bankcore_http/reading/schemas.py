"""The bases of every schema: unknown fields refused, camelCase on the wire, snake_case in Python."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, ClassVar

from marshmallow import RAISE, Schema, ValidationError, fields, missing
from typing_extensions import override

from bankcore_http.answering.wire import camel_case
from bankcore_http.reading.validation import invalid_fields

Read = Callable[[Any, str | None, Mapping[str, Any] | None], Any]
Ranges = tuple[tuple[str, str], ...]


class WireSchema(Schema):
    """Reads strictly: `account_id = Uuid(required=True)` is `accountId` on the wire, and what is unknown is refused."""

    pointer_prefix: ClassVar[str] = ""

    class Meta:
        """Nothing is ever ignored."""

        unknown = RAISE

    @override
    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """Name the field on the wire, unless it says its own name."""
        if field_obj.data_key is None:
            field_obj.data_key = camel_case(field_name)

    def read(self, data: Mapping[str, object]) -> dict[str, Any]:
        """The validated fields by their Python names.

        Raises:
            InvalidFieldsError: with the JSON pointer of every field that is not valid.
        """
        try:
            return self._load_slowly(data) if self._has_hooks else self._load_plainly(data)
        except ValidationError as error:
            raise invalid_fields(error.messages, self.pointer_prefix) from None

    @cached_property
    def _has_hooks(self) -> bool:
        return any(self._hooks.values())

    @cached_property
    def _plain_fields(self) -> tuple[tuple[str, str, fields.Field[Any], Read | None], ...]:
        return tuple((name, one.data_key or name, one, _plain_read(one)) for name, one in self.load_fields.items())

    def _load_plainly(self, data: Mapping[str, object]) -> dict[str, Any]:
        """The same as `load` at half its cost; what is not valid goes through `load`, which finds all errors."""
        wanted = self._plain_fields
        loaded: dict[str, Any] = {}
        found = 0
        try:
            for name, key, one, read in wanted:
                raw = data.get(key, missing)
                found += raw is not missing
                if read is None or raw is missing or raw is None:
                    value = one.deserialize(raw, key, data)
                else:
                    value = read(raw, key, data)
                if value is not missing:
                    loaded[name] = value
        except ValidationError:
            return self._load_slowly(data)
        return loaded if found == len(data) else self._load_slowly(data)

    def _load_slowly(self, data: Mapping[str, object]) -> dict[str, Any]:
        loaded: dict[str, Any] = self.load(data)
        return loaded


class JsonSchema(WireSchema):
    """A JSON object, in a body or in an answer."""


class QuerySchema(WireSchema):
    """The parameters of a query; the pointer of `limit` is `/query/limit`."""

    pointer_prefix = "/query"
    ranges: ClassVar[Ranges] = ()
    """Pairs of fields of which the first may not be more than the second, as in from and to."""

    @override
    def read(self, data: Mapping[str, object]) -> dict[str, Any]:
        """The same as that of any schema; a range that holds nothing is a mistake, and no empty list."""
        query = super().read(data)
        for low, high in self.ranges:
            if query[low] is not None and query[high] is not None and _size(query[low]) > _size(query[high]):
                low_key, high_key = (self.load_fields[name].data_key for name in (low, high))
                raise invalid_fields({low_key: [f"more than {high_key}: no value is in between"]}, self.pointer_prefix)
        return query


class NothingSchema(JsonSchema):
    """No fields at all: `{}`."""


def _plain_read(one: fields.Field[Any]) -> Read | None:
    """What reads a value that is there, if the field does nothing else with it."""
    has_more = one.pre_load or one.post_load or one.validators or type(one).deserialize is not fields.Field.deserialize
    return None if has_more else one._deserialize  # noqa: SLF001 - which fields are made to override


def _size(value: datetime | str) -> Any:
    """What the value is compared by: amounts come as decimal strings."""
    return Decimal(value) if isinstance(value, str) else value
