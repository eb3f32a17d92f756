"""Two blinker signals: one inside the unit of work, for what must be recorded with it, one after its commit."""

from collections.abc import Callable, Sequence
from typing import Final

from blinker import Signal

from bankcore.ledger.events import LedgerEvent
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.log_messages import LogMessage, logger_of

_LOG: Final = logger_of("ledger")

RecordingListener = Callable[[TenantConnection, Sequence[LedgerEvent]], None]
CommitListener = Callable[[Sequence[LedgerEvent]], None]


class LedgerSignals:
    """Who hears of the ledger's events, and when. Receivers are held strongly: a weak one vanishes unnoticed."""

    def __init__(self) -> None:
        self._recorded = Signal("events recorded in the unit of work")
        self._committed = Signal("events committed")

    def on_recorded(self, listener: RecordingListener) -> None:
        """Call the listener inside the unit of work; if it fails, so does the unit of work."""
        self._recorded.connect(_recording_receiver(listener), weak=False)

    def on_committed(self, listener: CommitListener) -> None:
        """Call the listener after the commit; if it fails, only the log hears of it."""
        self._committed.connect(_commit_receiver(listener), weak=False)

    def tell_recorded(self, connection: TenantConnection, events: Sequence[LedgerEvent]) -> None:
        """Hand the events to those who record them."""
        self._recorded.send(connection, events=events)

    def tell_committed(self, events: Sequence[LedgerEvent]) -> None:
        """Tell the events to the rest of the process."""
        if events:
            self._committed.send(None, events=events)


def _recording_receiver(listener: RecordingListener) -> Callable[..., None]:
    def receive(connection: TenantConnection, *, events: Sequence[LedgerEvent]) -> None:
        listener(connection, events)

    return receive


def _commit_receiver(listener: CommitListener) -> Callable[..., None]:
    def receive(_sender: None, *, events: Sequence[LedgerEvent]) -> None:
        try:
            listener(events)
        except Exception as error:  # noqa: BLE001 - the money has moved; a listener must not tell the caller otherwise
            _LOG.error(LogMessage("listener failed after the commit", error=type(error).__name__))

    return receive
