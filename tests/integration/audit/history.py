"""A bank to which everything has happened that the audit log has a record of."""

from datetime import UTC, datetime
from uuid import UUID

from bankcore.actions import Subject
from bankcore.audit.attempts import Attempt, Denial, DeniedRequest, FailedBatch
from bankcore.errors import NotFoundError
from bankcore.events.stamps import CommandRefused, Event, Stamp
from bankcore.fraud.actions import CASE_DECIDED
from bankcore.fraud.cases import CaseStatus, FraudCase, FraudCaseId
from bankcore.fraud.events import FraudCaseOpened, FraudPolicyChanged
from bankcore.fraud.policy import FraudPolicy
from bankcore.fraud.signals import Rule, Score, Signal
from bankcore.identifiers import AccountId, EventId, TransactionId
from bankcore.ledger.commands import Deposit, FreezeAccount, OpenAccount, Transfer, UnfreezeAccount, Withdraw
from bankcore.ledger.transactions import Source
from bankcore.money import Money
from bankcore.origin import Origin
from bankcore.work.actions import DELIVERY_REDRIVEN
from bankcore_infra.audit.recording.attempt_records import AttemptRecords
from bankcore_infra.audit.recording.context import AuditContexts
from bankcore_infra.audit.recording.erasure import erase_contexts
from bankcore_infra.audit.recording.records import Deed, append_audit_records, make_record
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.fraud.cases import add_case
from bankcore_infra.fraud.policies import store_policy
from bankcore_infra.fraud.records import RECORDS
from tests.worlds.sql_bank import SqlBank
from tests.worlds.values import NPR, USD, npr, words

_SITA = Origin(actor_type="user", actor_id="sita", request_id="req_12345678", ip_address="203.0.113.7", user_agent="x")
_POLICIES = [FraudPolicy(case_points=9), FraudPolicy(threshold_minor={"NPR": 2**62, "JPY": 5}, freeze_points=90)]
_GONE = Origin(actor_type="user", actor_id="gone", ip_address="203.0.113.8")


def live(bank: SqlBank) -> tuple[AccountId, AccountId]:
    """Let a little of everything happen; two accounts that can be posted on."""
    alice = bank.open_account(balance="100.00").id
    bob = bank.open_account("bob", balance="5.00", floor="-7.50").id
    dollars = bank.open_account("bob", currency="USD", floor=None).id
    past = datetime(2020, 2, 29, 12, tzinfo=UTC)
    outcomes = bank.ledger.execute(
        [
            Transfer(alice, bob, npr("3.00"), reference="rent", metadata={"b": "2", "a": "1"}),
            Transfer(bob, alice, npr("1.00"), source=Source("payout", "7"), effective_at=past),
            Withdraw(bob, npr("900.00")),
            Transfer(alice, AccountId(UUID(int=1)), npr("1.00")),
            Deposit(dollars, Money.of("4.00", "USD")),
            FreezeAccount(dollars, reason="asked"),
            FreezeAccount(dollars),
            Deposit(dollars, Money.of("4.00", "USD")),
        ],
        origin=_SITA,
    )
    assert words(outcomes)[:4] == ["posted", "posted", "insufficient_funds", "not_found"], words(outcomes)
    bank.ledger.execute([Deposit(alice, npr("2.00")), OpenAccount("eve", NPR)], origin=_GONE)
    bank.ledger.execute([UnfreezeAccount(dollars), FreezeAccount(dollars), OpenAccount("eve", USD)])
    transactions = OwnTransactions(bank.database, bank.tenant_id)
    erase_contexts(transactions, bank.ids, actor_id="gone", origin=_SITA)
    transactions.run(lambda connection: _note_the_rest(connection, bank, alice))
    return alice, bob


def _note_the_rest(connection: TenantConnection, bank: SqlBank, account: AccountId) -> None:
    at = connection.opened_at
    attempts: list[Attempt] = [
        DeniedRequest(
            tenant=bank.tenant_id,
            denial=Denial.HIDDEN,
            code="not_found",
            route="GET /v1/accounts/<uuid:account_id>",
            resource="account",
            resource_id=account,
            origin=_SITA,
        ),
        DeniedRequest(
            tenant=bank.tenant_id, denial=Denial.FORBIDDEN, code="forbidden", route="GET /v1/audit/events", origin=_SITA
        ),
        FailedBatch(
            tenant=bank.tenant_id,
            commands=[Deposit(account, npr("1.00")), FreezeAccount(account), OpenAccount("eve", NPR)],
            code="unavailable",
            origin=_SITA,
        ),
    ]
    records = AttemptRecords(bank.tenant_id, at, bank.ids)
    case = FraudCase(
        tenant_id=bank.tenant_id,
        id=FraudCaseId(bank.ids.new_id()),
        account_id=account,
        transaction_id=TransactionId(bank.ids.new_id()),
        score=Score.of([Signal(Rule.LARGE, 50, "large", {"minor": 5}), Signal(Rule.DORMANT, 7, "asleep", {})]),
        froze_account=False,
        status=CaseStatus.OPEN,
        opened_at=at,
        decision=None,
    )

    def stamp() -> Stamp:
        return Stamp(EventId(bank.ids.new_id()), bank.tenant_id, at, _SITA)

    add_case(connection, case)
    for policy in _POLICIES:
        store_policy(connection, policy)
    missing = NotFoundError(resource="fraud case", identifier=str(case.id))
    refused = CommandRefused(stamp(), CASE_DECIDED["cleared"], Subject("fraud_case", case.id), missing)
    changed = (FraudPolicyChanged(stamp(), policy) for policy in _POLICIES)
    events: list[Event] = [FraudCaseOpened(stamp(), case), refused, *changed]
    delivery = bank.ids.new_id()
    append_audit_records(
        connection,
        [
            *(records.record(attempt, unrecorded=2) for attempt in attempts),
            *(RECORDS[type(event)](event, AuditContexts()) for event in events),
            make_record(
                stamp(),
                Deed(DELIVERY_REDRIVEN, subject=Subject("delivery", delivery)),
                {"delivery": {"consumer": "fraud", "event": str(delivery)}},
                AuditContexts(),
            ),
        ],
    )
