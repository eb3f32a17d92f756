"""Whoever goes round the tenants: in turn, and whatever goes wrong."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from typing_extensions import override

from bankcore.errors import UnavailableError
from bankcore.identifiers import TenantId
from bankcore.notifications.channels import ChannelDownError
from bankcore.notifications.send import SendNotifications
from bankcore.tenancy.tenants import Tenant, TenantDirectory, TenantKind
from bankcore_infra.notifications import sender as module
from bankcore_infra.notifications.sender import JITTER_MAX_PERMILLE, NotificationSender, random_jitter
from tests.worlds.memory_notifications import MemoryNotifications

FIRST, SECOND = TenantId(UUID(int=1)), TenantId(UUID(int=2))


@dataclass
class TwoTenants(TenantDirectory):
    """Two tenants; or whatever is to be raised instead, as often as told."""

    troubles: list[Exception] = field(default_factory=list)

    @override
    def list_tenants(self) -> Sequence[Tenant]:
        if self.troubles:
            raise self.troubles.pop(0)
        return [Tenant(tenant_id, f"t{tenant_id.int}", "T", TenantKind.TEST) for tenant_id in (FIRST, SECOND)]

    @override
    def find_tenant(self, slug: str) -> Tenant | None:
        return None


def sender_of(
    offices: dict[TenantId, MemoryNotifications], tenants: TenantDirectory | None = None
) -> NotificationSender:
    def sending_of(tenant_id: TenantId) -> SendNotifications:
        return offices[tenant_id].sending()

    return NotificationSender(tenants or TwoTenants(), sending_of, [office.channel for office in offices.values()])


@pytest.fixture
def offices() -> dict[TenantId, MemoryNotifications]:
    return {FIRST: MemoryNotifications(), SECOND: MemoryNotifications()}


def test_tenants_take_turns(offices: dict[TenantId, MemoryNotifications]) -> None:
    for event in range(1, 6):
        offices[FIRST].record(offices[FIRST].welcome(event=event))
    offices[SECOND].record(offices[SECOND].welcome())

    made = sender_of(offices).send_due(limit=2)

    assert made == 2
    assert len(offices[FIRST].channel.sent) == len(offices[SECOND].channel.sent) == 1
    assert sender_of(offices).send_due() == 4


def test_a_channel_that_is_down_ends_the_round(offices: dict[TenantId, MemoryNotifications]) -> None:
    for office in offices.values():
        office.record(office.welcome())
    offices[FIRST].channel.failures = [ChannelDownError("unreachable")]
    sender = sender_of(offices)

    assert sender.send_due() == 1
    assert sender.is_channel_down
    assert offices[SECOND].only().attempt == 0
    assert sender.send_due() == 1
    assert not sender.is_channel_down


def test_whatever_goes_wrong_is_survived(
    offices: dict[TenantId, MemoryNotifications], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_DOWN_PAUSE_FIRST_S", 0.001)
    monkeypatch.setattr(module, "_IDLE_PAUSE_S", 0.001)
    offices[SECOND].record(offices[SECOND].welcome())
    offices[SECOND].channel.failures = [ChannelDownError("unreachable")]
    offices[FIRST].record(offices[FIRST].welcome())
    tenants = TwoTenants([UnavailableError(), RuntimeError("a defect")])
    stop = threading.Event()
    running = threading.Thread(target=sender_of(offices, tenants).run, args=(stop,))

    running.start()
    for _ in range(500):
        if offices[FIRST].channel.sent and not offices[SECOND].channel.failures:
            break
        stop.wait(0.01)
    stop.set()
    running.join(5)

    assert not running.is_alive()
    assert len(offices[FIRST].channel.sent) == 1
    assert offices[SECOND].only().last_error == "unreachable"


def test_pauses_grow_while_there_is_trouble() -> None:
    pauses = [module._pause_s(trouble) for trouble in (0, 1, 2, 3, 50)]  # noqa: SLF001 - its growth is what matters

    assert pauses == [1, 1, 2, 4, 60]


def test_jitter_stays_within_its_bounds() -> None:
    assert all(0 <= random_jitter() <= JITTER_MAX_PERMILLE for _ in range(100))
