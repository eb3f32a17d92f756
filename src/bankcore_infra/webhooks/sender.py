"""WebhookSender: takes what is due, sends it without any transaction open, and records what came of it.

One event loop in one thread has all requests under way; the database is asked in other threads. A sender that dies
leaves leases that end, and what it had sent is sent once more with the same id.
"""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from threading import Event
from typing import Final, NamedTuple

from bankcore.clock import Clock
from bankcore.encryption.key_encryption import UnreadableSecretError
from bankcore.errors import BankcoreError
from bankcore.identifiers import TenantId
from bankcore.origin import Origin
from bankcore.tenancy.tenants import TenantDirectory, at_work
from bankcore.webhooks.deliveries import DueWebhook, WebhookAnswered
from bankcore.webhooks.endpoints import WebhookEndpoint, WebhookEndpointId
from bankcore.webhooks.ports import WebhookUnit, WebhookUnits
from bankcore.webhooks.settle import settle_answers
from bankcore.webhooks.signatures import signed_headers, split_secrets
from bankcore_infra.log_messages import LogMessage, logger_of
from bankcore_infra.outgoing_http import NotSentError, OutgoingClient
from bankcore_infra.webhooks.places import Places, Room
from bankcore_infra.webhooks.turns import REST_S, Turns

_LOG: Final = logger_of("webhooks")

TIMEOUT_S: Final = 15.0
LEASE: Final = timedelta(seconds=60)
"""Longer than any attempt takes, with what is recorded of it."""
JITTER_MAX_PERMILLE: Final = 200
_ORIGIN: Final = Origin(actor_type="system", actor_id="webhook_sender")
_HEADERS: Final = {"content-type": "application/json", "user-agent": "bankcore-webhooks"}
_TROUBLE_PAUSE_S: Final = 5.0
# What ends within this time is recorded together.
_GATHER_S: Final = 0.02
_FAREWELL_S: Final = 5.0


def random_jitter() -> int:
    """By how many thousandths a pause is longer or shorter, so that what failed together is not tried together."""
    return random.randint(-JITTER_MAX_PERMILLE, JITTER_MAX_PERMILLE)  # noqa: S311 - spreads load, guards no secret


class _Taken(NamedTuple):
    """A message that is due, with what signs it."""

    due: DueWebhook
    secrets: Sequence[bytes]


class WebhookSender:
    """Sends the webhooks of all tenants; any number of them may run at once, in one process or in many."""

    def __init__(
        self,
        tenants: TenantDirectory,
        units_of: Callable[[TenantId], WebhookUnits],
        open_client: Callable[[], OutgoingClient],
        clock: Clock,
        *,
        timeout_s: float = TIMEOUT_S,
        watch: Callable[[Sequence[WebhookAnswered]], None] = lambda _answers: None,
    ) -> None:
        self._tenants = tenants
        self._units_of = units_of
        self._open_client = open_client
        self._clock = clock
        self._timeout_s = timeout_s
        self._watch = watch
        self._places = Places()
        self._turns = Turns()
        self._answers: dict[TenantId, list[WebhookAnswered]] = defaultdict(list)
        self._under_way: set[asyncio.Task[None]] = set()
        self._ended = asyncio.Event()
        self._secrets: dict[tuple[WebhookEndpointId, int], bytes] = {}

    def run(self, stop: Event) -> None:
        """Send until told to stop; what is under way then has a few seconds to end."""
        asyncio.run(self._run(stop, until_idle=False))

    def send_due(self) -> None:
        """Send what is due, until nothing is. Raises: BankcoreError: the database did not do it."""
        asyncio.run(self._run(Event(), until_idle=True))

    async def _run(self, stop: Event, *, until_idle: bool) -> None:
        # Nobody rests where the end is waited for: what is left then is due to nobody.
        self._turns = Turns(0.0 if until_idle else REST_S)
        self._ended = asyncio.Event()
        async with self._open_client() as client:
            while not stop.is_set():
                pause_s = REST_S
                try:
                    taken = await self._round(client)
                    if until_idle and not (taken or self._under_way or any(self._answers.values())):
                        return
                except BankcoreError as error:
                    if until_idle:
                        raise
                    _LOG.warning(LogMessage("webhooks wait: the database cannot be reached", code=error.code))
                    pause_s = _TROUBLE_PAUSE_S
                except Exception:
                    # One webhook that cannot be sent must not stop the others.
                    if until_idle:
                        raise
                    _LOG.error("webhook round failed", exc_info=True)
                    pause_s = _TROUBLE_PAUSE_S
                await self._wait(pause_s)
            await self._say_farewell()

    async def _round(self, client: OutgoingClient) -> int:
        """Record what came of attempts, and begin others. Returns how many."""
        begun = 0
        # What is under way when a tenant is suspended is recorded all the same.
        for tenant_id in list(self._answers):
            await self._settle(tenant_id)
        if not self._turns.is_listed(time.monotonic()):
            tenants = await asyncio.to_thread(at_work, self._tenants)
            self._turns.list_again([tenant.id for tenant in tenants], time.monotonic())
        for tenant_id in self._turns.next(time.monotonic()):
            begun += await self._begin(client, tenant_id)
        return begun

    async def _begin(self, client: OutgoingClient, tenant_id: TenantId) -> int:
        room = self._places.room(tenant_id)
        if not room.most:
            return 0
        due = await asyncio.to_thread(self._take, tenant_id, room)
        for taken in due:
            self._places.begin(tenant_id, taken.due.endpoint.id)
            task = asyncio.create_task(self._send(client, tenant_id, taken))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        if not due:
            self._turns.rest(tenant_id, time.monotonic())
        return len(due)

    async def _wait(self, pause_s: float) -> None:
        if any(self._answers.values()):
            return
        if not self._under_way:
            await asyncio.sleep(pause_s)
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await self._ended.wait()
        self._ended.clear()
        await asyncio.sleep(_GATHER_S)

    async def _say_farewell(self) -> None:
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=_FAREWELL_S)
        for task in self._under_way:
            task.cancel()
        for tenant_id in list(self._answers):
            await self._settle(tenant_id)

    def _take(self, tenant_id: TenantId, room: Room) -> Sequence[_Taken]:
        def take(unit: WebhookUnit) -> Sequence[_Taken]:
            due = unit.take_due(room.places, otherwise=room.otherwise, most=room.most, lease=LEASE)
            return [_Taken(each, self._secrets_of(unit, each.endpoint)) for each in due]

        return self._units_of(tenant_id).run(take)

    def _secrets_of(self, unit: WebhookUnit, endpoint: WebhookEndpoint) -> Sequence[bytes]:
        """What signs the messages of that endpoint now; nothing, if it cannot be read."""
        version = (endpoint.id, endpoint.secret_version)
        kept = self._secrets.get(version)
        if kept is None:
            try:
                kept = unit.find_secrets(endpoint.id) or b""
            except UnreadableSecretError as error:
                _LOG.error(LogMessage("webhook not signed: its secret cannot be read", reason=str(error)))
                return []
            self._secrets.pop((endpoint.id, endpoint.secret_version - 1), None)
            self._secrets[version] = kept
        until = endpoint.previous_secret_until
        is_overlap = until is not None and unit.opened_at < until
        return split_secrets(kept)[: 2 if is_overlap else 1]

    async def _send(self, client: OutgoingClient, tenant_id: TenantId, taken: _Taken) -> None:
        due, started = taken.due, time.monotonic()
        at = self._clock.now()
        http_status, problem = None, None
        try:
            http_status = await self._post(client, taken, at)
        except NotSentError as error:
            problem = error.problem
        except Exception:  # noqa: BLE001 - a defect ends this attempt like any other problem, and gives its place back
            _LOG.error("webhook attempt failed", exc_info=True)
            problem = "failed"
        took_s = time.monotonic() - started
        answered = WebhookAnswered(
            due=due,
            at=at,
            took_ms=int(took_s * 1000),
            http_status=http_status,
            problem=problem,
        )
        self._places.end(tenant_id, due.endpoint.id, is_delivered=answered.is_delivered, took_s=took_s)
        self._turns.wake(tenant_id)
        self._answers[tenant_id].append(answered)
        self._ended.set()

    async def _post(self, client: OutgoingClient, taken: _Taken, at: datetime) -> int:
        """Sign the message and send it. Returns the status of the answer. Raises: NotSentError."""
        due = taken.due
        if not taken.secrets:
            raise NotSentError("no_secret")
        headers = {**_HEADERS, **signed_headers(str(due.event_id), due.body, at, taken.secrets)}
        return await client.post(due.endpoint.url, due.body, headers, timeout_s=self._timeout_s)

    async def _settle(self, tenant_id: TenantId) -> None:
        answers = self._answers.pop(tenant_id, [])
        if not answers:
            return
        try:
            disabled = await asyncio.to_thread(self._record, tenant_id, answers)
        except BankcoreError:
            # They are recorded in a later round, or their leases end.
            self._answers[tenant_id] = answers + self._answers[tenant_id]
            raise
        _tell(answers, disabled)

    def _record(self, tenant_id: TenantId, answers: Sequence[WebhookAnswered]) -> Sequence[WebhookEndpoint]:
        disabled = self._units_of(tenant_id).run(
            lambda unit: settle_answers(unit, answers, random_jitter, _ORIGIN), resubmittable=True
        )
        self._watch(answers)
        return disabled


def _tell(answers: Sequence[WebhookAnswered], disabled: Sequence[WebhookEndpoint]) -> None:
    """Tell the log what went wrong."""
    for answer in answers:
        if not answer.is_delivered:
            _LOG.info(
                LogMessage(
                    "webhook not delivered",
                    endpoint=str(answer.due.endpoint.id),
                    event=str(answer.due.event_id),
                    attempt=answer.due.attempt,
                    http_status=answer.http_status,
                    problem=answer.problem,
                )
            )
    for endpoint in disabled:
        _LOG.error(
            LogMessage("webhook endpoint disabled", endpoint=str(endpoint.id), because=str(endpoint.disabled_because))
        )
