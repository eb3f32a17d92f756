"""Settings: `BANKCORE_*` variables or a `.env` file; a wrong one is named in one line."""

from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

_PREFIX: Final = "BANKCORE_"


class SettingsError(Exception):
    """A setting that is missing or wrong; the message names it and fits on one line."""

    def __init__(self, name: str, problem: str) -> None:
        """For the setting of that name."""
        super().__init__(f"{name}: {problem}")


class Role(StrEnum):
    """What one process of the program does."""

    ALL = "all"
    API = "api"
    WORKER = "worker"
    SCHEDULER = "scheduler"


class Settings(BaseSettings):
    """Everything that can be set; without any, the embedded servers are used."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, env_file=".env", extra="ignore", frozen=True)

    database_url: SecretStr | None = Field(None, description="PostgreSQL as the application role; unset: embedded")
    owner_database_url: SecretStr | None = Field(None, description="PostgreSQL as a role that may migrate")
    auditor_database_url: SecretStr | None = Field(None, description="PostgreSQL as the auditor role")
    sealer_database_url: SecretStr | None = Field(None, description="PostgreSQL as the sealing role")
    sealing_dir: Path | None = Field(None, description="folder of the keys that sign checkpoints; unset: in data_dir")
    checkpoint_dir: Path | None = Field(None, description="folder that signed checkpoints are published to")
    checkpoint_command: str | None = Field(None, description="program that is given each published checkpoint")
    checkpoint_s3_url: SecretStr | None = Field(None, description="bucket that signed checkpoints are published to")
    redis_url: SecretStr | None = Field(None, description="Redis or Valkey; unset: embedded")
    data_dir: Path = Field(Path(".bankcore"), description="folder of the embedded servers, keys and logs")
    host: str = Field("127.0.0.1", description="address to listen on")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(8000, description="port to listen on; 0 picks a free one")
    api_workers: Annotated[int, Field(ge=1, le=64)] = Field(2, description="API processes")
    api_threads: Annotated[int, Field(ge=1, le=256)] = Field(32, description="threads of each API process")
    pool_size: Annotated[int, Field(ge=1, le=100)] = Field(10, description="database connections of each process")
    role: Role = Field(Role.ALL, description="what `bankcore up` runs: all, api, worker or scheduler")
    worker_processes: Annotated[int, Field(ge=1, le=64)] = Field(1, description="worker processes")
    worker_threads: Annotated[int, Field(ge=1, le=64)] = Field(8, description="threads of each worker process")
    proxy_hops: Annotated[int, Field(ge=0, le=8)] = Field(
        0, description="reverse proxies in front, for client addresses"
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="least severe line to log")
    idempotency_key_hours: Annotated[int, Field(ge=1, le=24 * 365)] = Field(
        24, description="how long keys are remembered"
    )
    argon2_memory_kib: Annotated[int, Field(ge=1)] = Field(65_536, description="memory of one password hash")
    argon2_time_cost: Annotated[int, Field(ge=1)] = Field(3, description="passes of one password hash")
    argon2_parallelism: Annotated[int, Field(ge=1)] = Field(4, description="lanes of one password hash")

    metrics_token: Annotated[SecretStr, Field(min_length=16)] | None = Field(
        None, description="bearer token of /metrics; unset: there is none"
    )
    smtp_url: SecretStr | None = Field(None, description="mail server; unset: notifications are kept, not sent")
    mail_from: str | None = Field(None, description="in whose name mail is sent")

    @property
    def key_lifetime(self) -> timedelta:
        """How long an idempotency key is remembered."""
        return timedelta(hours=self.idempotency_key_hours)


def load_settings(**overrides: object) -> Settings:
    """The settings of this process; `overrides` win, where they are not None.

    Raises:
        SettingsError: one is wrong.
    """
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})  # type: ignore[arg-type] # checked by the model
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        raise SettingsError(f"{_PREFIX}{name}", first["msg"]) from None
