"""What wraps data keys, on every adapter: for one place, also after a rotation."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final
from uuid import UUID

import pytest

from bankcore.encryption.key_encryption import KeyEncryption, SecretPlace, UnreadableSecretError, WrappedKey
from bankcore.identifiers import TenantId
from bankcore.testing.encryption import InMemoryKeyEncryption
from bankcore_infra.encryption.aws_kms import AwsKms
from bankcore_infra.encryption.local_keys import LocalKeys
from tests.worlds.aws import ALIAS, aws_on_this_machine, make_aws_key

pytestmark = [pytest.mark.enable_socket, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

DATA_KEY: Final = bytes(range(32))
PLACE: Final = SecretPlace(tenant_id=TenantId(UUID(int=1)), purpose="totp", owner_id=UUID(int=2))


@pytest.fixture(scope="module")
def aws() -> Iterator[str]:
    with aws_on_this_machine() as endpoint:
        yield endpoint


@pytest.fixture(params=["in memory", "in files", "in AWS KMS"])
def keys(request: pytest.FixtureRequest, tmp_path: Path) -> KeyEncryption:
    if request.param == "in memory":
        return InMemoryKeyEncryption()
    files = LocalKeys(tmp_path / "keys")
    if request.param == "in files":
        return files
    endpoint = request.getfixturevalue("aws")
    make_aws_key(endpoint)
    return AwsKms(f"awskms://eu-central-1/{ALIAS}?endpoint={endpoint}", before=lambda: files)


def test_a_data_key_is_unwrapped_for_its_place_alone(keys: KeyEncryption) -> None:
    wrapped = keys.wrap(DATA_KEY, PLACE)

    assert keys.unwrap(wrapped, PLACE) == DATA_KEY
    assert DATA_KEY not in wrapped.content
    with pytest.raises(UnreadableSecretError):
        keys.unwrap(wrapped, replace(PLACE, owner_id=UUID(int=3)))


def test_a_new_key_wraps_from_then_on_and_older_ones_go_on_unwrapping(keys: KeyEncryption) -> None:
    older = keys.wrap(DATA_KEY, PLACE)

    name = keys.add_key()

    newer = keys.wrap(DATA_KEY, PLACE)
    assert name == keys.get_newest_name() == newer.key_name != older.key_name
    assert [keys.unwrap(each, PLACE) for each in (older, newer)] == [DATA_KEY, DATA_KEY]


def test_a_key_that_nobody_has_unwraps_nothing(keys: KeyEncryption) -> None:
    wrapped = keys.wrap(DATA_KEY, PLACE)

    with pytest.raises(UnreadableSecretError):
        keys.unwrap(WrappedKey("lost", wrapped.content), PLACE)
