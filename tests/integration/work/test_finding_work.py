"""Work is found for all tenants in one statement, by what the database knows and not by who was told."""

import time
from typing import Final

import psycopg
import pytest

from bankcore.identifiers import TenantId
from bankcore_infra.work.cursors import Work
from tests.worlds.sql_bank import APP, SqlBank
from tests.worlds.values import npr
from tests.worlds.workers import Desk, failing, pay

MANY: Final = 10_000
# A twentieth of the time at one look a second is 50 ms; the rest is for a machine that runs other tests meanwhile.
WITHIN_S: Final = 1.0
_TENANTS: Final = """
    INSERT INTO bankcore.tenants (id, slug, name, kind)
    SELECT gen_random_uuid(), 't' || number, 'T', 'test' FROM generate_series(1, %s) AS number
"""
_STATES: Final = """
    INSERT INTO bankcore.log_states (tenant_id, size, below, system_id, in_progress, frontier)
    SELECT id, 7, pg_current_xact_id(), (SELECT system_identifier FROM pg_control_system()),
           ARRAY[pg_current_xact_id()], '{}'
    FROM bankcore.tenants WHERE slug LIKE 't%%'
"""
_CURSORS: Final = """
    INSERT INTO bankcore.cursors (tenant_id, consumer, position)
    SELECT id, 'recorder', CASE WHEN slug = 't42' THEN 6 ELSE 7 END FROM bankcore.tenants WHERE slug LIKE 't%%'
"""


def found(desk: Desk) -> dict[TenantId, Work]:
    return {work.tenant_id: work for work in desk.relay.find_work()}


def test_a_bank_at_rest_has_no_work(desk: Desk, other_bank: SqlBank) -> None:
    pay(desk)
    other_bank.open_account()
    assert set(found(desk)) == {desk.bank.tenant_id, other_bank.tenant_id}

    for tenant_id in found(desk):
        desk.relay.sweep(tenant_id)
        desk.follower.follow(tenant_id, "recorder")

    assert found(desk) == {}


def test_what_has_no_position_is_found_and_then_who_has_not_read_it(desk: Desk) -> None:
    pay(desk)
    assert desk.relay.find_work() == [Work(desk.bank.tenant_id, has_unplaced=True, behind=[])]

    desk.relay.sweep(desk.bank.tenant_id)

    assert desk.relay.find_work() == [Work(desk.bank.tenant_id, has_unplaced=False, behind=["recorder"])]


def test_what_is_committed_late_is_found_by_the_number_of_its_transaction(desk: Desk) -> None:
    alice, bob = pay(desk)
    with desk.bank.database.engine_for(desk.bank.tenant_id).connect() as early:
        early.exec_driver_sql("SELECT pg_current_xact_id()")
        desk.bank.using(early).transfer(alice, bob, npr("2.00"))
        pay(desk)
        desk.run()
        assert found(desk) == {}

        early.commit()

    assert found(desk)[desk.bank.tenant_id].has_unplaced
    desk.run()
    assert desk.sequences(alice) == [1, 2]


def test_a_parked_event_is_work_when_it_is_due(desk: Desk) -> None:
    desk.consumers[0].before = failing(ValueError("no"), when=lambda _event: True)
    pay(desk)
    desk.run()
    assert found(desk) == {}

    desk.make_due()

    assert found(desk)[desk.bank.tenant_id].behind == ["recorder"]


def test_only_the_application_may_ask(desk: Desk) -> None:
    for role in ("bankcore_auditor", "bankcore_sealer"):
        with (
            psycopg.connect(desk.bank.scratch.url(role)) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute("SELECT bankcore.find_work('{recorder}')")


def test_the_application_still_sees_the_cursors_of_one_tenant_at_a_time(desk: Desk, other_bank: SqlBank) -> None:
    pay(desk)
    desk.run()
    desk.relay.sweep(other_bank.tenant_id)
    with psycopg.connect(desk.bank.scratch.url(APP)) as connection:
        assert connection.execute("SELECT count(*) FROM bankcore.cursors").fetchone() == (0,)
        connection.execute("SELECT set_config('app.tenant_id', %s, false)", [str(desk.bank.tenant_id)])
        assert connection.execute("SELECT count(*) FROM bankcore.cursors").fetchone() == (1,)


def test_one_of_ten_thousand_tenants_is_found_at_once(desk: Desk) -> None:
    with desk.bank.scratch.connection() as connection, connection.transaction():
        connection.execute(_TENANTS, [MANY])
        connection.execute(_STATES.encode())
        connection.execute(_CURSORS.encode())
    desk.bank.scratch.execute("ANALYZE")
    desk.relay.find_work()

    began = time.perf_counter()
    work = desk.relay.find_work()
    took_s = time.perf_counter() - began

    print(f"{took_s * 1_000:.1f} ms")  # noqa: T201 - shown with -s
    assert [each.behind for each in work] == [["recorder"]]
    assert took_s < WITHIN_S
