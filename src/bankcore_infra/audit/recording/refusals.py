"""Audit records of refusals: what was asked, and why it was refused."""

from dataclasses import fields
from datetime import datetime

from bankcore.clock import instant_text
from bankcore.errors import BankcoreError, ForbiddenError, NotFoundError
from bankcore.events.stamps import CommandRefused
from bankcore.money import Money
from bankcore_infra.audit.recording.canonical import CanonicalValue
from bankcore_infra.audit.recording.context import AuditContexts
from bankcore_infra.audit.recording.records import AuditRecord, Deed, make_record


def refusal_record(event: CommandRefused, contexts: AuditContexts) -> AuditRecord:
    """The record of a refused command."""
    deed = Deed(event.action, outcome_of(event.reason), event.subject)
    return make_record(event.stamp, deed, {"reason": reason_facts(event.reason)}, contexts)


def outcome_of(reason: BankcoreError) -> str:
    """`denied` if the caller has no right to it, `rejected` if a rule refused it."""
    return "denied" if isinstance(reason, NotFoundError | ForbiddenError) else "rejected"


def reason_facts(reason: BankcoreError) -> dict[str, CanonicalValue]:
    """The code of the refusal, and its facts by name."""
    return {"code": reason.code, "facts": {field.name: _fact(getattr(reason, field.name)) for field in fields(reason)}}


def _fact(value: object) -> CanonicalValue:
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, Money):
        return str(value)
    return instant_text(value) if isinstance(value, datetime) else str(value)
