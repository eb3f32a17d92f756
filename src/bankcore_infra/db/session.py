"""The state of a session: what our statements depend on is set by us, whatever server, role and environment say."""

from collections.abc import Mapping
from typing import Any, Final

from psycopg import Connection as DriverConnection
from psycopg import IsolationLevel
from sqlalchemy import Connection

from bankcore.errors import InvalidRequestError
from bankcore_infra.db import arrays
from bankcore_infra.db.arrays import Packed
from bankcore_infra.db.driver import BoundedConnection
from bankcore_infra.db.exchange import Exchange, Sent, Statement

ENCODING: Final = "UTF8"
# What text, times and rules mean.
_MEANING: Final = {
    "array_nulls": "on",
    "bytea_output": "hex",
    "client_encoding": ENCODING,
    "datestyle": "ISO, MDY",
    "default_transaction_deferrable": "off",
    "default_transaction_isolation": "read committed",
    "extra_float_digits": "1",
    "idle_session_timeout": "0",
    "intervalstyle": "postgres",
    "row_security": "on",
    "search_path": "public",
    "standard_conforming_strings": "on",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "transaction_timeout": "0",
    "transform_null_equals": "off",
}
# A forgotten or waiting transaction ends by itself. Every statement has its index: a plan made while a table was tiny
# would scan it, and be kept while the table grows.
_LIMITS: Final = {
    "lock_timeout": "2s",
    "statement_timeout": "5s",
    "idle_in_transaction_session_timeout": "10s",
    "enable_seqscan": "off",
    "jit": "off",
}
# A server without one of them, such as an older one, needs no value for it. A commit that waits for more than our own
# disk is somebody's decision; one that waits for less is not.
_SET: Final = """
    SELECT pg_backend_pid(), count(set_config(wanted.name, wanted.value, {pid} = 0))
    FROM unnest({names}::text[], {values}::text[]) AS wanted (name, value)
    WHERE current_setting(wanted.name, true) IS NOT NULL AND {pid} IN (0, pg_backend_pid())
      AND (wanted.name <> 'synchronous_commit' OR current_setting('synchronous_commit') IN ('off', 'local'))
"""
# In the session with that backend; with none, in the transaction.
SETTING: Final = Statement(_SET.format(names="$1", values="$2", pid="$3::bigint"), is_prepared=False)
_SET_IN_TRANSACTION: Final = _SET.format(names="%s", values="%s", pid="0")
_OF_BEGIN: Final = "default_transaction_"


def settings_of_ours(*, has_limits: bool, reads_only: bool) -> Mapping[str, str]:
    """The settings of a connection of ours, by name."""
    access = {"default_transaction_read_only": "on" if reads_only else "off"}
    return {**_MEANING, **access, **(_LIMITS if has_limits else {})}


def give_settings(connection: BoundedConnection, settings: Mapping[str, str]) -> None:
    """Give the session these settings, over everything that server, database, role and environment say.

    Behind a pooler, which is known by another backend answering than the one that greeted us, each transaction is given
    them instead: its session may be a new one, and is somebody else's afterwards.

    Raises:
        ExchangeError: the server refused, or is gone.
    """
    greeted_by = connection.info.backend_pid
    exchange = Exchange(connection, None)
    exchange.send(Sent(SETTING, (*_columns(settings), greeted_by)))
    answers = exchange.finish()
    if answers[0][0][0] != greeted_by:
        connection.settings_each_time = {
            name: value for name, value in settings.items() if not name.startswith(_OF_BEGIN)
        }
        # The driver says these with BEGIN; they cannot be set for a transaction that has begun.
        connection.isolation_level = IsolationLevel.READ_COMMITTED
        connection.read_only = settings[f"{_OF_BEGIN}read_only"] == "on"
        connection.deferrable = False


def setting_each_time(connection: DriverConnection[Any]) -> Sent | None:
    """What a transaction on that connection begins with, if its session has no settings of ours."""
    if not isinstance(connection, BoundedConnection) or connection.settings_each_time is None:
        return None
    return Sent(SETTING, (*_columns(connection.settings_each_time), 0))


def give_settings_each_time(connection: Connection) -> None:
    """As `setting_each_time`, for a transaction that SQLAlchemy has just begun."""
    driver = connection.connection.driver_connection
    if isinstance(driver, BoundedConnection) and driver.settings_each_time is not None:
        connection.exec_driver_sql(_SET_IN_TRANSACTION, _columns(driver.settings_each_time))


def require_fit(connection: DriverConnection[Any]) -> None:
    """Require that the books can be told what is said on this connection, which somebody else has opened.

    The driver knows it without asking the server.

    Raises:
        InvalidRequestError: text would arrive as something else.
    """
    encoding = connection.info.parameter_status("client_encoding")
    if encoding != ENCODING:
        raise InvalidRequestError(
            detail=f"the connection has client_encoding {encoding}; the books need one with {ENCODING}"
        )


def lift_time_limit(connection: Connection) -> None:
    """Let statements of this transaction take their time, on either side, and not more of it than they need."""
    # With row level security the planner takes each table for much smaller than it is, and would compare all rows of
    # one that it keeps with all of another one. There is an index for it.
    connection.exec_driver_sql(
        "SELECT set_config('statement_timeout', '0', true), set_config('enable_material', 'off', true)"
    )
    driver = connection.connection.driver_connection
    if isinstance(driver, BoundedConnection):
        driver.has_patience = True


def encoding_fault(connection: Connection) -> str | None:
    """Why the database cannot keep every text as it is, in one line; None if it can."""
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
    if encoding == ENCODING:
        return None
    return f"the database is encoded in {encoding}; make it with ENCODING '{ENCODING}' TEMPLATE template0"


def _columns(settings: Mapping[str, str]) -> tuple[Packed, Packed]:
    return arrays.texts(list(settings)), arrays.texts(list(settings.values()))
