"""Fraud as a capability: movements are examined after they are committed, people decide the cases."""

from collections.abc import Sequence
from typing import Final

from bankcore.fraud.change_policy import ChangePolicy
from bankcore.fraud.ports import FraudQueries
from bankcore.fraud.review import Review
from bankcore_infra.capability import BankParts, Capability, TenantParts
from bankcore_infra.consumers import Consumer
from bankcore_infra.fraud.processor import FraudProcessor
from bankcore_infra.fraud.unit import SqlFraudQueries, SqlFraudUnits


def _units(parts: TenantParts) -> SqlFraudUnits:
    return SqlFraudUnits(parts.transactions, parts.bank.unit)


def _review(parts: TenantParts) -> Review:
    return Review(_units(parts))


def _change_policy(parts: TenantParts) -> ChangePolicy:
    return ChangePolicy(_units(parts))


def _queries(parts: TenantParts) -> SqlFraudQueries:
    return SqlFraudQueries(parts.transactions)


def _consumers(parts: BankParts) -> Sequence[Consumer]:
    return (FraudProcessor(parts.unit),)


FRAUD: Final = Capability(
    name="fraud",
    services={Review: _review, ChangePolicy: _change_policy, FraudQueries: _queries},
    consumers=_consumers,
)
