"""Notices of providers are taken one at a time, however the database looks for the one that is due."""

from pathlib import Path

import pytest

from bankcore.payments.notices import NoticeSubject
from bankcore.providers.answers import ChargeAccepted
from bankcore.providers.states import ChargeStatus
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.payments.notices import take_due_notice
from tests.contract.payment_adapters import PaymentAdapter, postgresql_payment_adapter
from tests.worlds.sql_bank import SqlBank

WAITING = ChargeAccepted(provider_id="ch_7", status=ChargeStatus.REQUIRES_ACTION)
# The first one that is due stands first in the index, by which this plan goes from notice to notice.
_IN_ORDER = """
    UPDATE bankcore.provider_notices AS notice SET due_at = now() - interval '1 hour' + place * interval '1 second'
    FROM (SELECT digest, row_number() OVER (ORDER BY digest) AS place FROM bankcore.provider_notices) AS ordered
    WHERE ordered.digest = notice.digest
"""
_NEXT_TO_EACH_OTHER = ("seqscan", "hashjoin", "mergejoin", "material", "bitmapscan")


@pytest.fixture
def payments(bank: SqlBank, tmp_path: Path) -> PaymentAdapter:
    return postgresql_payment_adapter(bank, tmp_path)


def test_one_notice_is_taken_by_any_plan(payments: PaymentAdapter, bank: SqlBank) -> None:
    for _ in range(3):
        payments.provider.answer_next(WAITING)
        reference = payments.paid().attempt.reference
        payments.provider.settle(reference, ChargeStatus.SUCCEEDED)
        assert payments.receive(payments.config.id, *payments.provider.webhook_about(reference))
    bank.scratch.execute(_IN_ORDER)
    bank.scratch.execute("ANALYZE bankcore.provider_notices")

    def take(connection: TenantConnection) -> bool:
        for way in _NEXT_TO_EACH_OTHER:
            connection.sql.exec_driver_sql(f"SET LOCAL enable_{way} = off")
        return take_due_notice(connection, NoticeSubject.CHARGE) is not None

    transactions = OwnTransactions(bank.database, bank.tenant_id)
    assert [transactions.run(take, resubmittable=False) for _ in range(4)] == [True, True, True, False]
