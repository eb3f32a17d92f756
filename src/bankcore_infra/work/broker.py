"""The broker: Dramatiq on Redis or Valkey, used as a doorbell. PostgreSQL keeps the truth; the broker may lose or
repeat messages.
"""

from datetime import datetime
from typing import Final, Protocol

from dramatiq import Message, Middleware, set_encoder
from dramatiq.brokers.redis import RedisBroker
from dramatiq.encoder import JSONEncoder
from dramatiq.middleware import AgeLimit, Retries, ShutdownNotifications
from redis import RedisError
from typing_extensions import override

from bankcore.identifiers import TenantId
from bankcore_infra.work.policy import ConsumerPolicy
from bankcore_infra.work.redis_clients import redis_client

_NAMESPACE: Final = "bankcore"
# Ten of a hundred fetches look for messages of workers that died; by default it is one of a thousand, and what a dead
# worker held would fill the queue for minutes.
_MAINTENANCE_CHANCE: Final = 100_000
# A message that cannot be used now is dropped, since PostgreSQL holds what there is to do.
_DEAD_MESSAGE_TTL_MS: Final = 60_000
# A message that is not read by then counts as lost. A second one does no harm.
_UNREAD_S: Final = 10


JOBS_QUEUE: Final = "run_job"


class BrokerError(Exception):
    """The broker did not answer, or not in time."""


class Sender(Protocol):
    """Tells workers that there is something to do."""

    def ring(self, tenant_id: TenantId, consumer: str) -> None:
        """Tell a worker that the consumer is behind, unless the last message may still be unread. Raises: BrokerError.

        If the message is lost, the next look for work finds the same records.
        """

    def mark_read(self, tenant_id: TenantId, consumer: str) -> None:
        """Note that the message was read, so that new records get a new message. Raises: BrokerError."""

    def send_job(self, tenant_id: TenantId, job: str, slot: datetime, attempt: int) -> None:
        """Send the run of a job. Raises: BrokerError."""


class RedisSender(Sender):
    """Sends through Dramatiq."""

    def __init__(self, broker: RedisBroker, policy: ConsumerPolicy) -> None:
        self._broker = broker
        self._policy = policy

    @override
    def ring(self, tenant_id: TenantId, consumer: str) -> None:
        name = queue_name(consumer)
        try:
            is_read = self._broker.client.set(_unread_key(tenant_id, consumer), 1, nx=True, ex=_UNREAD_S)
            if is_read and self._broker.do_qsize(name) < self._policy.queue_limit:
                self._enqueue(name, str(tenant_id))
        except RedisError as error:
            raise BrokerError(type(error).__name__) from None

    @override
    def mark_read(self, tenant_id: TenantId, consumer: str) -> None:
        try:
            self._broker.client.delete(_unread_key(tenant_id, consumer))
        except RedisError as error:
            raise BrokerError(type(error).__name__) from None

    @override
    def send_job(self, tenant_id: TenantId, job: str, slot: datetime, attempt: int) -> None:
        try:
            self._enqueue(JOBS_QUEUE, str(tenant_id), job, slot.isoformat(), attempt)
        except RedisError as error:
            raise BrokerError(type(error).__name__) from None

    def _enqueue(self, name: str, *arguments: str | int) -> None:
        self._broker.enqueue(Message(queue_name=name, actor_name=name, args=arguments, kwargs={}, options={}))


def queue_name(consumer: str) -> str:
    """The name of the consumer's queue and actor. Each consumer has its own, so that none waits behind another."""
    return f"consume_{consumer}"


def _unread_key(tenant_id: TenantId, consumer: str) -> str:
    return f"{_NAMESPACE}:unread:{consumer}:{tenant_id}"


def open_broker(url: str) -> RedisBroker:
    """The broker at that address, with exactly the parts that are named here.

    No middleware may start actors that a message names, kill threads in the middle of a commit, or retry by itself: a
    retry by Dramatiq is lost if Redis is away at that moment.
    """
    set_encoder(JSONEncoder())
    middleware: list[Middleware] = [AgeLimit(), ShutdownNotifications(), Retries(max_retries=0)]
    return RedisBroker(  # type: ignore[no-untyped-call]
        client=redis_client(url),
        middleware=middleware,
        namespace=_NAMESPACE,
        maintenance_chance=_MAINTENANCE_CHANCE,
        dead_message_ttl=_DEAD_MESSAGE_TTL_MS,
    )
