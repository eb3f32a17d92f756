"""Settings as people write them: in variables and files, with what editors and scripts add."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from bankcore_infra.cli.program import program
from bankcore_infra.environment import AllSettings, load_settings
from bankcore_infra.notifications.settings import NotificationSettings
from bankcore_infra.processes import STARTER_VARIABLE
from bankcore_infra.settings import CapabilitySettings, SettingsError


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder without a file, and no variables of ours."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("BANKCORE_")]:
        monkeypatch.delenv(name)
    return tmp_path


def refusal(**overrides: object) -> str:
    with pytest.raises(SettingsError) as refused:
        load_settings(**overrides)
    assert "\n" not in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize("blank", ["", " ", "\t", "\r"])
@pytest.mark.parametrize("name", sorted(AllSettings.model_fields))
def test_a_variable_that_holds_nothing_is_not_set(name: str, blank: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"BANKCORE_{name.upper()}", blank)

    assert load_settings() == AllSettings.model_construct()


@pytest.mark.parametrize("name", sorted(AllSettings.model_fields))
def test_a_line_of_the_file_that_holds_nothing_is_not_set(name: str, folder: Path) -> None:
    (folder / ".env").write_text(f"BANKCORE_{name.upper()}=\nBANKCORE_{name.upper()}=''\n")

    assert load_settings() == AllSettings.model_construct()


def test_an_empty_variable_does_not_hide_the_line_of_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / ".env").write_text("BANKCORE_HOST=192.0.2.1\n")
    monkeypatch.setenv("BANKCORE_HOST", "")

    assert load_settings().host == "192.0.2.1"


def test_blanks_around_a_value_do_not_belong_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANKCORE_HOST", " 192.0.2.1\r")
    monkeypatch.setenv("BANKCORE_LOG_LEVEL", "WARNING\r")

    settings = load_settings()

    assert (settings.host, settings.log_level) == ("192.0.2.1", "WARNING")


def test_a_file_of_another_system_is_read(folder: Path) -> None:
    (folder / ".env").write_bytes(b"\xef\xbb\xbfBANKCORE_HOST=192.0.2.1\r\nBANKCORE_PORT=81\r\nBANKCORE_DATA_DIR=\r\n")

    settings = load_settings()

    assert (settings.host, settings.port, settings.data_dir) == ("192.0.2.1", 81, Path(".bankcore"))


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_a_file_that_is_no_utf_8_is_refused_in_one_line(folder: Path, encoding: str) -> None:
    (folder / ".env").write_bytes("# café\nBANKCORE_PORT=81\n".encode(encoding))

    assert refusal() == ".env: not text in UTF-8; save it in that encoding"


@pytest.mark.parametrize("given", ["", " "])
def test_an_option_that_holds_nothing_is_refused(given: str) -> None:
    assert refusal(host=given) == "BANKCORE_HOST: empty"
    assert refusal(database_url=given) == "BANKCORE_DATABASE_URL: empty"


def test_a_home_folder_is_found_or_the_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/srv/asha")

    assert load_settings(data_dir=Path("~/bank")).data_dir == Path("/srv/asha/bank")
    assert refusal(sealing_dir=Path("~nobody-of-this-name/keys")).startswith("BANKCORE_SEALING_DIR: the home folder")


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "70000"), ("ARGON2_PARALLELISM", "99999999999"), ("ARGON2_MEMORY_KIB", "9" * 30), ("ROLE", "boss")],
)
def test_a_value_out_of_range_is_named(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"BANKCORE_{name}", value)

    assert refusal().startswith(f"BANKCORE_{name}: Input should be ")


@pytest.mark.parametrize("name", ["wallets_token", "wallets_admin_token", "operator_token"])
def test_a_token_that_opens_money_is_long(name: str) -> None:
    assert name.upper() in refusal(**{name: "t" * 31})
    assert "t" * 31 not in refusal(**{name: "t" * 31})


def test_whoever_may_look_is_not_one_who_may_move_money() -> None:
    same = "the-same-token-for-both-of-the-two"

    told = refusal(wallets_token=same, wallets_admin_token=same)

    assert "WALLETS_ADMIN_TOKEN" in told
    assert same not in told


@pytest.mark.parametrize("name", ["wallets_token", "wallets_admin_token"])
def test_whoever_stands_above_tenants_has_a_token_of_his_own(name: str) -> None:
    same = "the-same-token-for-both-of-the-two"

    told = refusal(operator_token=same, **{name: same})

    assert "OPERATOR_TOKEN" in told
    assert same not in told


def test_what_a_role_is_given_is_all_it_has(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / ".env").write_text("BANKCORE_OWNER_DATABASE_URL=postgresql://owner@db/bank\nBANKCORE_API_THREADS=5\n")
    given = load_settings()

    for name, value in {**given.as_environment(), "BANKCORE_OWNER_DATABASE_URL": ""}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv(STARTER_VARIABLE, "1")
    role = load_settings()

    assert given.owner_database_url is not None
    assert role == given.model_copy(update={"owner_database_url": None})


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("BANKCORE_DATABSE_URL", "BANKCORE_DATABASE_URL"),
        ("BANKCORE_DATABASEURL", "BANKCORE_DATABASE_URL"),
        ("bankcore_redis_ulr", "BANKCORE_REDIS_URL"),
        ("BANKCORE_API_WORKER", "BANKCORE_API_WORKERS"),
        ("BANKCORE_PROT", None),
        ("BANKCORE_TEST_SEED", None),
        ("BANKING_DATABASE_URL", None),
    ],
)
def test_a_name_that_is_nearly_a_setting_is_refused_with_the_one_that_is_meant(
    slip: str, meant: str | None, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / ".env").write_text(f"{slip}=postgresql://elsewhere\n")
    if meant is None:
        load_settings()
        return

    in_the_file = refusal()
    (folder / ".env").unlink()
    monkeypatch.setenv(slip, "postgresql://elsewhere")

    assert in_the_file == refusal() == f"{slip.upper()}: not a setting; did you mean {meant}?"


def test_a_model_that_no_capability_names_is_no_part_of_the_settings() -> None:
    class OfNobody(CapabilitySettings):
        """Nobody's."""

    with pytest.raises(TypeError, match="no capability names OfNobody"):
        load_settings().of(OfNobody)


def test_a_capability_reads_its_own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANKCORE_NOTIFICATION_DAYS", "31")

    assert load_settings().of(NotificationSettings).notifications_kept == timedelta(days=31)


def test_the_file_that_is_printed_sets_nothing_until_a_line_is_chosen(folder: Path) -> None:
    printed = CliRunner().invoke(program, ["settings"]).output
    (folder / ".env").write_text(printed)

    assert load_settings() == AllSettings.model_construct()

    (folder / ".env").write_text(printed.replace("\n#BANKCORE_", "\nBANKCORE_"))
    chosen = load_settings()
    assert (chosen.port, chosen.of(NotificationSettings).notification_days) == (8000, 90)
