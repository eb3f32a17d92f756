"""The record of a posted transaction is written at once, and is byte for byte what the frame of all records makes."""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from bankcore.actions import Subject
from bankcore.events.stamps import Stamp
from bankcore.identifiers import AccountId, EventId, TenantId, TransactionId
from bankcore.ledger.accounts import AccountStatus
from bankcore.ledger.actions import TRANSACTION_POSTED
from bankcore.ledger.events import TransactionPosted
from bankcore.ledger.transactions import Entry, Source, Transaction
from bankcore.money import CURRENCIES, MINOR_MAX, Money
from bankcore.origin import Origin
from bankcore_infra.audit.recording.context import AuditContexts
from bankcore_infra.audit.recording.ledger_records import ledger_records
from bankcore_infra.audit.recording.posted_records import PostedRecords, posted_facts
from bankcore_infra.audit.recording.records import AuditRecord, Deed, make_record

NOON: Final = datetime(2026, 1, 31, 12, tzinfo=UTC)
MAIN: Final = TenantId(UUID(int=1))
TEXTS: Final = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8)
MINORS: Final = st.integers(-MINOR_MAX, MINOR_MAX) | st.integers(-1_001, 1_001)
ACCOUNTS: Final = st.integers(1, 4).map(lambda number: AccountId(UUID(int=number << 100 | number)))
ORIGINS: Final = st.builds(
    Origin,
    actor_type=st.sampled_from(["user", "service"]),
    actor_id=TEXTS,
    request_id=st.none() | TEXTS,
    ip_address=st.none() | st.just("203.0.113.7"),
    user_agent=st.none() | TEXTS,
)
ENTRIES: Final = st.builds(
    Entry,
    ACCOUNTS,
    st.integers(1, MINOR_MAX),
    st.just(TransactionId(UUID(int=7))),
    st.sampled_from([CURRENCIES[code] for code in ("NPR", "JPY", "KWD")]),
    MINORS,
    MINORS,
    MINORS,
    st.just(NOON),
    st.binary(min_size=32, max_size=32),
)
TRANSACTIONS: Final = st.builds(
    Transaction,
    st.just(MAIN),
    st.integers(1, 9).map(lambda number: TransactionId(UUID(int=number))),
    st.sampled_from(["transfer", "deposit"]),
    st.just(Money(1, CURRENCIES["NPR"])),
    st.none() | TEXTS,
    st.dictionaries(TEXTS, TEXTS, max_size=3),
    st.none() | st.just(TransactionId(UUID(int=99))),
    st.none() | st.builds(Source, TEXTS, TEXTS),
    st.sampled_from([NOON, NOON - timedelta(days=1)]),
    st.just(NOON),
    st.lists(ENTRIES, min_size=2, max_size=4).map(tuple),
)
HELD: Final = st.dictionaries(ACCOUNTS, st.integers(1, MINOR_MAX), max_size=3)


STATUSES: Final[st.SearchStrategy[dict[AccountId, AccountStatus]]] = st.just({}) | st.dictionaries(
    ACCOUNTS, st.sampled_from([each for each in AccountStatus if each is not AccountStatus.ACTIVE]), max_size=3
)


def event_of(
    transaction: Transaction, origin: Origin, held: dict[AccountId, int], statuses: dict[AccountId, AccountStatus]
) -> TransactionPosted:
    return TransactionPosted(Stamp(EventId(transaction.id), MAIN, NOON, origin), transaction, held, statuses)


def through_the_frame(event: TransactionPosted, contexts: AuditContexts) -> AuditRecord:
    deed = Deed(TRANSACTION_POSTED, subject=Subject("transaction", event.transaction.id), effects=event.effects)
    return make_record(event.stamp, deed, {"transaction": posted_facts(event.transaction)}, contexts)


@given(st.lists(st.builds(event_of, TRANSACTIONS, ORIGINS, HELD, STATUSES), min_size=1, max_size=4))
def test_a_record_that_is_written_at_once_is_the_one_that_the_frame_makes(events: list[TransactionPosted]) -> None:
    records, contexts = PostedRecords(AuditContexts(lambda: bytes(16))), AuditContexts(lambda: bytes(16))
    # Callers take turns, and what belongs to one of them must not be told of another.
    in_turns = [*events, *reversed(events)]

    written = [records.record(event) for event in in_turns]

    assert written == [through_the_frame(event, contexts) for event in in_turns]


@given(st.builds(event_of, TRANSACTIONS, ORIGINS, HELD, STATUSES))
def test_the_records_of_a_unit_of_work_share_one_context_for_each_caller(event: TransactionPosted) -> None:
    first, again = ledger_records([event, event])

    assert first.context is again.context
