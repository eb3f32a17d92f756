"""Audit records of identity's events: users by id, addresses only as keyed hashes."""

from uuid import UUID

from bankcore.actions import Action, Subject
from bankcore.events.stamps import CommandRefused, Stamp
from bankcore.identity.actions import (
    LOGGED_IN,
    LOGGED_OUT,
    LOGIN_FAILED,
    PASSWORD_CHANGED,
    PASSWORD_RESET_DONE,
    PASSWORD_RESET_REQUESTED,
    REFRESH_REUSED,
    REGISTRATION_REFUSED,
    SESSION_ENDED,
    SESSION_STEPPED_UP,
    USER_REGISTERED,
    USER_ROLES_CHANGED,
    USER_STATUS_CHANGED,
)
from bankcore.identity.emails import Email
from bankcore.identity.events import (
    LoggedIn,
    LoggedOut,
    LoginFailed,
    PasswordChanged,
    PasswordResetDone,
    PasswordResetRequested,
    RefreshReused,
    RegistrationRefused,
    SecondFactorChanged,
    SessionEnded,
    SessionSteppedUp,
    UserRegistered,
    UserRolesChanged,
    UserStatusChanged,
)
from bankcore_infra.audit.recording.canonical import CanonicalValue
from bankcore_infra.audit.recording.context import AuditContexts
from bankcore_infra.audit.recording.records import SUCCESS, AuditRecord, Deed, Records, make_record
from bankcore_infra.audit.recording.refusals import refusal_record
from bankcore_infra.keys.key_ring import KeyedHash


def identity_records(email_hash: KeyedHash) -> Records:
    """The records of the events. The same address has the same hash in all of them, so that its attempts can be
    found.
    """

    def pseudonym(stamp: Stamp, email: Email) -> str:
        return email_hash.of(stamp.tenant_id.bytes, email.encode()).hex()

    def registered(event: UserRegistered, contexts: AuditContexts) -> AuditRecord:
        facts: dict[str, CanonicalValue] = {
            "emailHash": pseudonym(event.stamp, event.email),
            "roles": sorted(event.roles),
        }
        return make_record(event.stamp, _deed(USER_REGISTERED, event.user_id), facts, contexts)

    def refused(event: RegistrationRefused, contexts: AuditContexts) -> AuditRecord:
        facts: dict[str, CanonicalValue] = {"emailHash": pseudonym(event.stamp, event.email), "reason": event.reason}
        return make_record(event.stamp, _deed(REGISTRATION_REFUSED, None, "rejected"), facts, contexts)

    def reset_requested(event: PasswordResetRequested, contexts: AuditContexts) -> AuditRecord:
        facts: dict[str, CanonicalValue] = {
            "emailHash": pseudonym(event.stamp, event.email),
            "reset": str(event.reset_id),
        }
        return make_record(event.stamp, _deed(PASSWORD_RESET_REQUESTED, event.user_id), facts, contexts)

    def login_failed(event: LoginFailed, contexts: AuditContexts) -> AuditRecord:
        facts: dict[str, CanonicalValue] = {"emailHash": pseudonym(event.stamp, event.email), "reason": event.reason}
        return make_record(event.stamp, _deed(LOGIN_FAILED, event.user_id, "denied"), facts, contexts)

    return {
        UserRegistered: registered,
        UserStatusChanged: _status_changed,
        RegistrationRefused: refused,
        LoginFailed: login_failed,
        LoggedIn: _logged_in,
        LoggedOut: _logged_out,
        RefreshReused: _refresh_reused,
        SessionEnded: _session_ended,
        PasswordChanged: _password_changed,
        PasswordResetRequested: reset_requested,
        PasswordResetDone: _password_reset,
        UserRolesChanged: _roles_changed,
        SessionSteppedUp: _stepped_up,
        SecondFactorChanged: _second_factor_changed,
        CommandRefused: refusal_record,
    }


def _status_changed(event: UserStatusChanged, contexts: AuditContexts) -> AuditRecord:
    return make_record(event.stamp, _deed(USER_STATUS_CHANGED, event.user_id), {"userStatus": event.status}, contexts)


def _roles_changed(event: UserRolesChanged, contexts: AuditContexts) -> AuditRecord:
    return make_record(event.stamp, _deed(USER_ROLES_CHANGED, event.user_id), {"roles": sorted(event.roles)}, contexts)


def _password_changed(event: PasswordChanged, contexts: AuditContexts) -> AuditRecord:
    return make_record(event.stamp, _deed(PASSWORD_CHANGED, event.user_id), {}, contexts)


def _stepped_up(event: SessionSteppedUp, contexts: AuditContexts) -> AuditRecord:
    facts = {"session": str(event.session_id)}
    return make_record(event.stamp, _deed(SESSION_STEPPED_UP, event.user_id), facts, contexts)


def _second_factor_changed(event: SecondFactorChanged, contexts: AuditContexts) -> AuditRecord:
    return make_record(event.stamp, _deed(event.action, event.user_id), {}, contexts)


def _password_reset(event: PasswordResetDone, contexts: AuditContexts) -> AuditRecord:
    return make_record(event.stamp, _deed(PASSWORD_RESET_DONE, event.user_id), {}, contexts)


def _session_ended(event: SessionEnded, contexts: AuditContexts) -> AuditRecord:
    return make_record(event.stamp, _deed(SESSION_ENDED, event.user_id), {"session": str(event.session_id)}, contexts)


def _logged_in(event: LoggedIn, contexts: AuditContexts) -> AuditRecord:
    return make_record(event.stamp, _deed(LOGGED_IN, event.user_id), {"session": str(event.session_id)}, contexts)


def _logged_out(event: LoggedOut, contexts: AuditContexts) -> AuditRecord:
    return make_record(event.stamp, _deed(LOGGED_OUT, event.user_id), {"session": str(event.session_id)}, contexts)


def _refresh_reused(event: RefreshReused, contexts: AuditContexts) -> AuditRecord:
    facts: dict[str, CanonicalValue] = {"session": str(event.session_id), "generation": event.generation}
    return make_record(event.stamp, _deed(REFRESH_REUSED, event.user_id, "denied"), facts, contexts)


def _deed(action: Action, user_id: UUID | None, outcome: str = SUCCESS) -> Deed:
    return Deed(action, outcome, None if user_id is None else Subject("user", user_id))
