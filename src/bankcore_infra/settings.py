"""The settings that a whole bank shares; what one capability alone reads stands in its folder (docs/adr/0050)."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bankcore.errors import SetupError

PREFIX: Final = "BANKCORE_"
ENV_FILE: Final = ".env"


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


def _of_length(least: int) -> AfterValidator:
    """Refuses a secret that somebody could guess."""

    def require(secret: SecretStr) -> SecretStr:
        if len(secret.get_secret_value()) < least:
            raise ValueError(f"too short; it needs at least {least} characters")
        return secret

    return AfterValidator(require)


_LongSecret = Annotated[SecretStr, _of_length(32)]


class CapabilitySettings(BaseModel):
    """Settings that one capability alone reads: its `Capability` names the model, and it reads them by `Settings.of`.

    The first line of the model's docstring is a heading of `.env.example`, and each description a comment.
    """

    model_config = ConfigDict(frozen=True)


Part = TypeVar("Part", bound=CapabilitySettings)


class ProcessRole(StrEnum):
    """What one process of the program does."""

    ALL = "all"
    API = "api"
    WORKER = "worker"
    SCHEDULER = "scheduler"


class Checksums(StrEnum):
    """Whether PostgreSQL has to notice pages that a disk has changed."""

    REQUIRED = "required"
    WARNED = "warned"
    """It is told in the log. Until version 18 PostgreSQL made clusters without them unless it was asked."""
    WAIVED = "waived"


class ServerSettings(BaseModel):
    """Where the data is."""

    database_url: SecretStr | None = Field(
        None,
        description="PostgreSQL 15 to 18 as the application role. Unset: embedded.",
        examples=["postgresql://bankcore_app:secret@127.0.0.1:5432/bankcore"],
    )
    owner_database_url: SecretStr | None = Field(
        None,
        description="The same database as the role that migrates it. Unset: embedded.",
        examples=["postgresql://bankcore_migrator:secret@127.0.0.1:5432/bankcore"],
    )
    auditor_database_url: SecretStr | None = Field(
        None,
        description="The same database as the role of auditors. Unset: embedded.",
        examples=["postgresql://bankcore_auditor:secret@127.0.0.1:5432/bankcore"],
    )
    sealer_database_url: SecretStr | None = Field(
        None,
        description="The same database as the role that seals the audit log; only the scheduler needs it. Unset: "
        "embedded.",
        examples=["postgresql://bankcore_sealer:secret@127.0.0.1:5432/bankcore"],
    )
    data_checksums: Checksums = Field(
        Checksums.WARNED,
        description="A PostgreSQL without data_checksums is refused (required), told in the log (warned), or let be "
        "(waived).",
    )
    redis_url: SecretStr | None = Field(
        None,
        description="Redis or Valkey; on another machine with a password. Unset: embedded.",
        examples=["redis://127.0.0.1:6379/0"],
    )
    data_dir: Folder = Field(
        Path(".bankcore"), description="The folder of the embedded servers, the signing keys and the logs."
    )
    sealing_dir: Folder | None = Field(
        None,
        description="The folder of the keys that sign checkpoints, which nobody but the sealing role should be able to "
        "read. Unset: the folder `sealing` in the data folder.",
        examples=["/srv/bankcore/sealing"],
    )


class ApiSettings(BaseModel):
    """The API."""

    host: str = Field("127.0.0.1", description="The address to listen on.")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(8000, description="The port to listen on; 0 picks a free one.")
    api_workers: Annotated[int, Field(ge=1, le=64)] = Field(2, description="Processes of the API.")
    api_threads: Annotated[int, Field(ge=1, le=256)] = Field(32, description="Threads of each of them.")
    proxy_hops: Annotated[int, Field(ge=0, le=8)] = Field(
        0, description="Reverse proxies in front, whose word on client addresses counts."
    )
    rate_caller_per_minute: Annotated[int, Field(ge=0, le=10**9)] = Field(
        240_000, description="Requests that one user or API key may make in a minute; 0 sets no limit."
    )
    rate_address_per_minute: Annotated[int, Field(ge=0, le=10**9)] = Field(
        30_000,
        description="Requests that strangers, who are not logged in, may make from one address; 0 sets no limit.",
    )
    metrics_token: Annotated[SecretStr, _of_length(16)] | None = Field(
        None,
        description="Opens /metrics, in the text format of Prometheus, as a bearer token of 16 characters or more. "
        "Unset: no such page.",
        examples=["a-long-random-text"],
    )
    operator_token: _LongSecret | None = Field(
        None,
        description="Opens /v1/installation/tenants, where tenants are made, set and suspended, as the header "
        "X-Operator-Token, of 32 characters or more. Unset: no such paths.",
        examples=["a-third-random-text-of-at-least-32-characters"],
    )
    wallets_token: _LongSecret | None = Field(
        None,
        description="Opens the bank's paths under other names (/accounts/wallets and others), as the header "
        "X-Service-Token, of 32 characters or more. Whoever knows it moves everybody's money. Unset: no such paths.",
        examples=["a-random-text-of-at-least-32-characters"],
    )
    wallets_admin_token: _LongSecret | None = Field(
        None,
        description="Opens /admin under other names, which shows everything, as the header X-Admin-Token, of 32 "
        "characters or more. Unset: no such paths.",
        examples=["another-random-text-of-at-least-32-characters"],
    )
    wallets_tenant: str = Field("main", description="The tenant whose books these paths are about.")

    @model_validator(mode="after")
    def _two_secrets(self) -> Self:
        """Whoever may look is not one who may move money, and neither is above the tenants."""
        if self.wallets_token is not None and self.wallets_token == self.wallets_admin_token:
            raise ValueError("BANKCORE_WALLETS_TOKEN and BANKCORE_WALLETS_ADMIN_TOKEN are the same")
        if self.operator_token is not None and self.operator_token in {self.wallets_token, self.wallets_admin_token}:
            raise ValueError("BANKCORE_OPERATOR_TOKEN is also the token of other paths")
        return self


class ProcessSettings(BaseModel):
    """Processes."""

    role: ProcessRole = Field(ProcessRole.ALL, description="What `bankcore up` runs: all, api, worker or scheduler.")
    worker_processes: Annotated[int, Field(ge=1, le=64)] = Field(
        1, description="Processes that do what follows a transaction."
    )
    worker_threads: Annotated[int, Field(ge=1, le=64)] = Field(8, description="Threads of each of them.")
    pool_size: Annotated[int, Field(ge=1, le=100)] = Field(10, description="Database connections of each process.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="The least severe line to log: DEBUG, INFO, WARNING or ERROR."
    )


class CommandSettings(BaseModel):
    """Commands."""

    idempotency_key_hours: Annotated[int, Field(ge=1, le=24 * 365)] = Field(
        24, description="How long an idempotency key is remembered, in hours."
    )

    @property
    def key_lifetime(self) -> timedelta:
        """How long an idempotency key is remembered."""
        return timedelta(hours=self.idempotency_key_hours)


class Settings(ServerSettings, ApiSettings, ProcessSettings, CommandSettings, BaseSettings):
    """What all of a bank shares; what is loaded (`load_settings`) holds the settings of the capabilities besides."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=ENV_FILE,
        # Editors of other systems write a mark at the beginning that is no part of the first name.
        env_file_encoding="utf-8-sig",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )

    @model_validator(mode="before")
    @classmethod
    def _without_blanks(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Blanks around a value are nobody's intention, and a variable that holds nothing else is not set."""
        told = {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}
        return {name: value for name, value in told.items() if value not in {"", None}}

    def of(self, kind: type[Part]) -> Part:
        """What one capability reads. Raises: TypeError: no capability of the bank names that model."""
        loaded: object = self
        if not isinstance(loaded, kind):
            raise TypeError(f"no capability names {kind.__name__} as its settings")
        return loaded

    def as_environment(self) -> Mapping[str, str]:
        """These settings as variables, for a process that is to have the same; what is not set is empty."""
        return {variable_of(name): _as_text(value) for name, value in self}


def variable_of(*places: int | str) -> str:
    """The variable that holds the setting of that name."""
    return PREFIX + "_".join(str(place) for place in places).upper()


def _as_text(value: object) -> str:
    if value is None:
        return ""
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)
