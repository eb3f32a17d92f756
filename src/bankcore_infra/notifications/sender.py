"""NotificationSender: sends due deliveries, one of each tenant in turn."""

import random
from collections.abc import Callable, Collection
from threading import Event
from typing import Final

from bankcore.errors import BankcoreError
from bankcore.identifiers import TenantId
from bankcore.notifications.channels import Channel
from bankcore.notifications.deliveries import Delivered
from bankcore.notifications.send import Attempted, SendNotifications
from bankcore.tenancy.tenants import TenantDirectory, at_work
from bankcore_infra.log_messages import LogMessage, logger_of

_LOG: Final = logger_of("notifications")

JITTER_MAX_PERMILLE: Final = 250
_IDLE_PAUSE_S: Final = 1.0
_DOWN_PAUSE_FIRST_S: Final = 1.0
_DOWN_PAUSE_LONGEST_S: Final = 60.0


def random_jitter() -> int:
    """By how many thousandths a pause is longer, so that deliveries that failed together are not tried again
    together.
    """
    return random.randint(0, JITTER_MAX_PERMILLE)  # noqa: S311 - spreads load, guards no secret


class NotificationSender:
    """Sends the notifications of all tenants; any number of them may run at once, in one process or in many."""

    def __init__(
        self,
        tenants: TenantDirectory,
        sending_of: Callable[[TenantId], SendNotifications],
        channels: Collection[Channel],
    ) -> None:
        """Send for those tenants over these channels, which are closed after each round."""
        self._tenants = tenants
        self._sending_of = sending_of
        self._channels = channels
        self.is_channel_down = False

    def send_due(self, *, limit: int = 1_000) -> int:
        """Send due deliveries, at most that many, one of each tenant in turn. Returns how many attempts were made.

        It ends at the first attempt that finds the channel down: the other deliveries stay due and use up no attempt.
        Raises: UnavailableError: the database cannot be reached.
        """
        try:
            return self._send_due(limit)
        finally:
            for channel in self._channels:
                channel.close()

    def run(self, stop: Event) -> None:
        """Send until told to stop; a failure is logged, and sending goes on after a pause that grows."""
        trouble = 0
        while not stop.is_set():
            try:
                made = self.send_due()
            except BankcoreError as error:
                _LOG.warning(LogMessage("notifications not sent: the database cannot be reached", code=error.code))
                trouble += 1
            except Exception:  # noqa: BLE001 - one notification that cannot be sent must not stop the others
                _LOG.error("notification round failed", exc_info=True)
                trouble += 1
            else:
                trouble = trouble + 1 if self.is_channel_down else 0
                if made and not trouble:
                    continue
            stop.wait(_pause_s(trouble))

    def _send_due(self, limit: int) -> int:
        made = 0
        waiting = [tenant.id for tenant in at_work(self._tenants)]
        self.is_channel_down = False
        while waiting and made < limit:
            still_waiting = []
            for tenant_id in waiting:
                attempted = self._sending_of(tenant_id).send_next()
                if attempted is None:
                    continue
                made += 1
                _log(attempted)
                if attempted.is_channel_down:
                    self.is_channel_down = True
                    return made
                still_waiting.append(tenant_id)
            waiting = still_waiting
        return made


def _pause_s(trouble: int) -> float:
    if trouble == 0:
        return _IDLE_PAUSE_S
    return min(_DOWN_PAUSE_FIRST_S * (1 << min(trouble - 1, 10)), _DOWN_PAUSE_LONGEST_S)


def _log(attempted: Attempted) -> None:
    delivery = attempted.delivery
    fields = {
        "notification": str(delivery.id),
        "template": str(delivery.template),
        "channel": str(delivery.channel),
        "attempt": delivery.attempt,
        "recorded": attempted.is_recorded,
    }
    if isinstance(attempted.result, Delivered):
        _LOG.info(LogMessage("notification sent", **fields))
    else:
        outcome = type(attempted.result).__name__.lower()
        _LOG.warning(LogMessage("notification not sent", **fields, problem=attempted.result.problem, outcome=outcome))
