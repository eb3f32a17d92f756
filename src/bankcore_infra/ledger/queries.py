"""Reads of the books on PostgreSQL, each costing what it returns and not what the tables hold."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final, TypeVar
from uuid import UUID

from typing_extensions import override

from bankcore.arguments import (
    require_count,
    require_id,
    require_ids,
    require_optional_id,
    require_optional_words,
    require_words,
)
from bankcore.clock import require_instant
from bankcore.errors import NotFoundError
from bankcore.identifiers import AccountId, TransactionId
from bankcore.ledger.accounts import Account, AccountKind
from bankcore.ledger.queries import (
    Balance,
    HistoryFilter,
    HistoryPosition,
    LedgerQueries,
    TransactionView,
    TrialBalanceLine,
    require_page_of_history,
)
from bankcore.ledger.transactions import Entry, Transaction
from bankcore.money import CURRENCIES, Money
from bankcore_infra.db import arrays
from bankcore_infra.db.exchange import Parameter, Rows, Sent, Statement
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import Transactions
from bankcore_infra.ledger.history import history_question
from bankcore_infra.ledger.reading import (
    GET_ACCOUNT,
    SELECT_ACCOUNTS,
    account_in,
    entry_in,
    find_transactions,
)
from bankcore_infra.ledger.value_dates import BALANCE_EFFECTIVE_AT

T = TypeVar("T")

# Kept without end, because no role may change whose an account is; each takes some 200 bytes.
_OWNERS_KEPT: Final = 100_000

_ACCOUNT_BY_NUMBER: Final = Statement(f"{SELECT_ACCOUNTS} WHERE tenant_id = $1::uuid AND number = $2::text")
_LIST_ACCOUNTS: Final = Statement(f"""{SELECT_ACCOUNTS}
    WHERE tenant_id = $1::uuid AND owner_id = $2::text AND id > $3::uuid
    ORDER BY id LIMIT $4::bigint
""")
_LIST_ENTRIES: Final = Statement("""
    SELECT account_id, sequence, transaction_id, currency, amount_minor, balance_before_minor, balance_after_minor,
           posted_at, hash
    FROM bankcore.entries
    WHERE tenant_id = $1::uuid AND account_id = $2::uuid AND sequence < $3::bigint
    ORDER BY sequence DESC LIMIT $4::bigint
""")
_BALANCE_AT: Final = Statement("""
    SELECT coalesce(
        (SELECT e.balance_after_minor FROM bankcore.entries e
         WHERE e.tenant_id = $1::uuid AND e.account_id = $2::uuid
           AND e.sequence = bankcore.last_sequence_at($1::uuid, $2::uuid, $3::timestamptz)), 0)
""")
_LAST_SEQUENCE_AT: Final = Statement("SELECT bankcore.last_sequence_at($1::uuid, $2::uuid, $3::timestamptz)")
_ACCOUNTS_OF_OWNER: Final = Statement("""
    SELECT id FROM bankcore.accounts WHERE tenant_id = $1::uuid AND id = ANY($2::uuid[]) AND owner_id = $3::text
""")
_REVERSALS: Final = Statement("""
    SELECT reverses, id FROM bankcore.transactions
    WHERE tenant_id = $1::uuid AND reverses = ANY($2::uuid[]) ORDER BY id
""")
_TRIAL_BALANCE: Final = Statement("""
    SELECT currency, kind, count(*), sum(balance_minor)::text
    FROM bankcore.accounts WHERE tenant_id = $1::uuid GROUP BY currency, kind ORDER BY currency, kind
""")
# An account without an entry since then has its balance at hand; of the others it is looked for.
_TRIAL_BALANCE_AT: Final = Statement("""
    SELECT currency, kind, count(*), sum(balance_minor)::text
    FROM (
        SELECT a.currency, a.kind, CASE
            WHEN a.last_posted_at <= $2::timestamptz THEN a.balance_minor
            ELSE coalesce(
                (SELECT e.balance_after_minor FROM bankcore.entries AS e
                 WHERE e.tenant_id = a.tenant_id AND e.account_id = a.id
                   AND e.sequence = bankcore.last_sequence_at(a.tenant_id, a.id, $2::timestamptz)), 0)
            END AS balance_minor
        FROM bankcore.accounts AS a WHERE a.tenant_id = $1::uuid AND a.created_at <= $2::timestamptz
    ) AS held
    GROUP BY currency, kind ORDER BY currency, kind
""")
_FIRST: Final = AccountId(UUID(int=0))
_EVERY_SEQUENCE: Final = 2**63 - 1


class SqlLedgerQueries(LedgerQueries):
    """The books of one tenant, read in transactions that change nothing."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self._known_owner_id = lru_cache(_OWNERS_KEPT)(self._read_owner_id)

    @override
    def get_account(self, account_id: AccountId, *, owner_id: str | None = None) -> Account:
        require_id(account_id, "/accountId")
        require_optional_words(owner_id, "/ownerId")
        _as_of, rows = self._transactions.ask(GET_ACCOUNT, self._transactions.tenant_id, account_id)
        return _account_among(rows, account_id, owner_id)

    @override
    def get_owner_id(self, account_id: AccountId) -> str:
        require_id(account_id, "/accountId")
        return self._known_owner_id(account_id)

    def _read_owner_id(self, account_id: AccountId) -> str:
        return self.get_account(account_id).owner_id

    @override
    def find_account_by_number(self, number: str) -> Account | None:
        require_words(number, "/number")
        _as_of, rows = self._transactions.ask(_ACCOUNT_BY_NUMBER, self._transactions.tenant_id, number)
        return account_in(rows[0]) if rows else None

    @override
    def list_accounts(self, *, owner_id: str, after: AccountId | None = None, limit: int) -> Sequence[Account]:
        require_words(owner_id, "/ownerId")
        require_optional_id(after, "/after")
        require_count(limit, "/limit")
        tenant_id = self._transactions.tenant_id
        _as_of, rows = self._transactions.ask(_LIST_ACCOUNTS, tenant_id, owner_id, after or _FIRST, limit)
        return [account_in(row) for row in rows]

    @override
    def balance_at(self, account_id: AccountId, at: datetime | None = None, *, owner_id: str | None = None) -> Balance:
        require_id(account_id, "/accountId")
        require_optional_words(owner_id, "/ownerId")
        if at is None:
            as_of, rows = self._transactions.ask(GET_ACCOUNT, self._transactions.tenant_id, account_id)
            account = _account_among(rows, account_id, owner_id)
            return Balance(
                account_id=account_id, balance=account.balance, held=account.held, at=as_of, version=account.version
            )
        return self._past_balance(account_id, _BALANCE_AT, require_instant(at, "/at"), owner_id)

    @override
    def balance_effective_at(
        self, account_id: AccountId, effective_at: datetime, *, owner_id: str | None = None
    ) -> Balance:
        at = require_instant(effective_at, "/effectiveAt")
        return self._past_balance(account_id, BALANCE_EFFECTIVE_AT, at, owner_id)

    def _past_balance(self, account_id: AccountId, statement: Statement, at: datetime, owner_id: str | None) -> Balance:
        """What the statement tells of the account at that instant; what was held then is not known."""
        account, [(balance_minor,)] = self._of_account(account_id, owner_id, statement, at)
        nothing = Money.zero(account.currency)
        return Balance(account_id=account_id, balance=Money(balance_minor, account.currency), held=nothing, at=at)

    @override
    def last_sequence_at(self, account_id: AccountId, instant: datetime, *, owner_id: str | None = None) -> int:
        at = require_instant(instant, "/instant")
        _account, [(sequence,)] = self._of_account(account_id, owner_id, _LAST_SEQUENCE_AT, at)
        return int(sequence)

    @override
    def list_entries(
        self, account_id: AccountId, *, before_sequence: int | None = None, limit: int, owner_id: str | None = None
    ) -> Sequence[Entry]:
        require_count(limit, "/limit")
        if before_sequence is not None:
            require_count(before_sequence, "/beforeSequence")
        below = _EVERY_SEQUENCE if before_sequence is None else before_sequence
        _account, rows = self._of_account(account_id, owner_id, _LIST_ENTRIES, below, limit)
        return [entry_in(row) for row in rows]

    @override
    def get_transaction(self, transaction_id: TransactionId, *, owner_id: str | None = None) -> TransactionView:
        require_id(transaction_id, "/transactionId")
        require_optional_words(owner_id, "/ownerId")

        def find(connection: TenantConnection) -> TransactionView:
            for view in _views(connection, [transaction_id], owner_id):
                if view.own_account_ids is None or view.own_account_ids:
                    return view
            raise NotFoundError(resource="transaction", identifier=str(transaction_id))

        return self._read(find)

    @override
    def find_transactions(self, transaction_ids: Sequence[TransactionId]) -> Mapping[TransactionId, Transaction]:
        require_ids(transaction_ids, "/transactionIds")
        return self._read(lambda connection: find_transactions(connection, transaction_ids))

    @override
    def history(
        self, wanted: HistoryFilter, *, before: HistoryPosition | None = None, offset: int = 0, limit: int
    ) -> Sequence[TransactionView]:
        require_page_of_history(wanted, before, offset=offset, limit=limit)

        def find(connection: TenantConnection) -> Sequence[TransactionView]:
            question = history_question(connection.tenant_id, wanted, before, offset=offset, limit=limit)
            rows = connection.ask(question.statement, *question.parameters)
            return _views(connection, [row[1] for row in rows], wanted.owner_id)

        return self._read(find)

    @override
    def trial_balance(self, at: datetime | None = None) -> Sequence[TrialBalanceLine]:
        # One statement sees one moment, whatever is posted meanwhile.
        tenant_id = self._transactions.tenant_id
        if at is None:
            _as_of, rows = self._transactions.ask(_TRIAL_BALANCE, tenant_id)
        else:
            _as_of, rows = self._transactions.ask(_TRIAL_BALANCE_AT, tenant_id, require_instant(at, "/at"))
        return [
            TrialBalanceLine(CURRENCIES[currency], AccountKind(kind), accounts, int(total_minor))
            for currency, kind, accounts, total_minor in rows
        ]

    def _of_account(
        self, account_id: AccountId, owner_id: str | None, statement: Statement, *parameters: Parameter
    ) -> tuple[Account, Rows]:
        """The account, and the rows of a statement that begins with tenant and account. Raises: NotFoundError."""
        require_id(account_id, "/accountId")
        require_optional_words(owner_id, "/ownerId")
        key = (self._transactions.tenant_id, account_id)

        def find(connection: TenantConnection) -> tuple[Account, Rows]:
            found, rows = connection.ask_together(Sent(GET_ACCOUNT, key), Sent(statement, (*key, *parameters)))
            return _account_among(found, account_id, owner_id), rows

        return self._read(find)

    def _read(self, work: Callable[[TenantConnection], T]) -> T:
        return self._transactions.rehearse(work)


def _account_among(rows: Rows, account_id: AccountId, owner_id: str | None) -> Account:
    account = account_in(rows[0]) if rows else None
    if account is None or owner_id not in {None, account.owner_id}:
        raise NotFoundError(resource="account", identifier=str(account_id))
    return account


def _views(
    connection: TenantConnection, transaction_ids: Sequence[TransactionId], owner_id: str | None
) -> list[TransactionView]:
    """The transactions in the given order, with what the owner may see of each, and what has undone it."""
    found = find_transactions(connection, transaction_ids)
    transactions = [found[transaction_id] for transaction_id in transaction_ids if transaction_id in found]
    if not transactions:
        return []
    involved = {entry.account_id for transaction in transactions for entry in transaction.entries}
    reversing = Sent(_REVERSALS, (connection.tenant_id, arrays.uuids([each.id for each in transactions])))
    owning = Sent(_ACCOUNTS_OF_OWNER, (connection.tenant_id, arrays.uuids(involved), owner_id or ""))
    reversals, owned = connection.ask_together(reversing, owning)
    own = None if owner_id is None else frozenset(AccountId(account_id) for (account_id,) in owned)
    return [
        TransactionView(
            transaction=transaction,
            own_account_ids=None
            if own is None
            else frozenset(entry.account_id for entry in transaction.entries if entry.account_id in own),
            reversed_by=tuple(TransactionId(each) for undone, each in reversals if undone == transaction.id),
        )
        for transaction in transactions
    ]
