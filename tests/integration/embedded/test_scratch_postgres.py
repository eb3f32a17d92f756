"""The throw-away PostgreSQL."""

from pathlib import Path

import psycopg
import pytest

from bankcore_infra.embedded import EmbeddedServersError, scratch_postgres

pytestmark = pytest.mark.timeout(60)


@pytest.mark.parametrize("version", [16, 18])
def test_a_scratch_server_of_each_version_runs_and_leaves_nothing(version: int) -> None:
    with (
        scratch_postgres({"fsync": "off"}, version=version) as server,
        psycopg.connect(server.dsn("postgres", "postgres")) as connection,
    ):
        row = connection.execute(
            "SELECT current_setting('server_version_num')::int / 10000, current_setting('fsync'),"
            " current_setting('data_checksums'), current_setting('data_directory')"
        ).fetchone()

    assert row is not None
    assert row[:3] == (version, "off", "on")
    assert not Path(row[3]).parent.exists()


def test_a_version_that_is_not_in_the_wheel_is_refused() -> None:
    with (
        pytest.raises(EmbeddedServersError, match="no embedded PostgreSQL 9; there are 16, 18"),
        scratch_postgres({}, version=9),
    ):
        pytest.fail("it started")
