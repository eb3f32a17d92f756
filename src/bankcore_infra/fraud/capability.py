"""Fraud as a capability: movements are examined after they are committed, people decide the cases."""

from collections.abc import Sequence
from typing import Final

from bankcore.fraud.change_policy import ChangePolicy
from bankcore.fraud.ports import FraudQueries
from bankcore.fraud.review import Review
from bankcore_infra.capability import BankParts, Capability, TenantParts
from bankcore_infra.consumers import Consumer


def _review(parts: TenantParts) -> Review:
    from bankcore_infra.fraud.unit import SqlFraudUnits

    return Review(SqlFraudUnits(parts.transactions, parts.bank.unit))


def _change_policy(parts: TenantParts) -> ChangePolicy:
    from bankcore_infra.fraud.unit import SqlFraudUnits

    return ChangePolicy(SqlFraudUnits(parts.transactions, parts.bank.unit))


def _queries(parts: TenantParts) -> FraudQueries:
    from bankcore_infra.fraud.unit import SqlFraudQueries

    return SqlFraudQueries(parts.transactions)


def _consumers(parts: BankParts) -> Sequence[Consumer]:
    from bankcore_infra.fraud.processor import FraudProcessor

    return (FraudProcessor(parts.unit),)


FRAUD: Final = Capability(
    name="fraud",
    services={Review: _review, ChangePolicy: _change_policy, FraudQueries: _queries},
    consumers=_consumers,
)
