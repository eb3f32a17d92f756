"""What the roles that work are made of; known where a bank is put together, without what they bring along."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bankcore_infra.consumers import Consumer
from bankcore_infra.db.engine import Database
from bankcore_infra.schedule import DailyJob, Loop, Tick
from bankcore_infra.work.policy import ConsumerPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkParts:
    """What the roles need: servers, consumers, daily jobs, the loops of a worker and the ticks of a scheduler."""

    database: Database
    redis_url: str
    consumers: Sequence[Consumer]
    jobs: Sequence[DailyJob] = ()
    loops: Sequence[Loop] = ()
    ticks: Sequence[Tick] = ()
    policy: ConsumerPolicy = field(default_factory=ConsumerPolicy)
