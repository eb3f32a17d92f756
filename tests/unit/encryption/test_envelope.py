"""A secret at rest is read only with its key, at its place, as it was written."""

from dataclasses import replace
from pathlib import Path
from typing import Final
from uuid import UUID

import pytest

from bankcore.encryption.key_encryption import SecretPlace, UnreadableSecretError, WrappedKey
from bankcore.identifiers import TenantId
from bankcore_infra.encryption.envelope import EncryptedSecret, disclose, enclose, rewrap
from bankcore_infra.encryption.local_keys import LocalKeys
from bankcore_infra.keys.key_files import UnusableKeyError

SECRET: Final = b"a secret of twenty.."
PLACE: Final = SecretPlace(tenant_id=TenantId(UUID(int=1)), purpose="totp", owner_id=UUID(int=2))


@pytest.fixture
def keys(tmp_path: Path) -> LocalKeys:
    return LocalKeys(tmp_path / "keys")


def test_a_secret_is_read_where_it_was_written_by_any_process_with_the_keys(keys: LocalKeys, tmp_path: Path) -> None:
    stored = enclose(keys, PLACE, SECRET)

    assert SECRET not in stored.content + stored.key.content
    assert disclose(LocalKeys(tmp_path / "keys"), PLACE, stored) == SECRET


def test_the_same_secret_is_encrypted_differently_each_time(keys: LocalKeys) -> None:
    assert enclose(keys, PLACE, SECRET).content != enclose(keys, PLACE, SECRET).content


@pytest.mark.parametrize(
    "elsewhere",
    [
        replace(PLACE, tenant_id=TenantId(UUID(int=9))),
        replace(PLACE, purpose="provider"),
        replace(PLACE, owner_id=UUID(int=9)),
    ],
    ids=lambda place: place.text,
)
def test_a_secret_that_was_moved_to_another_place_is_not_read(keys: LocalKeys, elsewhere: SecretPlace) -> None:
    stored = enclose(keys, PLACE, SECRET)
    other = enclose(keys, elsewhere, SECRET)

    with pytest.raises(UnreadableSecretError, match="moved there"):
        disclose(keys, elsewhere, stored)
    with pytest.raises(UnreadableSecretError, match="belongs to another place"):
        disclose(keys, elsewhere, EncryptedSecret(other.key, stored.content))


@pytest.mark.parametrize("part", ["key", "content"])
def test_no_changed_or_shortened_byte_is_taken(keys: LocalKeys, part: str) -> None:
    stored = enclose(keys, PLACE, SECRET)
    whole = stored.key.content if part == "key" else stored.content
    flipped = [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in range(len(whole))]
    cut = [whole[:length] for length in range(len(whole))]

    for changed in (*flipped, *cut, whole + b"\0"):
        if part == "key":
            forged = EncryptedSecret(WrappedKey(stored.key.key_name, changed), stored.content)
        else:
            forged = EncryptedSecret(stored.key, changed)
        with pytest.raises(UnreadableSecretError, match="changed"):
            disclose(keys, PLACE, forged)


def test_after_a_rotation_old_secrets_are_read_and_new_ones_have_the_new_key(keys: LocalKeys, tmp_path: Path) -> None:
    reader = LocalKeys(tmp_path / "keys")
    old = enclose(keys, PLACE, SECRET)

    name = keys.add_key()

    moved = rewrap(keys, PLACE, old)
    assert moved.key.key_name == name != old.key.key_name
    assert moved.content == old.content
    assert enclose(reader, PLACE, SECRET).key.key_name == name
    assert [disclose(reader, PLACE, each) for each in (old, moved)] == [SECRET, SECRET]


def test_a_lost_key_is_named_with_the_folder_where_it_was(keys: LocalKeys, tmp_path: Path) -> None:
    stored = enclose(keys, PLACE, SECRET)
    (tmp_path / "keys" / "secrets-0001.key").unlink()

    with pytest.raises(UnreadableSecretError, match=f"{stored.key.key_name}.*{tmp_path / 'keys'}.*backup"):
        disclose(LocalKeys(tmp_path / "keys"), PLACE, stored)


def test_a_file_that_is_no_key_or_that_others_may_read_is_refused(keys: LocalKeys, tmp_path: Path) -> None:
    file = tmp_path / "keys" / "secrets-0001.key"
    assert file.stat().st_mode & 0o777 == 0o600

    file.chmod(0o640)
    with pytest.raises(UnusableKeyError, match="chmod 600"):
        keys.get_newest_name()

    file.chmod(0o600)
    file.write_bytes(b"short")
    with pytest.raises(UnusableKeyError, match="32 bytes"):
        keys.get_newest_name()


def test_nothing_that_is_printed_holds_the_secret(keys: LocalKeys) -> None:
    stored = enclose(keys, PLACE, SECRET)

    assert repr(stored) == f"EncryptedSecret(key=WrappedKey(key_name='{stored.key.key_name}'))"
