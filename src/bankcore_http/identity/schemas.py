"""What the routes of identity take and show."""

import re
from collections.abc import Mapping
from typing import Any, Final

from marshmallow import ValidationError, fields
from typing_extensions import override

from bankcore.identity.emails import EMAIL_LENGTH_MAX
from bankcore.identity.passwords import PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN
from bankcore.identity.register import DEFAULT_CURRENCY
from bankcore.identity.users import FULL_NAME_LENGTH_MAX, Role
from bankcore_http.ledger.schemas import AccountSchema
from bankcore_http.reading.fields import CurrencyCode, Instant, Text, Uuid
from bankcore_http.reading.schemas import JsonSchema

_TOKEN_LENGTH_MAX: Final = 512
_OTP: Final = re.compile(r"[0-9]{6}", re.ASCII)


class Password(fields.Field[str]):
    """Any text; what makes a good one is the domain's to check, and no answer repeats it."""

    def __init__(self, *, low: int, **options: Any) -> None:
        shown = {"type": "string", "format": "password", "minLength": low, "maxLength": PASSWORD_LENGTH_MAX}
        super().__init__(metadata=shown, **options)

    @override
    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_rest: Any) -> str:
        if not isinstance(value, str) or not 1 <= len(value) <= PASSWORD_LENGTH_MAX:
            message = f"a text of at most {PASSWORD_LENGTH_MAX} characters"
            raise ValidationError(message)
        return value


class OneTimeCode(fields.Field[str]):
    """Six digits."""

    def __init__(self, **options: Any) -> None:
        super().__init__(metadata={"type": "string", "pattern": f"^{_OTP.pattern}$", "example": "123456"}, **options)

    @override
    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_rest: Any) -> str:
        if not isinstance(value, str) or not _OTP.fullmatch(value):
            message = "six digits"
            raise ValidationError(message)
        return value


class RegisterBody(JsonSchema):
    """A new user, and the currency of the first account."""

    email = Text(high=EMAIL_LENGTH_MAX, required=True, metadata={"format": "email", "example": "sita@example.com"})
    password = Password(low=PASSWORD_LENGTH_MIN, required=True)
    full_name = Text(high=FULL_NAME_LENGTH_MAX, metadata={"example": "Sita Sharma"})
    currency = CurrencyCode(load_default=DEFAULT_CURRENCY)


class LoginBody(JsonSchema):
    """Who somebody is, and the proof; `otp` is for users with a second factor."""

    email = Text(high=EMAIL_LENGTH_MAX, required=True, metadata={"format": "email", "example": "sita@example.com"})
    password = Password(low=1, required=True)
    otp = OneTimeCode()


class RefreshBody(JsonSchema):
    """The refresh token that the last login or refresh gave."""

    refresh_token = Text(high=_TOKEN_LENGTH_MAX, required=True)


class UserSchema(JsonSchema):
    """A user; nothing here proves who asks."""

    id = Uuid(required=True)
    email = fields.String(required=True, metadata={"format": "email", "example": "sita@example.com"})
    full_name = fields.String(required=True, allow_none=True, metadata={"example": "Sita Sharma"})
    roles = fields.List(fields.String(metadata={"enum": [str(role) for role in Role]}), required=True)
    tenant = fields.String(required=True, metadata={"example": "main"})
    created_at = Instant(required=True)


class RegisteredSchema(JsonSchema):
    """The new user with the first account."""

    user = fields.Nested(UserSchema, required=True)
    account = fields.Nested(AccountSchema, required=True)


class TokenPairSchema(JsonSchema):
    """An access token for `expiresIn` seconds, and a refresh token for one use."""

    access_token = fields.String(required=True)
    refresh_token = fields.String(required=True)
    token_type = fields.String(required=True, metadata={"enum": ["Bearer"]})
    expires_in = fields.Integer(required=True, metadata={"example": 600})
