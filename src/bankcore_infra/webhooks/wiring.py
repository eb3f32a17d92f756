"""Puts webhooks together, for the worker, the API and the command line alike."""

import secrets
from functools import partial

from bankcore.encryption.key_encryption import KeyEncryption
from bankcore.identifiers import TenantId
from bankcore.webhooks.service import Webhooks
from bankcore.webhooks.signatures import SECRET_LENGTH
from bankcore_infra.db.engine import Database
from bankcore_infra.db.transactions import OwnTransactions, Transactions
from bankcore_infra.encryption.secret_store import SecretStore
from bankcore_infra.units import UnitParts
from bankcore_infra.webhooks.address_check import AddressCheck
from bankcore_infra.webhooks.unit import SqlWebhookUnits


def webhooks_of(transactions: Transactions, parts: UnitParts, keys: KeyEncryption, check: AddressCheck) -> Webhooks:
    """The webhooks of that tenant."""
    units = SqlWebhookUnits(transactions, parts, SecretStore(keys))
    return Webhooks(
        units=units, find_problem=check.find_problem, new_secret=partial(secrets.token_bytes, SECRET_LENGTH)
    )


def webhook_units(database: Database, tenant_id: TenantId, parts: UnitParts, keys: KeyEncryption) -> SqlWebhookUnits:
    """Units of work of one tenant's webhooks."""
    return SqlWebhookUnits(OwnTransactions(database, tenant_id), parts, SecretStore(keys))
