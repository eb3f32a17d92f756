"""Fraud policies: read from JSON of a file or of the database, and written as JSON."""

from functools import lru_cache
from typing import Any, Final, cast

from pydantic import TypeAdapter, ValidationError

from bankcore.errors import InvalidRequestError
from bankcore.fraud.policy import FraudPolicy
from bankcore.identifiers import TenantId
from bankcore_infra.db.exchange import Rows, Sent, Statement
from bankcore_infra.db.tenant_connection import TenantConnection

_ADAPTER: Final = TypeAdapter(FraudPolicy)
_DEFAULT: Final = FraudPolicy()
_FIND: Final = Statement("SELECT policy::text FROM bankcore.fraud_policies WHERE tenant_id = $1::uuid")
_STORE: Final = """
    INSERT INTO bankcore.fraud_policies (tenant_id, changed_at, policy) VALUES (%s, now(), %s::jsonb)
    ON CONFLICT ON CONSTRAINT fraud_policies_pkey DO UPDATE
    SET changed_at = excluded.changed_at, policy = excluded.policy
"""


def policy_from_json(document: str | bytes) -> FraudPolicy:
    """The policy in a JSON document; members that are missing have their defaults.

    Raises:
        InvalidRequestError: a name that is unknown, or a value that is not one, by its JSON pointer.
    """
    try:
        return _ADAPTER.validate_json(document, strict=True, extra="forbid")
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        pointer = "".join(f"/{part}" for part in first["loc"])
        raise InvalidRequestError(pointer=pointer, detail=first["msg"]) from None


def policy_to_json(policy: FraudPolicy) -> str:
    """The whole policy as a JSON document."""
    return _ADAPTER.dump_json(policy, indent=2, fallback=dict, warnings="none").decode()


def finding_policy(tenant_id: TenantId) -> Sent:
    """The question for the tenant's policy."""
    return Sent(_FIND, (tenant_id,))


def policy_in(rows: Rows) -> FraudPolicy:
    """The policy in the answer, or the default."""
    return _stored_policy(rows[0][0]) if rows else _DEFAULT


@lru_cache(maxsize=256)
def _stored_policy(document: str) -> FraudPolicy:
    """The policy in a stored document; remembered, because every page of events reads it and it seldom changes."""
    return _ADAPTER.validate_json(document)


def find_policy(connection: TenantConnection) -> FraudPolicy:
    """The policy of the connection's tenant, or the default."""
    return policy_in(connection.ask_together(finding_policy(connection.tenant_id))[0])


def policy_document(policy: FraudPolicy) -> dict[str, Any]:
    """The whole policy as the value of a JSON document."""
    return cast("dict[str, Any]", _ADAPTER.dump_python(policy, mode="json", fallback=dict, warnings="none"))


def store_policy(connection: TenantConnection, policy: FraudPolicy) -> None:
    """Store this as the tenant's policy. Another transaction that writes it waits until this one ends."""
    connection.sql.exec_driver_sql(_STORE, (connection.tenant_id, policy_to_json(policy)))
