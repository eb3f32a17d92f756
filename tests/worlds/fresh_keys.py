"""Gives each made-up request a key of its own, or most of them would be refused for a key that was used."""

import re
import secrets
from typing import Any, Final

import schemathesis

_NAME: Final = "Idempotency-Key"
_KEY: Final = re.compile("[!-~]{1,255}", re.ASCII)


def give_fresh_key(case: schemathesis.Case[Any]) -> None:
    """Put a new key in the place of one that is good; a key that is none stays, since its refusal is of interest."""
    headers: Any = case.headers or {}
    made_up = headers.get(_NAME)
    if isinstance(made_up, str) and _KEY.fullmatch(made_up):
        headers[_NAME] = secrets.token_hex(8)


@schemathesis.hook
def before_call(_context: object, case: schemathesis.Case[Any], _kwargs: dict[str, Any]) -> None:
    """What `st` calls before each request, where it is told the path of this file."""
    give_fresh_key(case)
