from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bankcore_infra.keys.key_files import UnusableKeyError
from bankcore_infra.keys.key_ring import KeyRing


def test_keys_are_made_at_the_first_start_and_read_at_the_next(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "keys"

    first, second = KeyRing.open(folder), KeyRing.open(folder)

    assert first.signing.signing_kid == second.signing.signing_kid
    assert first.keyed_hash("a").of(b"x") == second.keyed_hash("a").of(b"x")
    assert [oct(path.stat().st_mode & 0o777) for path in sorted(folder.iterdir())] == ["0o600", "0o600"]
    assert oct(folder.stat().st_mode & 0o777) == "0o700"


def test_of_many_that_start_at_once_all_have_the_same_keys(tmp_path: Path) -> None:
    start = Barrier(8)

    def open_ring(_number: int) -> tuple[str, bytes]:
        start.wait()
        ring = KeyRing.open(tmp_path)
        return ring.signing.signing_kid, ring.secret

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(open_ring, range(8)))) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["access-0001.pem", "identity.secret"]


@pytest.mark.parametrize("name", ["access-0001.pem", "identity.secret"])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, name: str) -> None:
    KeyRing.open(tmp_path)
    (tmp_path / name).chmod(0o640)

    with pytest.raises(UnusableKeyError, match=f"{name} must be readable by its owner alone"):
        KeyRing.open(tmp_path)


def test_a_file_that_holds_no_key_of_ours_is_named(tmp_path: Path) -> None:
    KeyRing.open(tmp_path)
    elliptic = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    for name, content in (("access-0002.pem", elliptic), ("access-0002.pem", b"key"), ("identity.secret", b"short")):
        path = tmp_path / name
        path.write_bytes(content)
        path.chmod(0o600)
        with pytest.raises(UnusableKeyError, match=name):
            KeyRing.open(tmp_path)
        path.unlink()


def test_keyed_hashes_differ_by_purpose_and_by_how_the_parts_are_split(tmp_path: Path) -> None:
    ring = KeyRing.open(tmp_path)
    keyed_hash = ring.keyed_hash("a")

    outputs = {
        keyed_hash.of(b"xy"),
        keyed_hash.of(b"x", b"y"),
        keyed_hash.of(b"xy", b""),
        ring.keyed_hash("b").of(b"xy"),
    }

    assert len(outputs) == 4


def test_no_text_form_of_a_key_ring_shows_a_secret(tmp_path: Path) -> None:
    ring = KeyRing.open(tmp_path)

    assert ring.secret.hex() not in repr(ring)
    assert repr(ring.secret) not in repr(ring)
    assert repr(ring.keyed_hash("a").key) not in repr(ring.keyed_hash("a"))
