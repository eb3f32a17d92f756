"""Work is found for all tenants in one statement, by what the database knows and not by who was told."""

import time
from typing import Final

import psycopg
import pytest

from bankcore.identifiers import TenantId
from bankcore_infra.work.cursors import Work
from tests.worlds.sql_bank import APP, SqlBank
from tests.worlds.values import npr
from tests.worlds.workers import Workers, failing, pay

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


def found(workers: Workers) -> dict[TenantId, Work]:
    return {work.tenant_id: work for work in workers.relay.find_work()}


def test_a_bank_at_rest_has_no_work(workers: Workers, other_bank: SqlBank) -> None:
    pay(workers)
    other_bank.open_account()
    assert set(found(workers)) == {workers.bank.tenant_id, other_bank.tenant_id}

    for tenant_id in found(workers):
        workers.relay.sweep(tenant_id)
        workers.follower.follow(tenant_id, "recorder")

    assert found(workers) == {}


def test_what_has_no_position_is_found_and_then_who_has_not_read_it(workers: Workers) -> None:
    pay(workers)
    assert workers.relay.find_work() == [Work(workers.bank.tenant_id, has_unplaced=True, behind=[])]

    workers.relay.sweep(workers.bank.tenant_id)

    assert workers.relay.find_work() == [Work(workers.bank.tenant_id, has_unplaced=False, behind=["recorder"])]


def test_what_is_committed_late_is_found_by_the_number_of_its_transaction(workers: Workers) -> None:
    alice, bob = pay(workers)
    with workers.bank.database.engine_for(workers.bank.tenant_id).connect() as early:
        early.exec_driver_sql("SELECT pg_current_xact_id()")
        workers.bank.using(early).transfer(alice, bob, npr("2.00"))
        pay(workers)
        workers.run()
        assert found(workers) == {}

        early.commit()

    assert found(workers)[workers.bank.tenant_id].has_unplaced
    workers.run()
    assert workers.sequences(alice) == [1, 2]


def test_a_parked_event_is_work_when_it_is_due(workers: Workers) -> None:
    workers.consumers[0].before = failing(ValueError("no"), when=lambda _event: True)
    pay(workers)
    workers.run()
    assert found(workers) == {}

    workers.make_due()

    assert found(workers)[workers.bank.tenant_id].behind == ["recorder"]


def test_only_the_application_may_ask(workers: Workers) -> None:
    for role in ("bankcore_auditor", "bankcore_sealer"):
        with (
            psycopg.connect(workers.bank.scratch.url(role)) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute("SELECT bankcore.find_work('{recorder}')")


def test_the_application_still_sees_the_cursors_of_one_tenant_at_a_time(workers: Workers, other_bank: SqlBank) -> None:
    pay(workers)
    workers.run()
    workers.relay.sweep(other_bank.tenant_id)
    with psycopg.connect(workers.bank.scratch.url(APP)) as connection:
        assert connection.execute("SELECT count(*) FROM bankcore.cursors").fetchone() == (0,)
        connection.execute("SELECT set_config('bankcore.tenant_id', %s, false)", [str(workers.bank.tenant_id)])
        assert connection.execute("SELECT count(*) FROM bankcore.cursors").fetchone() == (1,)


def test_one_of_ten_thousand_tenants_is_found_at_once(workers: Workers) -> None:
    with workers.bank.scratch.connection() as connection, connection.transaction():
        connection.execute(_TENANTS, [MANY])
        connection.execute(_STATES.encode())
        connection.execute(_CURSORS.encode())
    workers.bank.scratch.execute("ANALYZE")
    workers.relay.find_work()

    began = time.perf_counter()
    work = workers.relay.find_work()
    took_s = time.perf_counter() - began

    print(f"{took_s * 1_000:.1f} ms")  # noqa: T201 - shown with -s
    assert [each.behind for each in work] == [["recorder"]]
    assert took_s < WITHIN_S
