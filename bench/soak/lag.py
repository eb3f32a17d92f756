"""How far sealing and the outbox are behind: read by indexes, from where they are on, and never more than a limit."""

from dataclasses import dataclass
from typing import Any, Final

import psycopg

from bench.ours import TENANT

COUNTED_MAX: Final = 100_000
_TENANT: Final = "SELECT id FROM bankcore.tenants WHERE slug = %(slug)s"
_BEHIND: Final = """
    SELECT count(*), greatest(coalesce(extract(epoch FROM now() - min(at)), 0), 0)::float8 FROM (
        (SELECT log.at FROM bankcore.log_leaves AS leaf
         JOIN bankcore.audit_log AS log ON log.tenant_id = leaf.tenant_id AND log.id = leaf.audit_id
         WHERE leaf.tenant_id = %(tenant)s AND leaf.idx >= coalesce(({reached}), 0) ORDER BY leaf.idx LIMIT %(most)s)
        UNION ALL
        (SELECT log.at FROM bankcore.log_states AS state
         JOIN bankcore.audit_log AS log ON log.tenant_id = state.tenant_id AND log.xid >= state.below
         WHERE state.tenant_id = %(tenant)s ORDER BY log.xid, log.id LIMIT %(most)s)) AS behind
"""
_UNSEALED: Final = _BEHIND.format(
    reached="""
    SELECT size FROM bankcore.checkpoints WHERE tenant_id = %(tenant)s ORDER BY tenant_id DESC, size DESC LIMIT 1
"""
)
_UNREAD: Final = _BEHIND.format(reached="SELECT min(position) FROM bankcore.cursors WHERE tenant_id = %(tenant)s")
_PARKED: Final = """
    SELECT count(*) FILTER (WHERE status <> 'dead'), count(*) FILTER (WHERE status = 'dead')
    FROM (SELECT status FROM bankcore.parked_events WHERE tenant_id = %(tenant)s LIMIT %(most)s) AS parked
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """How much is behind at one moment, and for how long the oldest of it has been waiting.

    Records wait for the seal and for the slowest consumer; parked events wait to be tried again.
    """

    unsealed: int
    unsealed_age_s: float
    unread: int
    unread_age_s: float
    parked: int
    dead: int

    @property
    def outbox(self) -> int:
        """Events that are still to be carried out."""
        return self.unread + self.parked


class LagReader:
    """Reads the lag of one bank's tenant, as a superuser whom no policy of rows slows down."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._sql = connection
        # As the bank's own sessions: a plan that was made while a table was tiny would read all of it later.
        connection.execute("SET enable_seqscan = off")
        self._parameters: dict[str, Any] = {"slug": TENANT, "most": COUNTED_MAX}
        (self._parameters["tenant"],) = self._row(_TENANT)

    def read(self) -> Lag:
        """The lag now."""
        unsealed, unsealed_age_s = self._row(_UNSEALED)
        unread, unread_age_s = self._row(_UNREAD)
        parked, dead = self._row(_PARKED)
        return Lag(
            unsealed=unsealed,
            unsealed_age_s=unsealed_age_s,
            unread=unread,
            unread_age_s=unread_age_s,
            parked=parked,
            dead=dead,
        )

    def _row(self, statement: str) -> tuple[Any, ...]:
        row = self._sql.execute(statement, self._parameters).fetchone()
        assert row is not None  # noqa: S101 - an aggregate has a row
        return row
