"""Reads of holds on PostgreSQL, each one statement, so that what it shows was so at one moment."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final
from uuid import UUID

from typing_extensions import override

from bankcore.arguments import require_count, require_id, require_optional_id, require_optional_words
from bankcore.errors import NotFoundError
from bankcore.holds.queries import HoldQueries, OpenHolds, require_wanted
from bankcore.identifiers import AccountId, HoldId
from bankcore.ledger.holds import Hold, HoldStatus
from bankcore_infra.db.exchange import Parameter, Statement
from bankcore_infra.db.transactions import Transactions
from bankcore_infra.ledger.named import HOLD_COLUMNS, hold_in
from bankcore_infra.ledger.reading import SELECT_ACCOUNTS, account_in

_FIRST: Final = UUID(int=0)
_HOLDS: Final = f"SELECT {HOLD_COLUMNS} FROM bankcore.holds AS hold WHERE tenant_id = $1::uuid"  # noqa: S608 - constants
_OF_OWNER: Final = """EXISTS (
    SELECT FROM bankcore.accounts AS account
    WHERE account.tenant_id = $1::uuid AND account.id = hold.account_id AND account.owner_id = {}::text)"""
_STATUS: Final = "CASE WHEN status = 'open' AND expires_at <= now() THEN 'expired' ELSE status END = {}::text"
# The account comes with each of its open holds, and alone if it has none.
_OPEN_HOLDS: Final = Statement(f"""
    SELECT account.*, hold.* FROM (
        {SELECT_ACCOUNTS} WHERE tenant_id = $1::uuid AND id = $2::uuid
    ) AS account LEFT JOIN LATERAL (
        {_HOLDS} AND hold.account_id = $2::uuid AND status = 'open' AND expires_at > now() AND hold.id > $3::uuid
        ORDER BY hold.id LIMIT $4::bigint
    ) AS hold ON true
    ORDER BY hold.id
""")  # noqa: S608 - made of constants
_ACCOUNT_WIDTH: Final = 14


class SqlHoldQueries(HoldQueries):
    """The holds of one tenant, read in transactions that change nothing."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    @override
    def get_hold(self, hold_id: HoldId, *, owner_id: str | None = None) -> Hold:
        require_id(hold_id, "/holdId")
        require_optional_words(owner_id, "/ownerId")
        found = self._find({"hold.id = {}::uuid": hold_id, _OF_OWNER: owner_id}, limit=1)
        if not found:
            raise NotFoundError(resource="hold", identifier=str(hold_id))
        return found[0]

    @override
    def list_holds(
        self,
        *,
        owner_id: str | None = None,
        account_id: AccountId | None = None,
        status: HoldStatus | None = None,
        after: HoldId | None = None,
        limit: int,
    ) -> Sequence[Hold]:
        require_wanted(owner_id=owner_id, account_id=account_id, status=status, after=after, limit=limit)
        wanted: dict[str, Parameter] = {
            "hold.id > {}::uuid": after,
            "hold.account_id = {}::uuid": account_id,
            _OF_OWNER: owner_id,
            _STATUS: status,
        }
        return self._find(wanted, limit=limit)

    @override
    def list_open(
        self, account_id: AccountId, *, owner_id: str | None = None, after: HoldId | None = None, limit: int
    ) -> OpenHolds:
        require_id(account_id, "/accountId")
        require_optional_words(owner_id, "/ownerId")
        require_optional_id(after, "/after")
        require_count(limit, "/limit")
        tenant_id = self._transactions.tenant_id
        _as_of, rows = self._transactions.ask(_OPEN_HOLDS, tenant_id, account_id, after or _FIRST, limit)
        account = account_in(rows[0][:_ACCOUNT_WIDTH]) if rows else None
        if account is None or owner_id not in {None, account.owner_id}:
            raise NotFoundError(resource="account", identifier=str(account_id))
        holds = [row[_ACCOUNT_WIDTH:] for row in rows]
        return OpenHolds(account, [hold_in(hold) for hold in holds if hold[0] is not None])

    def _find(self, wanted: dict[str, Parameter], *, limit: int) -> list[Hold]:
        """The first holds that meet the conditions whose value is given."""
        given = {condition: value for condition, value in wanted.items() if value is not None}
        as_of, rows = self._transactions.ask(
            _holds_that(tuple(given)), self._transactions.tenant_id, limit, *given.values()
        )
        return [hold_in(row).expire_if_over(as_of) for row in rows]


@cache
def _holds_that(conditions: tuple[str, ...]) -> Statement:
    """One statement for each set of filters, so that each is planned for what it asks."""

    def texts() -> Iterator[str]:
        for number, condition in enumerate(conditions, start=3):
            yield f"AND {condition.format(f'${number}')}"

    return Statement(f"{_HOLDS} {' '.join(texts())} ORDER BY hold.id LIMIT $2::bigint")
