"""The OpenAPI document for whoever only reads it; it takes a second to make, and is made once."""

import json
from functools import cache
from typing import Any

from bankcore_http.wsgi import describe


def described() -> Any:
    """The document, for the caller alone."""
    return json.loads(_text())


@cache
def _text() -> str:
    return json.dumps(describe())
