"""What is still to be sent is found among all that was sent, whatever plan the server has made."""

from typing import Final

import pytest

from bankcore.notifications.deliveries import DeliveryStatus
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.notifications.store import _LIST_BY_STATUS
from tests.worlds.sql_notifications import NotificationWorld

_MANY_SENT: Final = """
    INSERT INTO bankcore.notifications
        (tenant_id, id, event_id, user_id, created_at, ended_at, channel, template, status, attempt)
    SELECT tenant_id, gen_random_uuid(), event_id, user_id, created_at, now(), channel, template, 'sent', 1
    FROM bankcore.notifications, generate_series(1, 5000)
"""


@pytest.mark.parametrize("status", [DeliveryStatus.PENDING, DeliveryStatus.FAILED, DeliveryStatus.DEAD])
def test_what_is_not_sent_yet_is_found_by_an_index(world: NotificationWorld, status: DeliveryStatus) -> None:
    world.register("sita")
    world.consume("user.registered")
    world.bank.scratch.execute(_MANY_SENT)
    world.bank.scratch.execute("ANALYZE bankcore.notifications")
    text = _LIST_BY_STATUS[status].replace("%s", "$1", 1).replace("%s", "$2", 1)

    def explain(connection: TenantConnection) -> str:
        connection.sql.exec_driver_sql("SET LOCAL plan_cache_mode = force_generic_plan")
        connection.sql.exec_driver_sql(f"PREPARE listing (uuid, bigint) AS {text}")
        plan = "\n".join(
            connection.sql.exec_driver_sql(f"EXPLAIN EXECUTE listing ('{connection.tenant_id}', 10)").scalars()
        )
        connection.sql.exec_driver_sql("DEALLOCATE listing")
        return plan

    plan = world.transactions.rehearse(explain)

    assert "notifications_unsent_idx" in plan, plan
