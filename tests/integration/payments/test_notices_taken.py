"""Notices of providers are taken one at a time, by any plan of the database, and emptied when nobody works on them."""

from pathlib import Path

import pytest

from bankcore.payments.notices import NoticeSubject
from bankcore.providers.answers import ChargeAccepted
from bankcore.providers.states import ChargeStatus
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.payments.emptying import empty_notices
from bankcore_infra.payments.notices import take_due_notice
from tests.contract.payment_adapters import PaymentAdapter, postgresql_payment_adapter
from tests.integration.metrics.test_bank_metrics import figures
from tests.worlds.sql_bank import SqlBank

WAITING = ChargeAccepted(provider_id="ch_7", status=ChargeStatus.REQUIRES_ACTION)
# The first one that is due stands first in the index, by which this plan goes from notice to notice.
_IN_ORDER = """
    UPDATE bankcore.provider_notices AS notice SET due_at = now() - interval '1 hour' + place * interval '1 second'
    FROM (SELECT digest, row_number() OVER (ORDER BY digest) AS place FROM bankcore.provider_notices) AS ordered
    WHERE ordered.digest = notice.digest
"""
_NEXT_TO_EACH_OTHER = ("seqscan", "hashjoin", "mergejoin", "material", "bitmapscan")
# As the release of before left them, and as the tenth try leaves them.
_STAND = """
    UPDATE bankcore.provider_notices AS notice
    SET received_at = now() - stands.age::interval, ended_at = CASE WHEN is_ended THEN now() END,
        due_at = CASE WHEN is_due THEN now() END
    FROM (SELECT digest, row_number() OVER (ORDER BY digest) AS place FROM bankcore.provider_notices) AS ordered
    JOIN (VALUES (1, '1 day', true, false), (2, '31 days', false, false), (3, '29 days', false, false),
        (4, '31 days', false, true)) AS stands (place, age, is_ended, is_due) USING (place)
    WHERE ordered.digest = notice.digest
"""
_LEFT = "SELECT due_at IS NOT NULL, body <> '' FROM bankcore.provider_notices ORDER BY digest"


@pytest.fixture
def payments(bank: SqlBank, tmp_path: Path) -> PaymentAdapter:
    return postgresql_payment_adapter(bank, tmp_path)


def tell(payments: PaymentAdapter, payments_made: int) -> None:
    """Have the provider tell of so many payments."""
    for _ in range(payments_made):
        payments.provider.answer_next(WAITING)
        reference = payments.paid().attempt.reference
        payments.provider.settle(reference, ChargeStatus.SUCCEEDED)
        assert payments.receive(payments.config.id, *payments.provider.webhook_about(reference))


def test_one_notice_is_taken_by_any_plan(payments: PaymentAdapter, bank: SqlBank) -> None:
    tell(payments, 3)
    bank.scratch.execute(_IN_ORDER)
    bank.scratch.execute("ANALYZE bankcore.provider_notices")

    def take(connection: TenantConnection) -> bool:
        for way in _NEXT_TO_EACH_OTHER:
            connection.sql.exec_driver_sql(f"SET LOCAL enable_{way} = off")
        return take_due_notice(connection, NoticeSubject.CHARGE) is not None

    transactions = OwnTransactions(bank.database, bank.tenant_id)
    assert [transactions.run(take, resubmittable=False) for _ in range(4)] == [True, True, True, False]


def test_a_job_empties_what_was_ended_before_or_tried_in_vain_long_ago(payments: PaymentAdapter, bank: SqlBank) -> None:
    tell(payments, 4)
    bank.scratch.execute(_STAND)
    # What was ended before has a body too.
    assert figures(bank.database)["bankcore_provider_notices_given_up"] == 2
    kept_alive: list[None] = []

    emptied = empty_notices(bank.database, bank.tenant_id, lambda: kept_alive.append(None), batch=1)

    assert (emptied, len(kept_alive)) == (2, 2)
    assert figures(bank.database)["bankcore_provider_notices_given_up"] == 1
    assert bank.scratch.rows(_LEFT) == [(False, False), (False, False), (False, True), (True, True)]
    assert bank.removals() == [("provider_notices.emptied", "notice_emptying", 1)] * 2
