"""Identity's unit of work on PostgreSQL, with the ledger inside the same transaction."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from typing_extensions import override

from bankcore.idempotency.keys import Claim, IdempotencyKey, KeyRecord
from bankcore.identifiers import IdentifierSource, SessionId, UserId
from bankcore.identity.attempts import BackOff
from bankcore.identity.emails import Email
from bankcore.identity.events import IdentityEvent
from bankcore.identity.ports import IdentityUnit, IdentityUnits, SessionOwner
from bankcore.identity.sessions import IssuedToken, RevokeReason, Session
from bankcore.identity.users import Credentials, User
from bankcore.ledger.events import LedgerEvent
from bankcore.ledger.service import LedgerService
from bankcore_infra.audit.recording.records import append_audit_records
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import Transactions
from bankcore_infra.idempotency.keys import claim_keys, store_outcomes
from bankcore_infra.identity import login_attempts, sessions, users
from bankcore_infra.identity.audit_records import IdentityRecords
from bankcore_infra.identity.locks import lock_session
from bankcore_infra.identity.places import place_of
from bankcore_infra.identity.shared_reads import SharedReads
from bankcore_infra.keys.key_ring import KeyedHash
from bankcore_infra.ledger.enclosed_units import EnclosedLedgerUnits
from bankcore_infra.signals import LedgerSignals

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTools:
    """What every unit of work of identity needs besides its transaction."""

    signals: LedgerSignals
    ids: IdentifierSource
    records: IdentityRecords
    subject_hash: KeyedHash
    key_lifetime: timedelta


class SqlIdentityUnit(IdentityUnit):
    """Users and sessions of one tenant inside one transaction."""

    def __init__(self, connection: TenantConnection, tools: UnitTools) -> None:
        """For that transaction."""
        self._connection = connection
        self._tools = tools
        self.ledger_units = EnclosedLedgerUnits(connection, tools.signals)

    @property
    @override
    def opened_at(self) -> datetime:
        return self._connection.opened_at

    @property
    @override
    def ledger(self) -> LedgerService:
        return LedgerService(
            self._connection.tenant_id, self.ledger_units, self._tools.ids, key_lifetime=self._tools.key_lifetime
        )

    @override
    def claim_keys(self, keys: Sequence[IdempotencyKey]) -> Mapping[IdempotencyKey, Claim]:
        return claim_keys(self._connection, keys)

    @override
    def store_outcomes(self, records: Iterable[KeyRecord]) -> None:
        store_outcomes(self._connection, list(records))

    @override
    def add_user(self, credentials: Credentials) -> bool:
        return users.add_user(self._connection, credentials)

    @override
    def find_user(self, user_id: UserId) -> User | None:
        return users.find_user(self._connection, user_id)

    @override
    def find_credentials(self, email: Email) -> Credentials | None:
        return users.find_credentials(self._connection, email)

    @override
    def replace_password_hash(self, user_id: UserId, *, old: str, new: str) -> None:
        users.replace_password_hash(self._connection, user_id, old=old, new=new)

    @override
    def count_attempt(self, email: Email, back_off: BackOff, *, client: str | None) -> datetime | None:
        return login_attempts.count_attempt(self._connection, self._subjects(email, client), back_off)

    @override
    def clear_attempts(self, email: Email, *, client: str | None) -> None:
        login_attempts.clear_attempts(self._connection, self._subjects(email, client))

    @override
    def add_session(self, session: Session, token: IssuedToken) -> None:
        sessions.add_session(self._connection, session, token)

    @override
    def lock_session(self, session_id: SessionId) -> Session | None:
        return lock_session(self._connection.sql, self._connection.tenant_id, session_id)

    @override
    def find_token(self, digest: bytes) -> IssuedToken | None:
        return sessions.find_token(self._connection, digest)

    @override
    def rotate_token(self, used: IssuedToken, successor: IssuedToken) -> None:
        sessions.rotate_token(self._connection, used, successor)

    @override
    def revoke_session(self, session_id: SessionId, reason: RevokeReason) -> None:
        sessions.revoke_session(self._connection, session_id, reason)

    @override
    def publish(self, events: Iterable[IdentityEvent]) -> None:
        append_audit_records(self._connection, [self._tools.records.record(event) for event in events])

    def _subjects(self, email: Email, client: str | None) -> login_attempts.Subjects:
        user = (self._connection.tenant_id.bytes, email.encode())
        place = None if client is None else place_of(client)
        of = self._tools.subject_hash.of
        return login_attempts.Subjects(of(*user), None if place is None else of(*user, place.encode()))


class SqlIdentityUnits(IdentityUnits):
    """Units of work of identity, in transactions of one tenant."""

    def __init__(self, transactions: Transactions, tools: UnitTools) -> None:
        """With that source of transactions."""
        self._transactions = transactions
        self._tools = tools
        # Each request asks for its session; what a bad row of somebody else's raises is raised there.
        self._session_rows = SharedReads(partial(sessions.find_session_rows, transactions))

    @override
    def find_session_owner(self, session_id: SessionId) -> SessionOwner | None:
        found = self._session_rows.find(session_id)
        return None if found is None else sessions.session_owner_of(*found)

    @override
    def run(self, work: Callable[[IdentityUnit], T], *, resubmittable: bool = False) -> T:
        def run_in(connection: TenantConnection) -> tuple[T, list[LedgerEvent]]:
            unit = SqlIdentityUnit(connection, self._tools)
            return work(unit), unit.ledger_units.published

        result, ledger_events = self._transactions.run(run_in, resubmittable=resubmittable)
        self._tools.signals.tell_committed(ledger_events)
        return result
