"""Audit records of payments and configurations: states and amounts, nothing of a payer and no credential."""

from typing import Final

from bankcore.actions import Subject
from bankcore.events.stamps import CommandRefused
from bankcore.payments.actions import NOTICE_REDRIVEN
from bankcore.payments.captures import CaptureMethod
from bankcore.payments.configuration_ports import ProviderConfigChanged
from bankcore.payments.events import PaymentMoved
from bankcore.payments.redrive import NoticeRedriven
from bankcore_infra.audit.recording.canonical import CanonicalValue
from bankcore_infra.audit.recording.context import AuditContexts
from bankcore_infra.audit.recording.records import AuditRecord, Deed, Records, make_record
from bankcore_infra.audit.recording.refusals import refusal_record


def _moved(event: PaymentMoved, contexts: AuditContexts) -> AuditRecord:
    payment, attempt = event.payment, event.payment.attempt
    facts: dict[str, CanonicalValue] = {
        "status": payment.status,
        "before": event.before,
        "attempt": str(attempt.id),
        "attemptStatus": attempt.status,
        "attemptBefore": event.attempt_before,
        "config": str(attempt.config_id),
        "account": str(payment.account_id),
        "amount": payment.amount.to_decimal_string(),
        "currency": payment.amount.currency.code,
        "captureMethod": None if payment.capture_method is CaptureMethod.AUTOMATIC else payment.capture_method,
        "capture": None if payment.capture is None else payment.capture.amount.to_decimal_string(),
        "fee": None if payment.fee is None else payment.fee.to_decimal_string(),
        "transaction": None if payment.transaction_id is None else str(payment.transaction_id),
        "problem": payment.problem,
    }
    if event.told is not None:
        facts |= {"reason": event.told.reason, "evidence": event.told.evidence}
    deed = Deed(event.action, subject=Subject("payment", payment.id), account_ids=[payment.account_id])
    return make_record(event.stamp, deed, {"payment": facts}, contexts)


def _configured(event: ProviderConfigChanged, contexts: AuditContexts) -> AuditRecord:
    config = event.config
    facts: dict[str, CanonicalValue] = {
        "name": config.name,
        "provider": config.provider,
        "priority": config.priority,
        "weight": config.weight,
        "enabled": config.is_enabled,
        "version": config.version,
    }
    deed = Deed(event.action, subject=Subject("provider_config", config.id))
    return make_record(event.stamp, deed, {"providerConfig": facts}, contexts)


def _redriven(event: NoticeRedriven, contexts: AuditContexts) -> AuditRecord:
    notice = event.notice
    facts: dict[str, CanonicalValue] = {"digest": notice.digest.hex(), "name": notice.name, "subject": notice.subject}
    deed = Deed(NOTICE_REDRIVEN, subject=Subject("provider_config", notice.config_id))
    return make_record(event.stamp, deed, {"notice": facts}, contexts)


RECORDS: Final[Records] = {
    PaymentMoved: _moved,
    ProviderConfigChanged: _configured,
    NoticeRedriven: _redriven,
    CommandRefused: refusal_record,
}
