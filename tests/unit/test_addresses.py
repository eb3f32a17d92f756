"""The addresses that settings name: each is looked at before anything is opened, and none is passed over."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from bankcore_infra.addresses import ServerAddresses
from bankcore_infra.environment import load_settings
from bankcore_infra.installation import names_servers, open_external
from bankcore_infra.servers import open_installation
from bankcore_infra.settings import SettingsError

BANK = "postgresql://bankcore_app:secret@127.0.0.1:5432/bank"
DATABASES = ["database_url", "owner_database_url", "auditor_database_url", "sealer_database_url"]
SERVERS = [*DATABASES, "redis_url"]


def addresses(**urls: str) -> ServerAddresses:
    return ServerAddresses.of(load_settings(**{name: SecretStr(url) for name, url in urls.items()}))


def refusal(**urls: str) -> str:
    with pytest.raises(SettingsError) as refused:
        addresses(**urls)
    assert "\n" not in str(refused.value)
    assert "secret" not in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize("name", DATABASES)
@pytest.mark.parametrize(
    "url",
    [
        "bank",
        "host=127.0.0.1 dbname=bank",
        "postgresql://u:secret@127.0.0.1:1,127.0.0.1:2/bank",
        "postgresql://u:secret@127.0.0.1:abc/bank",
        "postgresql://u:secret@127.0.0.1/bank?nosuch=1",
        "mysql://u:secret@127.0.0.1/bank",
    ],
)
def test_what_is_no_address_of_a_database_is_refused_by_the_name_of_its_setting(name: str, url: str) -> None:
    assert refusal(**{name: url}).startswith(f"BANKCORE_{name.upper()}: ")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1",
        "valkey://127.0.0.1",
        "127.0.0.1:6379",
        "redis://:secret@127.0.0.1:abc/0",
        "redis://127.0.0.1:99999",
        "redis://127.0.0.1?nosuch=1",
        "redis://127.0.0.1?socket_timeout=abc",
    ],
)
def test_what_is_no_address_of_redis_is_refused(url: str) -> None:
    assert refusal(redis_url=url).startswith("BANKCORE_REDIS_URL: not an address such as ")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u@/bank?host=/var/run/postgresql",
        "postgresql://u@/bank?host=127.0.0.1:1&host=127.0.0.1:2",
        "postgres://u@[::1]:5432/bank?sslmode=verify-full",
    ],
)
def test_every_address_that_the_driver_knows_is_taken(url: str) -> None:
    assert addresses(database_url=url).require_app() == url
    assert addresses(redis_url="unix:///run/valkey.sock?db=1").redis == "unix:///run/valkey.sock?db=1"


@pytest.mark.parametrize("name", SERVERS)
def test_one_server_that_is_named_is_enough_for_nothing_to_be_embedded(name: str, tmp_path: Path) -> None:
    url = "redis://127.0.0.1:1/0" if name == "redis_url" else BANK
    settings = load_settings(data_dir=tmp_path / "data", **{name: SecretStr(url)})

    assert names_servers(settings)
    assert getattr(open_installation(settings), name.replace("database_url", "url").removeprefix("url") or "app_url")
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("name", SERVERS[1:])
def test_an_address_that_is_missing_is_named_beside_the_one_that_is_there(name: str) -> None:
    url = "redis://127.0.0.1:1/0" if name == "redis_url" else BANK
    installation = open_external(load_settings(**{name: SecretStr(url)}))

    with pytest.raises(SettingsError) as refused:
        _ = installation.app_url

    named = f"BANKCORE_{name.upper()}"
    assert str(refused.value).startswith(f"BANKCORE_DATABASE_URL: not set, but {named} is")


def test_a_role_that_needs_servers_says_which_setting_is_missing() -> None:
    assert not names_servers(load_settings())
    with pytest.raises(SettingsError, match=r"^BANKCORE_DATABASE_URL: not set$"):
        open_external(load_settings())
