"""The feed shows every change once, in commit order, while others go on committing; and to each what is theirs."""

import random
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from typing_extensions import override

from bankcore.errors import InvalidRequestError, UnauthenticatedError
from bankcore.events.feed import EventFeed, FeedEvent, FeedPosition
from bankcore.identifiers import SessionId, UserId
from bankcore.identity.principals import Principal
from bankcore.identity.users import Role
from bankcore.ledger.commands import Transfer
from bankcore.testing.services import ListedServices
from bankcore_http.auth import Authenticator, BearerToken
from bankcore_http.events.blueprint import events_blueprint
from bankcore_http.serving.app import create_app
from bankcore_infra.clock import SystemClock
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.events.feed import SqlEventFeed
from bankcore_infra.identifiers import RandomIdentifiers
from tests.worlds.sql_bank import SqlBank
from tests.worlds.values import npr

WRITERS: Final = 4
EACH: Final = 15
SITA: Final = UserId(UUID(int=0xA1))
RAM: Final = UserId(UUID(int=0xA2))
AUDITOR: Final = UserId(UUID(int=0xA3))


class IdIsToken(Authenticator):
    """Believes whoever says an id."""

    def __init__(self, bank: SqlBank) -> None:
        self._bank = bank

    @override
    def authenticate(self, access_token: str) -> Principal:
        user_id = UserId(UUID(access_token))
        if user_id not in {SITA, RAM, AUDITOR}:
            raise UnauthenticatedError
        return Principal(
            user_id=user_id,
            tenant_id=self._bank.tenant_id,
            tenant_slug="main",
            session_id=SessionId(UUID(int=1)),
            roles=frozenset({Role.AUDITOR if user_id == AUDITOR else Role.HOLDER}),
        )


def feed_of(bank: SqlBank) -> SqlEventFeed:
    return SqlEventFeed(OwnTransactions(bank.database, bank.tenant_id))


def read_on(feed: SqlEventFeed, after: FeedPosition | None, *, limit: int = 7) -> list[FeedEvent]:
    """Everything from there on, page by page."""
    found: list[FeedEvent] = []
    while True:
        page = feed.read(after=after, limit=limit)
        found += page.events
        if page.next_position is None:
            return found
        after = page.next_position


@contextmanager
def writers_at_work(bank: SqlBank) -> Iterator[list[threading.Thread]]:
    """Transactions of many lengths that overlap, some of which are rolled back."""
    accounts = [bank.open_account(f"holder {number}", floor=None) for number in range(6)]

    def write(seed: int) -> None:
        dice = random.Random(seed)
        for _ in range(EACH):
            source, target = dice.sample(accounts, 2)
            with bank.database.engine_for(bank.tenant_id).connect() as connection:
                connection.exec_driver_sql("SELECT pg_current_xact_id()")
                time.sleep(dice.random() * 0.01)
                bank.using(connection).execute([Transfer(source.id, target.id, npr("1.00"))])
                time.sleep(dice.random() * 0.01)
                connection.rollback() if dice.random() < 0.2 else connection.commit()

    writers = [threading.Thread(target=write, args=(seed,)) for seed in range(WRITERS)]
    for writer in writers:
        writer.start()
    yield writers
    for writer in writers:
        writer.join(30)


@pytest.fixture
def client(bank: SqlBank) -> FlaskClient:
    """The feed over HTTP."""
    app = create_app(
        [events_blueprint(ListedServices({EventFeed: lambda _tenant_id: feed_of(bank)}), BearerToken(IdIsToken(bank)))],
        clock=SystemClock(),
        new_id=RandomIdentifiers().new_id,
        readiness=dict,
        log_request=lambda _line: None,
    )
    return app.test_client()


def require_order_of_accounts(bodies: Sequence[Mapping[str, Any]]) -> None:
    """Each account opens, and then has its entries as its sequence counts them."""
    reached: dict[str, int] = {}
    for body in bodies:
        if "account" in body:
            assert reached.setdefault(body["account"]["id"], 0) == 0
        for entry in body.get("transaction", {}).get("entries", ()):
            assert entry["sequence"] == reached.get(entry["account"], 0) + 1
            reached[entry["account"]] = entry["sequence"]


def ask(client: FlaskClient, who: UserId, query: str = "") -> Any:
    """The answer of the feed."""
    return client.get(f"/v1/events{query}", headers={"Authorization": f"Bearer {who}"}).get_json()


def test_a_reader_that_goes_on_from_the_last_event_misses_and_repeats_nothing(bank: SqlBank) -> None:
    feed, seen = feed_of(bank), list[FeedEvent]()

    with writers_at_work(bank) as writers:
        while any(writer.is_alive() for writer in writers):
            seen += read_on(feed, seen[-1].position if seen else None)
    seen += read_on(feed, seen[-1].position if seen else None)

    committed = bank.scratch.rows("SELECT id FROM bankcore.audit_log")
    assert sorted(event.id for event in seen) == sorted(record_id for (record_id,) in committed)  # type: ignore[type-var]
    require_order_of_accounts([event.facts for event in seen])
    assert len(seen) > WRITERS * EACH / 2


def test_a_holder_sees_what_happened_on_own_accounts_and_only_own_balances(bank: SqlBank, client: FlaskClient) -> None:
    hers, his = bank.open_account(str(SITA), balance="10.00"), bank.open_account(str(RAM), balance="7.00")
    bank.ledger.transfer(hers.id, his.id, npr("1.00"))

    shown = ask(client, SITA)["data"]

    assert [event["action"] for event in shown] == ["account.opened", "transaction.posted", "transaction.posted"]
    entries = {entry["accountId"]: entry for entry in shown[2]["data"]["transaction"]["entries"]}
    assert entries[str(hers.id)] == {
        "accountId": str(hers.id),
        "amount": "-1.00",
        "currency": "NPR",
        "balanceBefore": "10.00",
        "balanceAfter": "9.00",
        "sequence": 2,
    }
    assert entries[str(his.id)] == {"accountId": str(his.id), "amount": "1.00", "currency": "NPR"}
    assert "7.00" not in str(shown)
    assert "8.00" not in str(shown)


def test_staff_see_everything_that_changed_and_no_refusal(bank: SqlBank, client: FlaskClient) -> None:
    hers, his = bank.open_account(str(SITA)), bank.open_account(str(RAM), balance="7.00")
    bank.ledger.execute([Transfer(hers.id, his.id, npr("1.00"))])

    shown = ask(client, AUDITOR)["data"]

    assert [event["action"] for event in shown] == ["account.opened", "account.opened", "transaction.posted"]
    assert all("balanceAfter" in entry for entry in shown[2]["data"]["transaction"]["entries"])


def test_the_cursor_of_any_event_goes_on_after_it(bank: SqlBank, client: FlaskClient) -> None:
    hers = bank.open_account(str(SITA))
    for amount in range(1, 6):
        bank.ledger.deposit(hers.id, npr(f"{amount}.00"))
    everything = ask(client, SITA)
    assert everything["meta"]["page"]["nextCursor"] is None

    for place, event in enumerate(everything["data"]):
        after = ask(client, SITA, f"?limit=2&cursor={event['cursor']}")
        assert after["data"] == everything["data"][place + 1 : place + 3]
        assert (after["meta"]["page"]["nextCursor"] is not None) == (place + 3 < len(everything["data"]))


def test_a_place_that_cannot_be_in_this_feed_is_refused(bank: SqlBank, client: FlaskClient) -> None:
    for transaction in (2**62, -1):
        with pytest.raises(InvalidRequestError):
            feed_of(bank).read(after=FeedPosition(transaction, UUID(int=0)), limit=1)

    assert ask(client, SITA, "?cursor=abc")["error"]["errors"][0]["pointer"] == "/query/cursor"


def test_a_reader_to_whom_nothing_belongs_gets_through_a_long_feed_in_short_steps(
    bank: SqlBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = bank.open_account("sita")
    bank.ledger.execute([Transfer(account.id, account.id, npr("1.00")) for _ in range(3)])
    for _ in range(25):
        bank.ledger.deposit(account.id, npr("1.00"))
    last = bank.open_account("ram")
    monkeypatch.setattr("bankcore_infra.events.feed._SCANNED_AT_ONCE", 3)
    monkeypatch.setattr("bankcore_infra.events.feed._SCANS_MAX", 2)

    found, after, pages = list[FeedEvent](), None, 0
    while pages == 0 or after is not None:
        page = feed_of(bank).read(owner_id="ram", after=after, limit=5)
        found, after, pages = [*found, *page.events], page.next_position, pages + 1

    assert [event.account_ids for event in found] == [[last.id]]
    assert pages > 3
