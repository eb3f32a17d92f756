"""Notices that were tried in vain, on both adapters: a person sees them, and has them tried again."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import pytest
from typing_extensions import override

from bankcore.encryption.key_encryption import UnreadableSecretError
from bankcore.errors import NotFoundError
from bankcore.payments.configurations import ProviderConfigId
from bankcore.payments.notices import NOTICE_PAUSE, NOTICE_TRIES_MAX, NoticeId, NoticeSubject, ProviderNotice
from bankcore.payments.payments import PaymentStatus
from bankcore.payments.ports import Providers, UsableProvider
from bankcore.payments.redrive import RedriveNotices
from bankcore.providers.answers import Unknown
from tests.contract.payment_adapters import ADMIN, NOWHERE, PaymentAdapter
from tests.contract.test_money_that_is_told import ACCOUNT, TELLS, come, waiting
from tests.worlds.sql_bank import SqlBank

RECORDED: Final = """
    SELECT outcome, actor_id, convert_from(body, 'UTF8')::json -> 'notice' ->> 'digest'
    FROM bankcore.audit_log WHERE tenant_id = %s AND action = 'provider_notice.redriven' ORDER BY at, id
"""


class Unreadable(Providers):
    """Their credentials cannot be read."""

    @override
    def list_usable(self) -> Sequence[UsableProvider]:
        return []

    @override
    def get_provider(self, config_id: ProviderConfigId) -> UsableProvider:
        raise UnreadableSecretError(str(config_id))


def give_up(payments: PaymentAdapter) -> None:
    """Try what was told as often as it is tried, while the provider is down."""
    payments.provider.silence = Unknown("time-out")
    for tries in range(NOTICE_TRIES_MAX):
        assert payments.heed_all() == 1
        payments.let_time_pass(NOTICE_PAUSE * (1 << tries))
    payments.provider.silence = None
    assert payments.heed_all() == 0


def test_money_that_a_provider_told_of_while_it_was_down_comes_once_a_person_has_the_notice_tried_again(
    payments: PaymentAdapter,
) -> None:
    payments.provider.become(TELLS)
    payment = waiting(payments)
    come(payments, "100.00")
    assert payments.redrive.list_given_up(limit=10) == []
    give_up(payments)
    assert payments.now(payment).status is PaymentStatus.REQUIRES_ACTION

    (found,) = payments.redrive.list_given_up(config_id=payments.config.id, limit=10)
    assert (found.about, found.notice.subject, found.notice.tries) == (ACCOUNT, NoticeSubject.CHARGE, NOTICE_TRIES_MAX)
    assert found.notice.received_at is not None
    redriven = payments.redrive.redrive(found.notice.id, origin=ADMIN, idempotency_key="again")
    assert payments.redrive.list_given_up(limit=10) == []
    payments.provider.silence = Unknown("time-out")
    assert payments.heed_all() == 1
    payments.provider.silence = None
    payments.let_time_pass(NOTICE_PAUSE)
    assert payments.heed_all() == 1

    assert payments.now(payment).status is PaymentStatus.COMPLETED
    assert payments.balance() == "98.50"
    again = payments.redrive.redrive(found.notice.id, origin=ADMIN, idempotency_key="again")
    assert (again.value, again.replayed, redriven.replayed) == (found.notice.id, True, False)
    with pytest.raises(NotFoundError):
        payments.redrive.redrive(found.notice.id, origin=ADMIN)
    if isinstance(payments.bank, SqlBank):
        told = payments.bank.scratch.rows(RECORDED, payments.bank.tenant_id)
        assert told == [("success", "admin", found.notice.digest.hex()), ("denied", "admin", None)]


def test_what_is_still_tried_or_not_there_is_not_tried_from_the_start(payments: PaymentAdapter) -> None:
    payments.provider.become(TELLS)
    waiting(payments)
    come(payments, "100.00")
    due = payments.units.run(lambda unit: unit.take_due_notice(NoticeSubject.CHARGE))
    assert due is not None

    for notice_id in (due.id, NoticeId(ProviderConfigId(NOWHERE), due.digest)):
        with pytest.raises(NotFoundError):
            payments.redrive.redrive(notice_id, origin=ADMIN)


def test_what_each_is_about_is_told_as_far_as_it_can_be_read(payments: PaymentAdapter) -> None:
    payments.provider.become(TELLS)
    waiting(payments)
    payout = ProviderNotice(
        config_id=payments.config.id, digest=bytes(32), name="payout", body=b"ours", subject=NoticeSubject.PAYOUT
    )
    unreadable = replace(payout, digest=b"\1" * 32, body=b"{}", subject=NoticeSubject.REFUND)
    for notice in (payout, unreadable):
        payments.units.run(lambda unit, notice=notice: unit.add_notice(notice))  # type: ignore[misc]
        for tries in range(NOTICE_TRIES_MAX):
            payments.units.run(lambda unit, notice=notice: unit.take_due_notice(notice.subject))  # type: ignore[misc]
            payments.let_time_pass(NOTICE_PAUSE * (1 << tries))
    come(payments, "100.00")
    give_up(payments)

    found = payments.redrive.list_given_up(limit=10)
    unread = RedriveNotices(payments.units, payments.queries, Unreadable()).list_given_up(limit=10)

    assert [each.about for each in found] == ["ours", None, ACCOUNT]
    assert [each.about for each in unread] == ["ours", None, None]
    assert len(payments.redrive.list_given_up(limit=2)) == 2
    assert payments.redrive.list_given_up(config_id=ProviderConfigId(NOWHERE), limit=10) == []
