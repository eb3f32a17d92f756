"""Passwords of the login roles, given by whoever made the roles (docs/adr/0024)."""

from collections.abc import Mapping
from typing import Final

from psycopg import Connection as DriverConnection
from psycopg import sql

from bankcore_infra.db.engine import single_engine
from bankcore_infra.db.revisions import OWNER_SETTING
from bankcore_infra.db.roles import DatabaseRole

_ALGORITHM: Final = b"scram-sha-256"


def set_passwords(owner_url: str, passwords: Mapping[DatabaseRole, str]) -> None:
    """Give each role its password, all of them or none.

    What is sent is the verifier that the server keeps (RFC 5802): the password itself could end in a log of statements.
    """
    engine = single_engine(owner_url, application_name="bankcore db", setting=OWNER_SETTING)
    with engine.begin() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, DriverConnection)  # noqa: S101 - the URL names the driver
        for role, password in passwords.items():
            verifier = driver.pgconn.encrypt_password(password.encode(), role.encode(), _ALGORITHM)
            driver.execute(
                sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(verifier.decode()))
            )
    engine.dispose()
