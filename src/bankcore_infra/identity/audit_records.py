"""What the audit log says of identity's events: who by id, an address only as a keyed hash."""

from uuid import UUID

from bankcore.actions import Action, Subject
from bankcore.events.stamps import Stamp
from bankcore.identity.actions import (
    LOGGED_IN,
    LOGGED_OUT,
    LOGIN_FAILED,
    REFRESH_REUSED,
    REGISTRATION_REFUSED,
    USER_REGISTERED,
)
from bankcore.identity.emails import Email
from bankcore.identity.events import (
    IdentityEvent,
    LoggedIn,
    LoggedOut,
    LoginFailed,
    RefreshReused,
    RegistrationRefused,
    UserRegistered,
)
from bankcore_infra.audit.recording.canonical import CanonicalValue
from bankcore_infra.audit.recording.context import AuditContexts
from bankcore_infra.audit.recording.records import AuditRecord, Deed, make_record
from bankcore_infra.keys.key_ring import KeyedHash


class IdentityRecords:
    """Makes audit records; the same address has the same hash in all of them, so that attempts can be told together."""

    def __init__(self, email_hash: KeyedHash) -> None:
        """With that keyed hash."""
        self._email_hash = email_hash

    def record(self, event: IdentityEvent) -> AuditRecord:
        """The event as a record of the audit log."""
        match event:
            case UserRegistered(stamp, user_id, email, roles):
                facts: dict[str, CanonicalValue] = {"emailHash": self._pseudonym(stamp, email), "roles": sorted(roles)}
                return _record(stamp, USER_REGISTERED, "success", user_id, facts)
            case RegistrationRefused(stamp, email, reason):
                facts = {"emailHash": self._pseudonym(stamp, email), "reason": reason}
                return _record(stamp, REGISTRATION_REFUSED, "rejected", None, facts)
            case LoggedIn(stamp, user_id, session_id):
                return _record(stamp, LOGGED_IN, "success", user_id, {"session": str(session_id)})
            case LoginFailed(stamp, user_id, email, reason):
                facts = {"emailHash": self._pseudonym(stamp, email), "reason": str(reason)}
                return _record(stamp, LOGIN_FAILED, "denied", user_id, facts)
            case LoggedOut(stamp, user_id, session_id):
                return _record(stamp, LOGGED_OUT, "success", user_id, {"session": str(session_id)})
            case RefreshReused(stamp, user_id, session_id, generation):
                facts = {"session": str(session_id), "generation": generation}
                return _record(stamp, REFRESH_REUSED, "denied", user_id, facts)

    def _pseudonym(self, stamp: Stamp, email: Email) -> str:
        return self._email_hash.of(stamp.tenant_id.bytes, email.encode()).hex()


def _record(
    stamp: Stamp, action: Action, outcome: str, user_id: UUID | None, facts: dict[str, CanonicalValue]
) -> AuditRecord:
    subject = None if user_id is None else Subject("user", user_id)
    # An event of identity is the only one of its unit of work with this origin, or nearly so.
    return make_record(stamp, Deed(action, outcome, subject), facts, AuditContexts())
