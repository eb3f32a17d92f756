"""Audit records of assertions: what was stated, and by whom it was put down."""

from typing import Final

from bankcore.actions import Subject
from bankcore.assertions.actions import BALANCE_ASSERTED
from bankcore.assertions.assertions import BalanceAsserted
from bankcore.clock import instant_text
from bankcore.events.stamps import CommandRefused
from bankcore_infra.audit.recording.context import AuditContexts
from bankcore_infra.audit.recording.records import AuditRecord, Deed, Records, make_record
from bankcore_infra.audit.recording.refusals import refusal_record


def _asserted(event: BalanceAsserted, contexts: AuditContexts) -> AuditRecord:
    stated = event.assertion
    deed = Deed(BALANCE_ASSERTED, subject=Subject("assertion", stated.id), account_ids=[stated.account_id])
    facts = {
        "account": str(stated.account_id),
        "as_of": instant_text(stated.as_of),
        "balance": stated.stated.to_decimal_string(),
        "currency": stated.stated.currency.code,
        "source": stated.source,
    }
    return make_record(event.stamp, deed, {"assertion": facts}, contexts)


RECORDS: Final[Records] = {BalanceAsserted: _asserted, CommandRefused: refusal_record}
