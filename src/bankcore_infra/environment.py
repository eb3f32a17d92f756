"""The settings of this process: `BANKCORE_*` variables or a `.env` file; a wrong one is named in one line."""

import os
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, Final

from pydantic import ValidationError, create_model
from pydantic_settings import DotEnvSettingsSource

from bankcore_infra.capabilities import CAPABILITIES
from bankcore_infra.processes import STARTER_VARIABLE
from bankcore_infra.settings import ENV_FILE, PREFIX, Settings, SettingsError, variable_of

CAPABILITY_SETTINGS: Final = tuple(each.settings for each in CAPABILITIES if each.settings is not None)


def _all_of_them() -> type[Settings]:
    bases: tuple[type[Any], ...] = (*CAPABILITY_SETTINGS, Settings)
    return create_model("AllSettings", __base__=bases)


AllSettings: Final = _all_of_them()
"""Everything that can be set; without any, the embedded servers are used."""

# As alike as a slip of the finger leaves them; less alike are names of other programs.
_ALIKE: Final = 0.8


def load_settings(**overrides: object) -> Settings:
    """The settings of this process; `overrides` win, where they are not None.

    Raises:
        SettingsError: one is wrong.
    """
    env_file = None if STARTER_VARIABLE in os.environ else ENV_FILE
    given = {name: value for name, value in overrides.items() if value is not None}
    for name, value in given.items():
        if isinstance(value, str) and not value.strip():
            raise SettingsError(variable_of(name), "empty")
    try:
        _require_no_slip([*os.environ, *DotEnvSettingsSource(AllSettings, env_file).env_vars])
        return AllSettings(**given, _env_file=env_file)  # type: ignore[arg-type] # checked by the model
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise SettingsError(variable_of(*first["loc"]), first["msg"].removeprefix("Value error, ")) from None
    except UnicodeError:
        raise SettingsError(ENV_FILE, "not text in UTF-8; save it in that encoding") from None


def _require_no_slip(names: Iterable[str]) -> None:
    """Require that no name is nearly one of ours: a bank on the default instead would be another bank."""
    known = [variable_of(field) for field in AllSettings.model_fields]
    for name in map(str.upper, names):
        meant = [] if name in known or not name.startswith(PREFIX) else _alike(name, known)
        if meant:
            raise SettingsError(name, f"not a setting; did you mean {meant[0]}?")


def _alike(name: str, known: Iterable[str]) -> list[str]:
    words = [each.removeprefix(PREFIX) for each in known]
    return [PREFIX + word for word in get_close_matches(name.removeprefix(PREFIX), words, 1, _ALIKE)]
