"""Disbursements out of and into their rows, and where they go out of and into the store of secrets."""

import json
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Row

from bankcore.disbursements.disbursements import (
    Disbursement,
    DisbursementDecision,
    DisbursementId,
    DisbursementStatus,
    MaskedDestination,
)
from bankcore.identifiers import AccountId, HoldId, TransactionId
from bankcore.money import CURRENCIES, Money
from bankcore.payments.configurations import ProviderConfigId
from bankcore.providers.payouts import PayoutDestination
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.encryption.secret_store import SecretStore
from bankcore_infra.identifiers import ID_LAST

PURPOSE: Final = "disbursement"
"""What a destination is in the one store of secrets."""
_ADD: Final = """
    INSERT INTO bankcore.disbursements (
        tenant_id, id, account_id, config_id, hold_id, requested_at, amount_minor, version, currency, owner_id,
        requested_by, description, bank_code, hint)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_UPDATE: Final = """
    UPDATE bankcore.disbursements
    SET transaction_id = %s, return_id = %s, decided_at = %s, sent_at = %s, due_at = %s, review_since = %s,
        version = %s, status = %s, decided_by = %s, reason = %s, provider_id = %s, code = %s, problem = %s
    WHERE tenant_id = %s AND id = %s
"""
_FIND: Final = "SELECT * FROM bankcore.disbursements WHERE tenant_id = %s AND id = %s"
# A statement for exactly the filters that are set: a plan for all filters would use no index.
_LIST: Final = """
    SELECT * FROM bankcore.disbursements WHERE tenant_id = %s AND id < %s {conditions} ORDER BY id DESC LIMIT %s
"""
_IN_REVIEW: Final = """
    SELECT * FROM bankcore.disbursements
    WHERE tenant_id = %s AND review_since IS NOT NULL
    ORDER BY review_since, id LIMIT %s
"""


def add_disbursement(connection: TenantConnection, disbursement: Disbursement) -> None:
    """Add a new one."""
    named = (disbursement.id, disbursement.account_id, disbursement.config_id, disbursement.hold_id)
    money = (disbursement.amount.minor, disbursement.version, disbursement.amount.currency.code)
    who, to = (disbursement.owner_id, disbursement.requested_by), disbursement.destination
    told = (disbursement.description, to.bank_code, to.hint)
    row = (connection.tenant_id, *named, disbursement.requested_at, *money, *who, *told)
    connection.sql.exec_driver_sql(_ADD, row)


def update_disbursement(connection: TenantConnection, disbursement: Disbursement) -> None:
    """Write how it stands now."""
    decision = disbursement.decision
    at, by, reason = (None, None, None) if decision is None else (decision.at, decision.by, decision.reason)
    times = (at, disbursement.sent_at, disbursement.due_at, disbursement.review_since)
    stands = (disbursement.version, disbursement.status, by, reason)
    said = (disbursement.provider_id, disbursement.code, disbursement.problem)
    moved = (disbursement.transaction_id, disbursement.return_id)
    connection.sql.exec_driver_sql(_UPDATE, (*moved, *times, *stands, *said, connection.tenant_id, disbursement.id))


def find_disbursement(connection: TenantConnection, disbursement_id: DisbursementId) -> Disbursement | None:
    """The disbursement as it is stored."""
    row = connection.sql.exec_driver_sql(_FIND, (connection.tenant_id, disbursement_id)).one_or_none()
    return None if row is None else disbursement_of(row)


def list_disbursements(
    connection: TenantConnection,
    *,
    owner_id: str | None,
    status: DisbursementStatus | None,
    before: DisbursementId | None,
    limit: int,
) -> Sequence[Disbursement]:
    """The disbursements, latest first: ids of version 7 sort in the order in which they were made."""
    conditions: list[str] = []
    parameters: list[object] = [connection.tenant_id, before or ID_LAST]
    for name, value in (("owner_id", owner_id), ("status", status)):
        if value is not None:
            conditions.append(f"AND {name} = %s")
            parameters.append(value)
    statement = _LIST.format(conditions=" ".join(conditions))
    rows = connection.sql.exec_driver_sql(statement, (*parameters, limit))
    return [disbursement_of(row) for row in rows]


def list_in_review(connection: TenantConnection, limit: int) -> Sequence[Disbursement]:
    """Those that a person has to look at, for longest first."""
    return [disbursement_of(row) for row in connection.sql.exec_driver_sql(_IN_REVIEW, (connection.tenant_id, limit))]


def keep_destination(
    connection: TenantConnection, secrets: SecretStore, disbursement_id: DisbursementId, to: PayoutDestination
) -> None:
    """Keep where it goes, encrypted for this one."""
    said = {"bank_code": to.bank_code, "account_number": to.account_number, "payee": to.payee}
    secrets.keep(connection, PURPOSE, disbursement_id, json.dumps(said).encode())


def find_destination(
    connection: TenantConnection, secrets: SecretStore, disbursement_id: DisbursementId
) -> PayoutDestination | None:
    """Where it goes. Raises: UnreadableSecretError."""
    kept = secrets.find(connection, PURPOSE, disbursement_id)
    return None if kept is None else PayoutDestination(**json.loads(kept))


def disbursement_of(row: Row[Any]) -> Disbursement:
    """A disbursement out of its row."""
    is_decided = row.decided_at is not None
    return Disbursement(
        id=DisbursementId(row.id),
        account_id=AccountId(row.account_id),
        owner_id=row.owner_id,
        amount=Money(row.amount_minor, CURRENCIES[row.currency]),
        description=row.description,
        destination=MaskedDestination(row.bank_code, row.hint),
        config_id=ProviderConfigId(row.config_id),
        hold_id=HoldId(row.hold_id),
        requested_by=row.requested_by,
        requested_at=row.requested_at,
        status=DisbursementStatus(row.status),
        version=row.version,
        decision=DisbursementDecision(by=row.decided_by, at=row.decided_at, reason=row.reason) if is_decided else None,
        sent_at=row.sent_at,
        provider_id=row.provider_id,
        code=row.code,
        transaction_id=None if row.transaction_id is None else TransactionId(row.transaction_id),
        return_id=None if row.return_id is None else TransactionId(row.return_id),
        due_at=row.due_at,
        review_since=row.review_since,
        problem=row.problem,
    )
