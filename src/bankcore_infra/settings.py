"""Settings: `BANKCORE_*` variables or a `.env` file; a wrong one is named in one line."""

import os
from collections.abc import Iterable, Mapping
from datetime import timedelta
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, DotEnvSettingsSource, SettingsConfigDict

from bankcore.errors import SetupError

_PREFIX: Final = "BANKCORE_"
_ENV_FILE: Final = ".env"
# As alike as a slip of the finger leaves them; less alike are names of other programs.
_ALIKE: Final = 0.8
STARTER_VARIABLE: Final = "BANKCORE_STARTER_PID"
"""Set for the roles that `bankcore up` starts: they get every setting from it, and read no file themselves."""


class SettingsError(SetupError):
    """A setting that is missing or wrong; the message names it and fits on one line."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name}: {problem}")


def _of_a_home(path: Path) -> Path:
    """The path with `~` replaced. Raises: ValueError."""
    try:
        return path.expanduser()
    except RuntimeError:
        raise ValueError("the home folder of that user is not known") from None


Folder = Annotated[Path, AfterValidator(_of_a_home)]


class ProcessRole(StrEnum):
    """What one process of the program does."""

    ALL = "all"
    API = "api"
    WORKER = "worker"
    SCHEDULER = "scheduler"


class Settings(BaseSettings):
    """Everything that can be set; without any, the embedded servers are used."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX,
        env_file=_ENV_FILE,
        # Editors of other systems write a mark at the beginning that is no part of the first name.
        env_file_encoding="utf-8-sig",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )

    database_url: SecretStr | None = Field(None, description="PostgreSQL as the application role; unset: embedded")
    owner_database_url: SecretStr | None = Field(None, description="PostgreSQL as a role that may migrate")
    auditor_database_url: SecretStr | None = Field(None, description="PostgreSQL as the auditor role")
    sealer_database_url: SecretStr | None = Field(None, description="PostgreSQL as the sealing role")
    sealing_dir: Folder | None = Field(None, description="folder of the keys that sign checkpoints; unset: in data_dir")
    checkpoint_dir: Folder | None = Field(None, description="folder that signed checkpoints are published to")
    checkpoint_command: str | None = Field(None, description="program that is given each published checkpoint")
    checkpoint_s3_url: SecretStr | None = Field(None, description="bucket that signed checkpoints are published to")
    redis_url: SecretStr | None = Field(None, description="Redis or Valkey; unset: embedded")
    data_dir: Folder = Field(Path(".bankcore"), description="folder of the embedded servers, keys and logs")
    host: str = Field("127.0.0.1", description="address to listen on")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(8000, description="port to listen on; 0 picks a free one")
    api_workers: Annotated[int, Field(ge=1, le=64)] = Field(2, description="API processes")
    api_threads: Annotated[int, Field(ge=1, le=256)] = Field(32, description="threads of each API process")
    pool_size: Annotated[int, Field(ge=1, le=100)] = Field(10, description="database connections of each process")
    role: ProcessRole = Field(ProcessRole.ALL, description="what `bankcore up` runs: all, api, worker or scheduler")
    worker_processes: Annotated[int, Field(ge=1, le=64)] = Field(1, description="worker processes")
    worker_threads: Annotated[int, Field(ge=1, le=64)] = Field(8, description="threads of each worker process")
    proxy_hops: Annotated[int, Field(ge=0, le=8)] = Field(
        0, description="reverse proxies in front, for client addresses"
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="least severe line to log")
    idempotency_key_hours: Annotated[int, Field(ge=1, le=24 * 365)] = Field(
        24, description="how long keys are remembered"
    )
    argon2_memory_kib: Annotated[int, Field(ge=1, le=2**22)] = Field(65_536, description="memory of one password hash")
    argon2_time_cost: Annotated[int, Field(ge=1, le=100)] = Field(3, description="passes of one password hash")
    argon2_parallelism: Annotated[int, Field(ge=1, le=64)] = Field(4, description="lanes of one password hash")

    metrics_token: Annotated[SecretStr, Field(min_length=16)] | None = Field(
        None, description="bearer token of /metrics; unset: there is none"
    )
    smtp_url: SecretStr | None = Field(None, description="mail server; unset: notifications are kept, not sent")
    mail_from: str | None = Field(None, description="in whose name mail is sent")
    notification_days: Annotated[int, Field(ge=30, le=3_650)] = Field(
        90, description="how long it is kept what users were told"
    )

    @model_validator(mode="before")
    @classmethod
    def _without_blanks(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Blanks around a value are nobody's intention, and a variable that holds nothing else is not set."""
        told = {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}
        return {name: value for name, value in told.items() if value not in {"", None}}

    @property
    def key_lifetime(self) -> timedelta:
        """How long an idempotency key is remembered."""
        return timedelta(hours=self.idempotency_key_hours)

    @property
    def notifications_kept(self) -> timedelta:
        """How long it is kept what users were told, from when it was sent or given up."""
        return timedelta(days=self.notification_days)

    def as_environment(self) -> Mapping[str, str]:
        """These settings as variables, for a process that is to have the same; what is not set is empty."""
        return {_name_of(name): _as_text(value) for name, value in self}


def load_settings(**overrides: object) -> Settings:
    """The settings of this process; `overrides` win, where they are not None.

    Raises:
        SettingsError: one is wrong.
    """
    env_file = None if STARTER_VARIABLE in os.environ else _ENV_FILE
    given = {name: value for name, value in overrides.items() if value is not None}
    for name, value in given.items():
        if isinstance(value, str) and not value.strip():
            raise SettingsError(_name_of(name), "empty")
    try:
        _require_no_slip([*os.environ, *DotEnvSettingsSource(Settings, env_file).env_vars])
        return Settings(**given, _env_file=env_file)  # type: ignore[arg-type] # checked by the model
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise SettingsError(_name_of(*first["loc"]), first["msg"].removeprefix("Value error, ")) from None
    except UnicodeError:
        raise SettingsError(_ENV_FILE, "not text in UTF-8; save it in that encoding") from None


def _require_no_slip(names: Iterable[str]) -> None:
    """Require that no name is nearly one of ours: a bank on the default instead would be another bank."""
    known = [_name_of(field) for field in Settings.model_fields]
    for name in map(str.upper, names):
        meant = [] if name in known or not name.startswith(_PREFIX) else _alike(name, known)
        if meant:
            raise SettingsError(name, f"not a setting; did you mean {meant[0]}?")


def _alike(name: str, known: Iterable[str]) -> list[str]:
    words = [each.removeprefix(_PREFIX) for each in known]
    return [_PREFIX + word for word in get_close_matches(name.removeprefix(_PREFIX), words, 1, _ALIKE)]


def _name_of(*places: int | str) -> str:
    return _PREFIX + "_".join(str(place) for place in places).upper()


def _as_text(value: object) -> str:
    if value is None:
        return ""
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)
