"""A bank is never served in a mode for developers."""

import os
from typing import Final

from bankcore_infra.settings import SettingsError

_VARIABLE: Final = "FLASK_DEBUG"
_OFF: Final = frozenset({"", "0", "false", "no"})


def require_no_debugging() -> None:
    """Require that the framework is not told to debug: it would pass an error on to the server with all it knows.

    Raises:
        SettingsError: a variable says so.
    """
    if os.environ.get(_VARIABLE, "").lower() not in _OFF:
        raise SettingsError(_VARIABLE, "set, and a bank is not served in a mode for developers; unset it")
