"""What the log tells of quotes, payouts and payments is compared with their rows: each change is found."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from bankcore.fx.give_quote import RequestQuote
from bankcore.fx.quotes import QuotePolicy
from bankcore.ledger.commands import Transfer
from bankcore.money import Currency
from bankcore.payouts.pay import PayItems
from bankcore.payouts.rows import PayoutRow
from bankcore.payouts.start import StartPayout
from bankcore.payouts.steer import Steering, SteerPayout
from bankcore.providers.answers import ChargeAccepted, Declined, NotExecuted, RedirectPayer, Unknown
from bankcore.providers.disputes import DisputeStanding
from bankcore.providers.states import ChargeStatus
from bankcore.testing.fx import InMemoryRates
from bankcore_infra.cli.verify import verify_capabilities
from bankcore_infra.clock import SystemClock
from bankcore_infra.db.engine import Database
from tests.contract.capturing import authorized, capture
from tests.contract.dispute_adapters import dispute_adapter
from tests.contract.fx_adapters import postgresql_fx
from tests.contract.payment_adapters import MERCHANT, PaymentAdapter, postgresql_payment_adapter
from tests.contract.payout_adapters import postgresql_payouts
from tests.contract.refund_adapters import refund_adapter
from tests.worlds.sealing import AUDITOR
from tests.worlds.sql_bank import ScratchCluster, ScratchDatabase, SqlBank, sql_bank
from tests.worlds.values import npr

_TABLES: Final = ("fx_quotes", "payout_jobs", "payout_items", "payments", "refunds", "disputes", "audit_log")


@pytest.fixture(scope="module")
def known(cluster: ScratchCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlBank]:
    """A bank with a used quote and another one, and with payouts and payments in every state."""
    with cluster.database() as scratch, Database(scratch.url()) as database:
        bank = sql_bank(scratch, database)
        _quote(bank)
        _pay(bank)
        _charge(bank, tmp_path_factory.mktemp("keys"))
        yield bank


def _quote(bank: SqlBank) -> None:
    rates = InMemoryRates(SystemClock())
    rates.set_rate("NPR/JPY", "1.1341")
    fx = postgresql_fx(bank, rates, QuotePolicy(lifetime=timedelta(seconds=60), spread_bps=25))
    alice, yen = bank.open_account(balance="100.00"), bank.open_account(currency="JPY")
    quotes = [fx.give_quote(RequestQuote(npr("10"), Currency.of("JPY"))).value for _ in range(2)]
    fx.use_quote(Transfer(alice.id, yen.id, npr("10")), quotes[0].id)


def _pay(bank: SqlBank) -> None:
    units, payouts = postgresql_payouts(bank)
    payer, payees = bank.open_account(balance="100.00"), [bank.open_account(f"payee {each}") for each in range(3)]
    rows = [PayoutRow(line, str(payee.id), "1.00", None, f"item {line}") for line, payee in enumerate(payees, 1)]
    jobs = [payouts.start(StartPayout(payer.id, rows, name="Wages")).value for _ in range(4)]
    bank.ledger.freeze(payees[1].id)
    PayItems(units, chunk=2).pay_next()
    PayItems(units, chunk=3).pay_next()
    for job, steering in ((jobs[2], Steering.PAUSE), (jobs[3], Steering.CALL_OFF)):
        payouts.steer(SteerPayout(job.id, steering))


def _charge(bank: SqlBank, folder: Path) -> None:
    """Payments that are paid, declined, paid by another provider, unknown, waiting for the payer, and called off."""
    payments = postgresql_payment_adapter(bank, folder)
    second = payments.add_provider("second")
    page = RedirectPayer("https://provider.example/pay/7")
    waits = ChargeAccepted(provider_id="ch_1", status=ChargeStatus.REQUIRES_ACTION, next_action=page)
    paid = ChargeAccepted(provider_id="ch_2", status=ChargeStatus.SUCCEEDED, next_action=None, fee=npr("2.90"))
    no = Declined(code="insufficient_funds", reason="The card has not enough money.")
    for answer in (paid, no, NotExecuted("not_sent", "no connection"), Unknown("silence"), waits, waits):
        payments.provider.answer_next(answer)
        second.answer_next(paid)
        payments.paid()
    payments.call_off(payments.queries.list_payments(limit=1)[0].id, origin=MERCHANT)
    for amount in ("30.00", "20.00"):
        capture(payments, authorized(payments, "30.00"), amount)
    authorized(payments, "30.00")
    _give_back(payments)
    _dispute(payments)


def _give_back(payments: PaymentAdapter) -> None:
    """Refunds that succeeded, failed and are unknown."""
    refunds, payment = refund_adapter(payments), payments.paid("10.00")
    refunds.give(payment, "4.00")
    refunds.give(payment, "6.00", said=Declined(code="too_old", reason="No."))
    refunds.give(payment, "5.00", said=Unknown("silence"))


def _dispute(payments: PaymentAdapter) -> None:
    """Disputes that were won, lost by a merchant who could pay later, and of which nothing was taken yet."""
    disputes = dispute_adapter(refund_adapter(payments))
    opened = [payments.paid("10.00") for _ in range(3)]
    disputes.spend(npr(disputes.refunds.funds()[1]))
    for number, taken in enumerate((None, "10.00", "10.00")):
        disputes.let_be(opened[number], amount="10.00", taken=taken, dispute_id=f"dp_{number}")
        disputes.tell(f"dp_{number}")
    payments.paid("20.00")
    disputes.change("dp_1", status=DisputeStanding.LOST)
    disputes.tell("dp_1")
    disputes.let_be(opened[2], DisputeStanding.WON, amount="10.00", taken="10.00", back="10.00", dispute_id="dp_2")
    disputes.tell("dp_2")


def findings(bank: SqlBank) -> list[str]:
    with Database(bank.scratch.url(AUDITOR), pool_size=1) as database:
        return [f"{each.place}: {each.problem}" for each in verify_capabilities(database, bank.tenant_id)]


@contextmanager
def tampered(scratch: ScratchDatabase, change: str) -> Iterator[None]:
    """The tables with that change, made by somebody who has switched every rule off; then as they were."""
    aside = "".join(f"CREATE TABLE aside_{table} AS TABLE bankcore.{table};" for table in _TABLES)
    emptied = "".join(f"DELETE FROM bankcore.{table};" for table in reversed(_TABLES))
    back = "".join(
        f"INSERT INTO bankcore.{table} SELECT * FROM aside_{table}; DROP TABLE aside_{table};" for table in _TABLES
    )
    off = "SET session_replication_role = replica;" + "".join(
        f"ALTER TABLE bankcore.{table} DISABLE TRIGGER ALL;" for table in _TABLES
    )
    scratch.execute(off + aside + change)
    try:
        yield
    finally:
        scratch.execute(off + emptied + back)


def test_what_the_bank_did_by_itself_is_no_finding(known: SqlBank) -> None:
    assert known.scratch.rows("SELECT status, count(*)::int FROM bankcore.payout_jobs GROUP BY 1 ORDER BY 1") == [
        ("cancelled", 1),
        ("completed", 1),
        ("paused", 1),
        ("running", 1),
    ]
    assert findings(known) == []


_LAST_QUOTE: Final = "transaction_id IS NULL"
_CHANGES: Final = {
    "UPDATE fx_quotes SET transaction_id = NULL": "fx quote",
    f"UPDATE fx_quotes SET transaction_id = gen_random_uuid() WHERE {_LAST_QUOTE}": "no record tells that it was used",
    "UPDATE fx_quotes SET to_minor = to_minor + 1": "to",
    "UPDATE fx_quotes SET market_rate = '1.2'": "marketRate",
    "UPDATE fx_quotes SET spread_bps = 24": "spreadBps",
    "UPDATE fx_quotes SET owner_id = 'mallory'": "owner",
    "UPDATE fx_quotes SET expires_at = expires_at + interval '1 hour'": "expiresAt",
    "UPDATE fx_quotes SET created_at = created_at - interval '1 hour'": "was given at",
    "UPDATE fx_quotes SET from_currency = 'XXX'": "holds what no quote has",
    f"DELETE FROM fx_quotes WHERE {_LAST_QUOTE}": "is gone",
    "UPDATE payout_jobs SET status = 'running' WHERE status = 'paused'": "status",
    "UPDATE payout_jobs SET account_id = gen_random_uuid()": "account",
    "UPDATE payout_jobs SET total_minor = total_minor + 1": "amount",
    "UPDATE payout_jobs SET paid_items = paid_items + 1 WHERE status = 'running'": "counts other items",
    "UPDATE payout_jobs SET hold_id = gen_random_uuid() WHERE status = 'running'": "is not kept by the hold",
    "UPDATE payout_jobs SET checkpoint = 3 WHERE status = 'paused'": "counts other items",
    "UPDATE payout_jobs SET ended_at = ended_at + interval '1 hour'": "ended at",
    "UPDATE payout_jobs SET created_at = created_at + interval '1 hour'": "was started at",
    "UPDATE payout_jobs SET stopped_by = 'account_frozen' WHERE status = 'paused'": "stoppedBy",
    "UPDATE payout_jobs SET currency = 'XXX'": "holds what no payout has",
    "DELETE FROM payout_jobs WHERE status = 'cancelled'": "is gone",
    "UPDATE payout_items SET amount_minor = 200 WHERE status = 'unpaid'": "counts other items",
    "UPDATE payout_items SET transaction_id = gen_random_uuid() WHERE status = 'paid'": "was not paid by",
    "UPDATE payout_items SET account_id = gen_random_uuid() WHERE status = 'paid'": "was not paid by",
    "UPDATE payout_items SET reference = 'another' WHERE status = 'paid'": "was not paid by",
    "UPDATE payout_items SET status = 'unpaid', transaction_id = NULL WHERE status = 'paid'": "paid an item",
    "DELETE FROM payout_items WHERE status = 'failed'": "counts other items",
    "UPDATE payments SET status = 'expired' WHERE status = 'failed'": "status",
    "UPDATE payments SET amount_minor = amount_minor + 1 WHERE status <> 'completed'": "amount",
    "UPDATE payments SET capture_minor = capture_minor - 1": "was not booked by",
    "UPDATE payments SET capture_minor = 1, capture_asked_at = now() WHERE status = 'requires_capture'": "capture",
    "UPDATE payments SET capture_method = 'manual'": "captureMethod",
    "UPDATE payments SET account_id = gen_random_uuid()": "account",
    "UPDATE payments SET attempt_id = gen_random_uuid()": "attempt",
    "UPDATE payments SET transaction_id = gen_random_uuid() WHERE status = 'completed'": "was not booked by",
    "UPDATE payments SET transaction_id = NULL, status = 'failed' WHERE status = 'completed'": "does not name it",
    "UPDATE payments SET fee_minor = 1 WHERE fee_minor IS NOT NULL": "was not booked by",
    "UPDATE payments SET created_at = created_at - interval '1 hour'": "was created at",
    "UPDATE payments SET currency = 'XXX'": "holds what no payment has",
    "DELETE FROM payments WHERE status = 'failed'": "is gone",
    "UPDATE refunds SET status = 'failed', ended_at = now() WHERE status = 'unknown'": "status",
    "UPDATE refunds SET amount_minor = amount_minor + 200 WHERE status = 'unknown'": "gives more back than was paid",
    "UPDATE refunds SET account_id = gen_random_uuid() WHERE status = 'succeeded'": "was not booked by",
    "UPDATE refunds SET transaction_id = gen_random_uuid() WHERE status = 'succeeded'": "was not booked by",
    "UPDATE refunds SET transaction_id = NULL, status = 'failed' WHERE status = 'succeeded'": "does not name it",
    "UPDATE refunds SET hold_id = gen_random_uuid()": "hold",
    "UPDATE refunds SET created_at = created_at - interval '1 hour'": "was created at",
    "UPDATE refunds SET currency = 'XXX'": "holds what no refund has",
    "DELETE FROM refunds WHERE status = 'failed'": "is gone",
    "UPDATE disputes SET status = 'lost', ended_at = now() WHERE status = 'needs_response'": "status",
    "UPDATE disputes SET amount_minor = amount_minor + 1": "amount",
    "UPDATE disputes SET withdrawn_minor = withdrawn_minor + 1": "was not booked by",
    "UPDATE disputes SET withdrawn_from = gen_random_uuid() WHERE withdrawal_id IS NOT NULL": "was not booked by",
    "UPDATE disputes SET reinstated_minor = 1 WHERE reinstatement_id IS NOT NULL": "was not booked by",
    "UPDATE disputes SET collection_id = gen_random_uuid() WHERE collection_id IS NOT NULL": "was not booked by",
    "UPDATE disputes SET collection_id = NULL": "booked a dispute that does not name it",
    "UPDATE disputes SET created_at = created_at - interval '1 hour'": "was created at",
    "UPDATE disputes SET currency = 'XXX'": "holds what no dispute has",
    "DELETE FROM disputes WHERE status = 'needs_response'": "is gone",
    "DELETE FROM audit_log WHERE starts_with(action, 'dispute.')": "the log has no record of it",
    "DELETE FROM audit_log WHERE starts_with(action, 'refund.')": "the log has no record of it",
    "DELETE FROM audit_log WHERE starts_with(action, 'payment.')": "the log has no record of it",
    "DELETE FROM audit_log WHERE starts_with(action, 'fx_quote.')": "the log has no record of it",
    "DELETE FROM audit_log WHERE starts_with(action, 'payout.')": "the log has no record of it",
}


@pytest.mark.parametrize("change", _CHANGES)
def test_what_is_changed_past_the_bank_is_found(known: SqlBank, change: str) -> None:
    with tampered(known.scratch, f"SET search_path = bankcore; {change}"):
        found = findings(known)

    assert any(_CHANGES[change] in each for each in found), found
    assert findings(known) == []


def test_a_record_that_nobody_can_read_is_left_to_the_verification_of_the_log(known: SqlBank) -> None:
    with tampered(known.scratch, r"UPDATE bankcore.audit_log SET body = '\x00' WHERE starts_with(action, 'fx_quote.')"):
        assert all("the log has no record of it" in each for each in findings(known))
