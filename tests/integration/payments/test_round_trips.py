"""What a payment asks of PostgreSQL: each question that waits for an answer costs everybody who pays."""

from pathlib import Path
from typing import Final

import pytest

from bankcore.identifiers import AccountId
from bankcore.ledger.commands import Deposit
from bankcore.payments.configurations import ProviderConfigId
from bankcore.payments.ports import PaymentUnit
from bankcore.payments.postings import TakePayment
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.payments.unit import SqlPaymentUnits
from tests.contract.payment_adapters import PaymentAdapter, postgresql_payment_adapter
from tests.worlds.database_faults import accident_at
from tests.worlds.sql_bank import SqlBank
from tests.worlds.values import npr, words

ROUND_TRIPS: Final = 4
"""What the key says, with account and configurations; the order; the locks; and what the provider answered."""
STATEMENTS: Final = 21


@pytest.fixture
def payments(bank: SqlBank, tmp_path: Path) -> PaymentAdapter:
    return postgresql_payment_adapter(bank, tmp_path)


def test_a_payment_takes_as_many_round_trips_as_it_has_questions(payments: PaymentAdapter, bank: SqlBank) -> None:
    payments.paid()

    with accident_at(bank.database.engine_for(bank.tenant_id), -1, lambda _connection: None) as fuse:
        payments.pay(key="order-7")

    assert payments.balance() == "200.00"
    assert (fuse.exchanges, len(fuse.statements)) == (ROUND_TRIPS, STATEMENTS), "\n".join(fuse.statements)


def test_nothing_is_found_where_there_is_neither_account_nor_configuration(bank: SqlBank) -> None:
    units = SqlPaymentUnits(OwnTransactions(bank.database, bank.tenant_id), bank.unit)

    assert units.run(lambda unit: unit.read_basis(AccountId(bank.tenant_id))) == (None, [])


def test_what_was_asked_ahead_is_not_used_once_another_command_was_carried_out(payments: PaymentAdapter) -> None:
    payment, config_id = payments.paid(), ProviderConfigId(payments.config.id)
    command = TakePayment(payments.merchant.id, config_id, npr("5.00"))

    def work(unit: PaymentUnit) -> list[str]:
        unit.lock_payments([payment.id], then=[command])
        first = unit.ledger.execute([Deposit(payments.merchant.id, npr("1.00"))])
        return words([*first, *unit.ledger.execute([command])])

    assert payments.units.run(work) == ["posted", "posted"]
    assert payments.balance() == "106.00"
