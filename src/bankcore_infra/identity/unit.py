"""Identity's unit of work on PostgreSQL, with the ledger inside the same transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from typing_extensions import override

from bankcore.identifiers import SessionId, UserId
from bankcore.identity.attempts import BackOff
from bankcore.identity.emails import Email
from bankcore.identity.ports import IdentityUnit, IdentityUnits, SessionOwner
from bankcore.identity.sessions import IssuedToken, RevokeReason, Session
from bankcore.identity.users import Credentials, Role, User, UserStatus
from bankcore.tenancy.settings import REGISTRATION, RegistrationDoor
from bankcore_infra.audit.recording.records import Records
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import Transactions
from bankcore_infra.encryption.secret_store import SecretStore
from bankcore_infra.identity import login_attempts, sessions, users
from bankcore_infra.identity.locks import lock_session, lock_sessions_of, lock_team
from bankcore_infra.identity.places import place_of
from bankcore_infra.identity.resets import SqlPasswordResets
from bankcore_infra.identity.shared_reads import SharedReads
from bankcore_infra.keys.key_ring import KeyedHash
from bankcore_infra.second_factor.store import SqlSecondFactors
from bankcore_infra.sql_unit import SqlUnit
from bankcore_infra.tenancy.store import read_setting
from bankcore_infra.units import SqlUnits, UnitParts


@dataclass(frozen=True, slots=True)
class IdentityStores:
    """What identity stores by more than its rows: attempts by a keyed hash of the user, and secrets of factors."""

    subject_hash: KeyedHash
    secrets: SecretStore


class SqlIdentityUnit(SqlUnit, IdentityUnit):
    """Users and sessions of one tenant inside one transaction."""

    def __init__(
        self, connection: TenantConnection, parts: UnitParts, records: Records, *, stores: IdentityStores
    ) -> None:
        super().__init__(connection, parts, records)
        self._subject_hash = stores.subject_hash
        self._factors = SqlSecondFactors(connection, stores.secrets)

    @property
    @override
    def resets(self) -> SqlPasswordResets:
        return SqlPasswordResets(self._connection, self._subject_hash)

    @property
    @override
    def factors(self) -> SqlSecondFactors:
        return self._factors

    @override
    def is_tenant_suspended(self) -> bool:
        return users.is_tenant_suspended(self._connection)

    @override
    def is_registration_open(self) -> bool:
        return read_setting(self._connection, REGISTRATION) is RegistrationDoor.OPEN

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
    def change_user_status(self, user_id: UserId, status: UserStatus) -> bool:
        return users.change_user_status(self._connection, user_id, status)

    @override
    def change_user_roles(self, user_id: UserId, roles: frozenset[Role]) -> bool:
        return users.change_user_roles(self._connection, user_id, roles)

    @override
    def list_users(self, *, before: UserId | None, limit: int) -> Sequence[User]:
        return users.list_users(self._connection, before=before, limit=limit)

    @override
    def list_members(self, *, before: UserId | None, limit: int) -> Sequence[User]:
        return users.list_members(self._connection, before=before, limit=limit)

    @override
    def lock_team(self) -> Sequence[User]:
        lock_team(self._connection.sql, self._connection.tenant_id)
        return users.list_owners(self._connection)

    @override
    def replace_password_hash(self, user_id: UserId, *, old: str, new: str) -> bool:
        return users.replace_password_hash(self._connection, user_id, old=old, new=new)

    @override
    def count_attempt(self, email: Email, back_off: BackOff, *, client: str | None) -> datetime | None:
        return login_attempts.count_attempt(self._connection, self._subjects(email, client), back_off)

    @override
    def is_known_at(self, email: Email, *, client: str | None) -> bool:
        return login_attempts.is_proven(self._connection, self._subjects(email, client))

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
    def list_sessions(self, user_id: UserId, *, before: SessionId | None, limit: int) -> Sequence[Session]:
        return sessions.list_sessions(self._connection, user_id, before=before, limit=limit)

    @override
    def revoke_sessions(
        self, user_id: UserId, reason: RevokeReason, *, but: SessionId | None = None
    ) -> Sequence[SessionId]:
        connection = self._connection
        ended = lock_sessions_of(connection.sql, connection.tenant_id, user_id, but=but)
        for session_id in ended:
            sessions.revoke_session(connection, session_id, reason)
        return ended

    @override
    def prove_session(self, session_id: SessionId) -> None:
        sessions.prove_session(self._connection, session_id)

    @override
    def revoke_session(self, session_id: SessionId, reason: RevokeReason) -> None:
        sessions.revoke_session(self._connection, session_id, reason)

    def _subjects(self, email: Email, client: str | None) -> login_attempts.Subjects:
        user = (self._connection.tenant_id.bytes, email.encode())
        place = None if client is None else place_of(client)
        of = self._subject_hash.of
        return login_attempts.Subjects(of(*user), None if place is None else of(*user, place.encode()))


class SqlIdentityUnits(SqlUnits[SqlIdentityUnit], IdentityUnits):
    """Units of work of identity, in transactions of one tenant."""

    def __init__(
        self, transactions: Transactions, parts: UnitParts, records: Records, *, stores: IdentityStores
    ) -> None:
        def begin(connection: TenantConnection) -> SqlIdentityUnit:
            return SqlIdentityUnit(connection, parts, records, stores=stores)

        super().__init__(transactions, parts.signals, begin)
        # Each thread reads its own row out of the shared answer, so that a bad row fails only the request that asked
        # for it.
        self._session_rows = SharedReads(partial(sessions.find_session_rows, transactions))

    @override
    def find_session_owner(self, session_id: SessionId) -> SessionOwner | None:
        found = self._session_rows.find(session_id)
        return None if found is None else sessions.session_owner_of(*found)
