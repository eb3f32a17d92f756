from datetime import UTC, datetime
from uuid import UUID

import pytest

from bankcore.identifiers import TenantId
from bankcore.ledger.events import LedgerEvent
from bankcore.money import Currency
from bankcore_infra.audit.recording.context import AuditContexts
from bankcore_infra.audit.recording.ledger_records import ledger_record
from bankcore_infra.audit.recording.records import AuditRecord
from bench import fill_history
from bench.fill_history import History, HistoryDiffersError, Size

TENANT = TenantId(UUID(int=7))


def history(seed: int = 7) -> History:
    """A hundred accounts in a year."""
    return History(
        TENANT,
        Currency.of("USD"),
        Size(accounts=100, entries=1_001),
        datetime(2025, 1, 1, tzinfo=UTC),
        datetime(2026, 1, 1, tzinfo=UTC),
        seed,
    )


def test_a_history_moves_money_and_makes_none() -> None:
    made = history()

    rows = list(made.chunks())

    assert sum(len(chunk.entries) for chunk in rows) == 1_000
    assert sum(len(chunk.transactions) for chunk in rows) == 500
    assert sum(len(chunk.audit_log) for chunk in rows) == 600
    assert sum(made.books.balances) == 0
    assert min(made.books.balances[1:]) >= 0
    assert sum(made.books.versions) == 1_000


def test_the_same_seed_makes_the_same_history() -> None:
    same, again, other = (list(history(seed).chunks()) for seed in (7, 7, 8))

    assert same == again
    assert same != other


def test_a_history_that_the_library_would_record_differently_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def of_a_later_version(event: LedgerEvent, contexts: AuditContexts) -> AuditRecord:
        return ledger_record(event, contexts)._replace(body=b'{"v":2}')

    monkeypatch.setattr(fill_history, "ledger_record", of_a_later_version)

    with pytest.raises(HistoryDiffersError):
        list(history().chunks())


@pytest.mark.parametrize(("accounts", "entries"), [(1, 10), (10, 19)])
def test_a_size_in_which_accounts_could_not_be_funded_is_refused(accounts: int, entries: int) -> None:
    with pytest.raises(ValueError, match="at least two accounts"):
        Size(accounts=accounts, entries=entries)
