"""Who is told of work when: a message for much at once, and none that finds nobody free."""

import threading
import time
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import pytest
from typing_extensions import override

from bankcore.identifiers import TenantId
from bankcore_infra.audit.recording.positions import Placed
from bankcore_infra.work.broker import BrokerError, Sender
from bankcore_infra.work.cursors import Work
from bankcore_infra.work.doorbell import DoorbellListener
from bankcore_infra.work.follower import Follower
from bankcore_infra.work.policy import ConsumerPolicy
from bankcore_infra.work.relay import Relay, RelayLoop
from bankcore_infra.work.worker import consuming

TENANT = TenantId(UUID(int=1))
POLICY = ConsumerPolicy(poll_min_s=0.02, poll_max_s=0.02, gather_s=0.2, many=50)


class Diary:
    """What happened, in its order."""

    def __init__(self) -> None:
        self.lines: list[str] = []


class DiarySender(Sender):
    """Writes down what is sent."""

    def __init__(self, diary: Diary) -> None:
        self._diary = diary

    @override
    def ring(self, tenant_id: TenantId, consumer: str) -> None:
        self._diary.lines.append("ring")

    @override
    def mark_read(self, tenant_id: TenantId, consumer: str) -> None:
        self._diary.lines.append("read")

    @override
    def send_job(self, tenant_id: TenantId, job: str, slot: datetime, attempt: int) -> None:
        raise BrokerError("no jobs here")


class DiaryFollower(Follower):
    """Writes down each turn, and says in each whether there is more."""

    def __init__(self, diary: Diary, *turns: bool | Exception) -> None:
        self._diary = diary
        self._turns = list(turns)

    @override
    def follow(self, tenant_id: TenantId, name: str) -> bool:
        self._diary.lines.append("follow")
        turn = self._turns.pop(0)
        if isinstance(turn, Exception):
            raise turn
        return turn


@pytest.mark.parametrize(
    ("turns", "expected"),
    [
        ([False, False], ["follow", "read", "follow"]),
        ([True], ["follow", "read", "ring"]),
        ([False, True], ["follow", "read", "follow", "ring"]),
        ([RuntimeError("no database")], ["follow", "read"]),
    ],
)
def test_a_message_counts_as_unread_until_its_turn_is_over_and_what_came_since_is_looked_for(
    turns: list[bool | Exception], expected: list[str]
) -> None:
    diary = Diary()

    consuming(DiaryFollower(diary, *turns), DiarySender(diary), "recorder")(str(TENANT))

    assert diary.lines == expected


class BusyRelay(Relay):
    """Finds so many records whenever it looks."""

    def __init__(self, number: int) -> None:
        self._number = number
        self.sweeps: list[float] = []

    @override
    def find_work(self) -> list[Work]:
        return [Work(TENANT, has_unplaced=True, behind=[])]

    @override
    def sweep(self, tenant_id: TenantId) -> Placed:
        self.sweeps.append(time.monotonic())
        return Placed(self._number, is_whole=True)

    @override
    def ring(self, tenant_id: TenantId, names: Iterable[str]) -> None:
        pass


class RingingListener(DoorbellListener):
    """Hears the doorbell all the time."""

    def __init__(self) -> None:
        pass

    @override
    def wait(self, timeout_s: float) -> set[TenantId]:
        time.sleep(0.001)
        return {TENANT}


@pytest.mark.parametrize(("number", "pause_s"), [(49, 0.02), (50, 0.2)])
def test_what_comes_by_many_is_gathered_before_it_is_placed(number: int, pause_s: float) -> None:
    relay, stop = BusyRelay(number), threading.Event()
    loop = threading.Thread(target=RelayLoop(relay, RingingListener(), POLICY).run, args=(stop,))
    loop.start()
    while len(relay.sweeps) < 4:
        assert loop.is_alive()
        stop.wait(0.005)
    stop.set()
    loop.join()

    pauses = [later - earlier for earlier, later in zip(relay.sweeps, relay.sweeps[1:], strict=False)]
    assert min(pauses) >= pause_s
    assert min(pauses) < 2 * pause_s + 0.1
