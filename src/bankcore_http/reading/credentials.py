"""What proves a user, as bodies spell it: passwords, and codes of second factors. No answer repeats them."""

import re
from typing import Annotated, Final

from bankcore.identity.passwords import PASSWORD_LENGTH_MAX
from bankcore_http.answering.members import Doc
from bankcore_http.reading.fields import Spelling, pattern_text

_CODE: Final = re.compile(r"(?:[0-9]{6}|[0-9a-z]{5}-[0-9a-z]{5})", re.ASCII)
_PASSWORD: Final = "walnut-kettle-harbour"  # noqa: S105 - an example

OneTimeCode = Annotated[str, pattern_text(_CODE, "six digits, or a recovery code"), Doc(example="492039")]


def password_of(low: int) -> Spelling:
    """Any text of at least so many characters. The domain checks whether it is a good one."""
    return Spelling(
        _read_password,
        type="string",
        format="password",
        minLength=low,
        maxLength=PASSWORD_LENGTH_MAX,
        example=_PASSWORD,
    )


def _read_password(value: object) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= PASSWORD_LENGTH_MAX:
        message = f"a text of at most {PASSWORD_LENGTH_MAX} characters"
        raise ValueError(message)
    return value
