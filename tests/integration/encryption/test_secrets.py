"""Secrets in PostgreSQL: kept for their tenant, read at their place, given to a new key while others work."""

from pathlib import Path
from typing import Final
from uuid import UUID

import pytest

from bankcore.encryption.key_encryption import UnreadableSecretError
from bankcore.origin import Origin
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.encryption.local_keys import LocalKeys
from bankcore_infra.encryption.rotation import SecretRotation
from bankcore_infra.encryption.secret_store import SecretStore
from tests.worlds.sql_bank import SqlBank

ADMIN: Final = Origin(actor_type="operator", actor_id="command line")


@pytest.fixture
def keys(tmp_path: Path) -> LocalKeys:
    return LocalKeys(tmp_path / "keys")


def keep(bank: SqlBank, keys: LocalKeys, count: int) -> None:
    """Keep a secret of each of so many owners."""

    def work(connection: object) -> None:
        for number in range(count):
            SecretStore(keys).keep(connection, "totp", UUID(int=number), b"secret %d" % number)  # type: ignore[arg-type]

    OwnTransactions(bank.database, bank.tenant_id).run(work)


def find(bank: SqlBank, keys: LocalKeys, number: int, purpose: str = "totp") -> bytes | None:
    return OwnTransactions(bank.database, bank.tenant_id).rehearse(
        lambda connection: SecretStore(keys).find(connection, purpose, UUID(int=number))
    )


def key_names(bank: SqlBank) -> list[object]:
    """The key of each secret of all tenants."""
    return [name for (name,) in bank.scratch.rows("SELECT key_name FROM bankcore.encrypted_secrets ORDER BY owner_id")]


def test_a_secret_is_found_replaced_and_forgotten(bank: SqlBank, keys: LocalKeys) -> None:
    keep(bank, keys, 2)
    transactions = OwnTransactions(bank.database, bank.tenant_id)

    transactions.run(lambda connection: SecretStore(keys).keep(connection, "totp", UUID(int=0), b"another"))
    transactions.run(lambda connection: SecretStore(keys).forget(connection, "totp", UUID(int=1)))

    assert [find(bank, keys, 0), find(bank, keys, 1), find(bank, keys, 0, "provider")] == [b"another", None, None]


def test_a_row_that_was_given_to_somebody_else_is_not_read(bank: SqlBank, keys: LocalKeys) -> None:
    keep(bank, keys, 1)

    bank.scratch.execute("UPDATE bankcore.encrypted_secrets SET owner_id = %s", UUID(int=7))

    with pytest.raises(UnreadableSecretError, match=str(UUID(int=7))):
        find(bank, keys, 7)


def test_a_rotation_gives_every_secret_of_every_tenant_to_the_new_key(
    bank: SqlBank, other_bank: SqlBank, keys: LocalKeys
) -> None:
    keep(bank, keys, 5)
    keep(other_bank, keys, 2)
    shown: list[tuple[int, int]] = []

    done = SecretRotation(bank.database, keys, ADMIN, batch=2).run(
        [bank.tenant_id, other_bank.tenant_id], lambda done, total: shown.append((done, total))
    )

    assert (done.is_resumed, done.rewrapped, done.unreadable) == (False, 7, [])
    assert set(key_names(bank)) == {done.key_name} == {keys.get_newest_name()}
    assert shown == [(2, 7), (4, 7), (5, 7), (7, 7), (7, 7)]
    assert [find(bank, keys, number) for number in range(5)] == [b"secret %d" % number for number in range(5)]
    recorded = (
        "SELECT convert_from(body, 'UTF8')::jsonb -> 'secrets' ->> 'count' FROM bankcore.audit_log WHERE action = %s"
    )
    assert sorted(bank.scratch.rows(recorded, "secrets.rewrapped")) == [("1",), ("2",), ("2",), ("2",)]


def test_a_rotation_that_was_stopped_half_way_goes_on_with_the_same_key(bank: SqlBank, keys: LocalKeys) -> None:
    keep(bank, keys, 6)

    class StopError(Exception):
        """The rotation is killed."""

    def stop(done: int, _total: int) -> None:
        if done == 4:
            raise StopError

    with pytest.raises(StopError):
        SecretRotation(bank.database, keys, ADMIN, batch=2).run([bank.tenant_id], stop)
    half_way = key_names(bank)
    read_meanwhile = [find(bank, keys, number) for number in range(6)]

    done = SecretRotation(bank.database, keys, ADMIN, batch=2).run([bank.tenant_id])

    assert len(set(half_way)) == 2
    assert read_meanwhile == [b"secret %d" % number for number in range(6)]
    assert (done.is_resumed, done.rewrapped) == (True, 2)
    assert set(key_names(bank)) == {done.key_name} == {half_way[0]}


def test_a_secret_that_nobody_can_read_keeps_no_other_from_the_new_key(bank: SqlBank, keys: LocalKeys) -> None:
    keep(bank, keys, 5)
    bank.scratch.execute("UPDATE bankcore.encrypted_secrets SET content = %s WHERE owner_id = %s", b"\1", UUID(int=2))

    done = SecretRotation(bank.database, keys, ADMIN, batch=2).run([bank.tenant_id])

    assert done.rewrapped == 4
    assert [str(UUID(int=2)) in problem for problem in done.unreadable] == [True]
    assert key_names(bank).count(done.key_name) == 4
