"""Whatever a capability adds, its records are sealed, proven, verified, shown and ordered without a line changed."""

from pathlib import Path
from typing import Final
from uuid import UUID

import pytest

from bankcore.actions import Action, Audience, Subject
from bankcore.events.stamps import Stamp
from bankcore.identifiers import AccountId, EventId
from bankcore.ledger.accounts import Account, AccountStatus
from bankcore.ledger.effects import Effect
from bankcore.origin import LIBRARY
from bankcore_infra.audit.laws.program import verify
from bankcore_infra.audit.recording.context import AuditContexts
from bankcore_infra.audit.recording.record_bodies import effects_of, find_body
from bankcore_infra.audit.recording.records import Deed, append_audit_records, make_record
from bankcore_infra.audit.verifying.log_verification import verify_log
from bankcore_infra.db.engine import Database
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.events.feed import SqlEventFeed
from tests.worlds.sealing import AUDITOR, SealingRole, export_of, tenant_of
from tests.worlds.sql_bank import ScratchDatabase, SqlBank
from tests.worlds.values import npr
from tests.worlds.workers import RecordingConsumer, Workers, prepare_effects

PLACED: Final = Action("escrow.filled", Audience.OWNER)
WATCHED: Final = Action("escrow.watched")


class HoldingBank:
    """A bank in which somebody can set money aside: a stand-in, which writes rows and records as a capability would."""

    def __init__(self, bank: SqlBank, scratch: ScratchDatabase, role: SealingRole, folder: Path) -> None:
        self.bank = bank
        self.scratch = scratch
        self.role = role
        self.file = folder / "log.ndjson"

    def set_aside(self, account_id: AccountId, amount_minor: int, *, action: Action = PLACED) -> UUID:
        """Add so much to what is held, in one transaction with the record of it; the record's id."""
        record_id = EventId(self.bank.ids.new_id())

        def work(connection: TenantConnection) -> None:
            connection.sql.exec_driver_sql(
                "UPDATE bankcore.accounts SET held_minor = held_minor + %s WHERE id = %s", (amount_minor, account_id)
            )
            stamp = Stamp(record_id, self.bank.tenant_id, connection.opened_at, LIBRARY)
            deed = self._deed(connection, account_id, amount_minor, action)
            append_audit_records(connection, [make_record(stamp, deed, {"why": "a stay"}, AuditContexts())])

        OwnTransactions(self.bank.database, self.bank.tenant_id).run(work)
        return record_id

    def _deed(self, connection: TenantConnection, account_id: AccountId, amount_minor: int, action: Action) -> Deed:
        version, head, balance, held, status = connection.sql.exec_driver_sql(
            "SELECT version, head_hash, balance_minor, held_minor, status FROM bankcore.accounts WHERE id = %s",
            (account_id,),
        ).one()
        currency = npr("1.00").currency
        stands = (account_id, currency, version, head, balance, held, AccountStatus(status))
        effect = Effect(*stands, set_aside_minor=amount_minor)
        return Deed(action, subject=Subject("escrow", self.bank.ids.new_id()), effects=[effect])

    def findings(self) -> tuple[list[str], list[str]]:
        """What the bank's own verification finds once all is sealed, and what an auditor finds in an export."""
        while not (sealed := self.role.seal(self.scratch, self.bank, batch=3)).is_done:
            pass
        assert sealed.note is not None
        with (
            Database(self.scratch.url(AUDITOR), pool_size=1) as database,
            database.engine_for(self.bank.tenant_id).connect() as connection,
        ):
            inside = verify_log(connection, tenant_of(self.bank), self.role.keys.public).findings
        export = export_of(self.scratch, self.bank, self.file)
        outside = verify(export, [sealed.note.text()], self.role.keys.public.pem()).findings
        return [f"{each.place}: {each.problem}" for each in inside], list(map(str, outside))


@pytest.fixture
def world(bank: SqlBank, scratch: ScratchDatabase, role: SealingRole, tmp_path: Path) -> HoldingBank:
    return HoldingBank(bank, scratch, role, tmp_path)


@pytest.fixture
def account(bank: SqlBank) -> Account:
    return bank.open_account(balance="100.00")


def test_a_bank_with_money_set_aside_is_clean_from_within_and_from_without(
    world: HoldingBank, account: Account
) -> None:
    world.set_aside(account.id, 3_000)
    world.bank.ledger.withdraw(account.id, npr("5.00"))
    world.set_aside(account.id, 500)
    world.bank.ledger.freeze(account.id, reason="a question")
    world.set_aside(account.id, -1_000)
    world.bank.ledger.unfreeze(account.id)
    world.bank.ledger.deposit(account.id, npr("1.00"))

    assert world.findings() == ([], [])


def test_what_is_held_without_a_record_is_found_also_once_it_was_told_again_and_taken_back(
    world: HoldingBank, account: Account
) -> None:
    world.set_aside(account.id, 3_000)
    world.scratch.execute("UPDATE bankcore.accounts SET held_minor = 1000 WHERE id = %s", account.id)
    world.bank.ledger.withdraw(account.id, npr("60.00"))
    world.scratch.execute("UPDATE bankcore.accounts SET held_minor = 3000 WHERE id = %s", account.id)

    for found in world.findings():
        assert any("1000 was held before it, and 3000" in each for each in found), found


def test_an_amount_that_is_not_the_one_that_was_set_aside_is_found_in_the_row(
    world: HoldingBank, account: Account
) -> None:
    world.set_aside(account.id, 3_000)
    world.scratch.execute("UPDATE bankcore.accounts SET held_minor = 2999 WHERE id = %s", account.id)

    for found in world.findings():
        assert any("its held_minor is 2999, and 3000 after all its records" in each for each in found), found


def test_the_heads_of_accounts_that_it_changed_are_sealed(world: HoldingBank, account: Account) -> None:
    world.findings()
    world.set_aside(account.id, 3_000)
    world.findings()

    (body,) = world.scratch.rows(
        "SELECT id, body FROM bankcore.audit_log WHERE action = 'heads.sealed' ORDER BY at DESC, id DESC LIMIT 1"
    )
    found = find_body(world.bank.tenant_id, *body)  # type: ignore[arg-type] # a row
    assert found is not None
    assert [head[0] for head in found["heads"]["accounts"]] == [str(account.id)]


def test_the_feed_shows_it_to_whom_it_is_for_and_to_nobody_by_default(world: HoldingBank, account: Account) -> None:
    placed = world.set_aside(account.id, 3_000)
    world.set_aside(account.id, 1, action=WATCHED)
    feed = SqlEventFeed(OwnTransactions(world.bank.database, world.bank.tenant_id))

    for page in (feed.read(limit=10), feed.read(owner_id="alice", limit=10)):
        assert [event.action for event in page.events] == ["account.opened", "transaction.posted", "escrow.filled"]
        assert page.events[-1].id == placed
        (effect,) = page.events[-1].effects
        assert (effect.account_id, effect.sequence, effect.balance, effect.held) == (account.id, 1, "100.00", "30.00")
        assert page.events[-1].facts == {"why": "a stay"}


def test_consumers_get_it_in_the_order_of_its_account(world: HoldingBank, account: Account) -> None:
    prepare_effects(world.scratch)
    consumer = RecordingConsumer(actions=frozenset({"account.opened", "transaction.posted", PLACED.name}))
    workers = Workers(world.bank, [consumer])
    world.set_aside(account.id, 3_000)
    world.bank.ledger.deposit(account.id, npr("1.00"))
    world.set_aside(account.id, -3_000)

    workers.run()

    assert workers.sequences(account.id) == [0, 1, 1, 2, 2]
    (last,) = effects_of(consumer.batches[-1][-1].body)
    assert (last.sequence, last.held) == (2, "0.00")
