"""Each change of limits is an event: whose, which, by whom and why; each refusal too."""

from uuid import UUID

import pytest

from bankcore.errors import NotFoundError
from bankcore.events.stamps import CommandRefused
from bankcore.identifiers import AccountId
from bankcore.ledger.limits import Limit, LimitWindow
from bankcore.limits.policies import LimitsChanged
from bankcore.origin import Origin
from bankcore.testing import InMemoryBank
from bankcore.testing.limits import in_memory_limits
from tests.worlds.values import npr

STAFF = Origin(actor_type="user", actor_id="operator-7")
DAILY = Limit(per=LimitWindow.DAY, amount=npr("10"))


def test_each_change_is_an_event_with_its_version(bank: InMemoryBank) -> None:
    limits, account = in_memory_limits(bank), bank.accounts.open(currency="NPR", owner_id="alice")

    limits.set_for_account(account.id, [DAILY], reason="a new customer", origin=STAFF)
    limits.set_for_tenant([DAILY], origin=STAFF)
    limits.set_for_account(account.id, [], origin=STAFF)

    events = [each for each in bank.events if isinstance(each, LimitsChanged)]
    assert [(each.account_id, each.version, each.policy, each.reason) for each in events] == [
        (account.id, 1, (DAILY,), "a new customer"),
        (None, 1, (DAILY,), None),
        (account.id, 2, (), None),
    ]
    assert {each.stamp.origin for each in events} == {STAFF}


def test_a_refusal_is_an_event_too(bank: InMemoryBank) -> None:
    with pytest.raises(NotFoundError):
        in_memory_limits(bank).set_for_account(AccountId(UUID(int=404)), [DAILY], origin=STAFF)

    event = bank.events[-1]
    assert isinstance(event, CommandRefused)
    assert (event.action.name, event.stamp.origin) == ("limits.changed", STAFF)
