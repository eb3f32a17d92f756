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
from bankcore_infra.identifiers import RandomIdentifiers


def _units(parts: TenantParts) -> SqlFraudUnits:
    bank = parts.bank
    return SqlFraudUnits(parts.transactions, bank.signals, RandomIdentifiers(), key_lifetime=bank.settings.key_lifetime)


def _review(parts: TenantParts) -> Review:
    return Review(parts.tenant_id, _units(parts), RandomIdentifiers(), parts.bank.settings.key_lifetime)


def _change_policy(parts: TenantParts) -> ChangePolicy:
    return ChangePolicy(parts.tenant_id, _units(parts), RandomIdentifiers())


def _queries(parts: TenantParts) -> SqlFraudQueries:
    return SqlFraudQueries(parts.transactions)


def _consumers(parts: BankParts) -> Sequence[Consumer]:
    return (FraudProcessor(parts.signals, RandomIdentifiers(), key_lifetime=parts.settings.key_lifetime),)


FRAUD: Final = Capability(
    name="fraud",
    services={Review: _review, ChangePolicy: _change_policy, FraudQueries: _queries},
    consumers=_consumers,
)
