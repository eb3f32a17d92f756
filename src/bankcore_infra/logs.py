"""Logging: one flat JSON object a line on standard error."""

import json
import logging
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final, TextIO

from loguru import logger

from bankcore.clock import instant_text
from bankcore_infra.clock import SystemClock
from bankcore_infra.log_messages import ROOT_NAME, LogMessage
from bankcore_infra.processes import renew_in_children

_EVENT_LEVEL: Final = "INFO"
_CLOCK: Final = SystemClock()
_ENCODE: Final = json.JSONEncoder(default=str).encode
# From here on threads wait for a reader that is slow, for each line takes memory.
_UNWRITTEN_MAX: Final = 10_000


class LogLines:
    """Writes lines, each whole; threads that come while one of them writes leave theirs to it, and go on.

    A write gives a thread's turn to another thread, and each line would be one.
    """

    def __init__(self, stream: TextIO, *, level: str = _EVENT_LEVEL) -> None:
        """To that stream; events, if lines of their level are wanted."""
        self._stream = stream
        self._takes_events = logger.level(level).no <= logger.level(_EVENT_LEVEL).no
        self._lines: deque[str] = deque()
        self._begin_anew()
        renew_in_children(self._begin_anew)

    def _begin_anew(self) -> None:
        """With nothing to write: what a parent has not written yet, it writes itself."""
        self._lines.clear()
        self._writing = threading.Lock()

    def write(self, line: Mapping[str, object]) -> None:
        """Write the line as JSON, or leave it to the thread that is writing; a reader that is slow is waited for."""
        self._lines.append(_ENCODE(line) + "\n")
        # The one who writes looks again after it has ended, so that nothing is left behind.
        while self._lines and self._writing.acquire(blocking=len(self._lines) > _UNWRITTEN_MAX):
            try:
                self._write_all()
            finally:
                self._writing.release()

    def write_event(self, message: str, **fields: object) -> None:
        """Write the line that `logger.bind(**fields).info(message)` writes, without what loguru finds out for it."""
        if self._takes_events:
            now = instant_text(_CLOCK.now())
            self.write({"time": now, "level": _EVENT_LEVEL, "message": message, **fields})

    def _write_all(self) -> None:
        text = "".join([self._lines.popleft() for _ in range(len(self._lines))])
        # Nobody reads any more, which is no reason to stop.
        with suppress(OSError, ValueError):
            self._stream.write(text)
            self._stream.flush()


def configure_logging(level: str, stream: TextIO = sys.stderr) -> LogLines:
    """Write lines of that level and above, the libraries' own among them, and return where they go.

    Messages are constants and data are bound fields, and all of it goes through JSON, so no input forges a line. Of an
    exception its type and place are written, neither its message nor its locals: both hold passwords and amounts.
    """
    lines = LogLines(stream, level=level)
    logger.remove()
    logger.add(_writer(lines), level=level, format="{message}", diagnose=False, backtrace=False, catch=True)
    logging.basicConfig(handlers=[_ToLoguru()], level=logging.WARNING, force=True)
    logging.getLogger(ROOT_NAME).setLevel(level)
    return lines


def _writer(lines: LogLines) -> Callable[[Any], None]:
    def write(message: Any) -> None:
        record = message.record
        line = {
            "time": instant_text(record["time"]),
            "level": record["level"].name,
            "message": record["message"],
            **record["extra"],
        }
        if record["exception"] is not None:
            line["exception"] = _describe(record["exception"])
        lines.write(line)

    return write


def _describe(exception: Any) -> dict[str, object]:
    places = traceback.extract_tb(exception.traceback)
    return {
        "type": None if exception.type is None else exception.type.__name__,
        "frames": [f"{place.filename}:{place.lineno} {place.name}" for place in places],
    }


class _ToLoguru(logging.Handler):
    """Hands on what is said to the standard library: our own sentences, and what other libraries say."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log the record; the text of another library is data, not a sentence of ours."""
        if isinstance(record.msg, LogMessage):
            sentence, fields = record.msg.sentence, record.msg.fields
        elif record.name.startswith(f"{ROOT_NAME}."):
            sentence, fields = record.getMessage(), {}
        else:
            sentence, fields = "a library says", {"logger": record.name, "text": record.getMessage()}
        logger.bind(**fields).opt(exception=record.exc_info).log(record.levelname, sentence)
