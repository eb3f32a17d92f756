"""Servers that ask for a password, as all but the embedded one do."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from bankcore_infra.db.engine import single_engine
from bankcore_infra.db.migrate import upgrade
from bankcore_infra.db.passwords import set_passwords
from bankcore_infra.db.roles import DatabaseRole
from tests.e2e.external import PASSWORD, external_postgres, programs

pytestmark = [pytest.mark.timeout(120), pytest.mark.postgres, pytest.mark.enable_socket]


def _user(url: str) -> object:
    engine = single_engine(url)
    try:
        with engine.connect() as connection:
            return connection.scalar(text("SELECT current_user"))
    finally:
        engine.dispose()


def test_each_role_gets_in_with_its_own_password_and_with_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGREQUIREAUTH", "none")
    with external_postgres(max(programs(), key=int), admin="CREATEROLE CREATEDB") as postgres:
        postgres.execute("CREATE DATABASE bank OWNER admin")
        owner = f"postgresql://admin:{PASSWORD}@{postgres.address}/bank"
        app = f"postgresql://bankcore_app:s%20x@{postgres.address}/bank"

        assert upgrade(owner)
        with pytest.raises(OperationalError, match="password authentication failed"):
            _user(app)
        set_passwords(owner, {DatabaseRole.APP: "s x"})

        assert _user(app) == "bankcore_app"
        with pytest.raises(OperationalError, match="password authentication failed"):
            _user(app.replace("s%20x", PASSWORD))
