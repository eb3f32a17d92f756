"""A real PostgreSQL and a real Valkey out of Python wheels, run in a data folder by the process that needs them."""

from bankcore_infra.embedded.errors import DataDirInUseError, EmbeddedServersError
from bankcore_infra.embedded.revival import Revival
from bankcore_infra.embedded.scratch import scratch_postgres
from bankcore_infra.embedded.servers import EmbeddedServers

__all__ = ["DataDirInUseError", "EmbeddedServers", "EmbeddedServersError", "Revival", "scratch_postgres"]
