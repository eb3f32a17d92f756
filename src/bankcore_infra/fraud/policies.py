"""Each tenant's fraud policy: JSON in a file or in the database, the domain's own dataclass in between."""

from typing import Final

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as upsert

from bankcore.errors import InvalidRequestError
from bankcore.fraud.policy import FraudPolicy
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.work_tables import FRAUD_POLICIES

_ADAPTER: Final = TypeAdapter(FraudPolicy)
_DEFAULT: Final = FraudPolicy()


def policy_from_json(document: str | bytes) -> FraudPolicy:
    """The policy of a JSON document, in which everything that is left out has its default.

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


def read_policy(connection: TenantConnection) -> FraudPolicy:
    """The tenant's policy, or the default."""
    statement = select(FRAUD_POLICIES.c.policy).where(FRAUD_POLICIES.c.tenant_id == connection.tenant_id)
    row = connection.sql.execute(statement).one_or_none()
    return _DEFAULT if row is None else _ADAPTER.validate_python(row.policy)


def write_policy(connection: TenantConnection, policy: FraudPolicy) -> None:
    """Make this the tenant's policy from now on."""
    document = _ADAPTER.dump_python(policy, mode="json", fallback=dict, warnings="none")
    statement = upsert(FRAUD_POLICIES).values(tenant_id=connection.tenant_id, changed_at=func.now(), policy=document)
    connection.sql.execute(
        statement.on_conflict_do_update(
            constraint="fraud_policies_pkey", set_={"changed_at": func.now(), "policy": document}
        )
    )
