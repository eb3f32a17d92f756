"""Keys in AWS KMS: what its log shows, what goes on after a move, and what is said when it refuses or is away."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from uuid import UUID

import pytest

from bankcore.encryption.key_encryption import SecretPlace, UnreadableSecretError, WrappedKey
from bankcore.errors import SetupError, UnavailableError
from bankcore.identifiers import TenantId
from bankcore_infra.encryption.aws_kms import AwsKms
from bankcore_infra.encryption.local_keys import LocalKeys
from tests.worlds.aws import ALIAS, CREDENTIALS, aws_on_this_machine, make_aws_key

pytestmark = [pytest.mark.enable_socket, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

DATA_KEY: Final = bytes(range(32))
PLACE: Final = SecretPlace(tenant_id=TenantId(UUID(int=1)), purpose="totp", owner_id=UUID(int=2))


@pytest.fixture(scope="module")
def aws() -> Iterator[str]:
    with aws_on_this_machine() as endpoint:
        yield endpoint


def keys_at(endpoint: str, folder: Path) -> AwsKms:
    return AwsKms(f"awskms://eu-central-1/{ALIAS}?endpoint={endpoint}", before=lambda: LocalKeys(folder))


def test_what_was_under_files_before_is_read_on_and_no_file_is_made_for_what_was_not(aws: str, tmp_path: Path) -> None:
    make_aws_key(aws)
    older = LocalKeys(tmp_path / "keys").wrap(DATA_KEY, PLACE)
    keys = keys_at(aws, tmp_path / "keys")

    assert keys.unwrap(older, PLACE) == DATA_KEY
    assert keys_at(aws, tmp_path / "none").wrap(DATA_KEY, PLACE).key_name == keys.get_newest_name()
    assert not (tmp_path / "none").exists()


def test_a_secret_whose_key_is_gone_is_unreadable_and_says_which_key_that_was(aws: str, tmp_path: Path) -> None:
    make_aws_key(aws)
    keys = keys_at(aws, tmp_path)
    wrapped = keys.wrap(DATA_KEY, PLACE)
    other_key = wrapped.key_name[:-4] + "0000"

    with pytest.raises(UnreadableSecretError, match=other_key):
        keys.unwrap(WrappedKey(other_key, wrapped.content), PLACE)
    with pytest.raises(UnreadableSecretError, match=wrapped.key_name):
        keys.unwrap(WrappedKey(wrapped.key_name, wrapped.content[:-1]), PLACE)


def test_a_machine_without_credentials_is_told_so(aws: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in CREDENTIALS:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))

    with pytest.raises(SetupError, match="no credentials"):
        keys_at(aws, tmp_path).get_newest_name()


def test_an_alias_that_leads_nowhere_is_told_by_the_setting(aws: str, tmp_path: Path) -> None:
    keys = AwsKms(f"awskms://eu-central-1/alias/nobody?endpoint={aws}", before=lambda: LocalKeys(tmp_path))

    for ask in (keys.get_newest_name, lambda: keys.wrap(DATA_KEY, PLACE)):
        with pytest.raises(SetupError, match="BANKCORE_SECRETS_KEY_URL: alias/nobody answers NotFoundException"):
            ask()


def test_a_service_that_is_away_is_no_lost_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        keys = keys_at(f"http://127.0.0.1:{closed.getsockname()[1]}", tmp_path)

        with pytest.raises(UnavailableError):
            keys.wrap(DATA_KEY, PLACE)
        with pytest.raises(UnavailableError):
            keys.unwrap(WrappedKey("kms:arn:aws:kms:eu-central-1:123456789012:key/1", b"wrapped"), PLACE)


@pytest.mark.parametrize(
    "url",
    [
        "awskms://eu-central-1",
        "awskms://eu-central-1/alias/",
        "awskms://eu-central-1/key/1",
        "awskms:///alias/bankcore",
        "awskms://id:secret@eu-central-1/alias/bankcore",
        "https://eu-central-1/alias/bankcore",
        "awskms://eu-central-1/alias/bankcore?profile=me",
    ],
)
def test_an_address_that_is_none_is_refused_without_repeating_it(url: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"(not an address|only `endpoint`)") as refused:
        AwsKms(url, before=lambda: LocalKeys(tmp_path))

    assert "secret" not in str(refused.value)
