"""Logging: one flat JSON object a line on standard error."""

import json
import logging
import sys
import traceback
from collections.abc import Callable
from typing import Any, TextIO

from loguru import logger

from bankcore_infra.audit.canonical import instant_text


def configure_logging(level: str, stream: TextIO = sys.stderr) -> None:
    """Write lines of that level and above, the libraries' own among them.

    Messages are constants and data are bound fields, and all of it goes through JSON, so no input forges a line. Of an
    exception its type and place are written, neither its message nor its locals: both hold passwords and amounts.
    """
    logger.remove()
    logger.add(_writer(stream), level=level, format="{message}", diagnose=False, backtrace=False, catch=True)
    logging.basicConfig(handlers=[_ToLoguru()], level=logging.WARNING, force=True)


def _writer(stream: TextIO) -> Callable[[Any], None]:
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
        stream.write(json.dumps(line, default=str) + "\n")
        stream.flush()

    return write


def _describe(exception: Any) -> dict[str, object]:
    places = traceback.extract_tb(exception.traceback)
    return {
        "type": None if exception.type is None else exception.type.__name__,
        "frames": [f"{place.filename}:{place.lineno} {place.name}" for place in places],
    }


class _ToLoguru(logging.Handler):
    """Hands the standard library's records on."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log the record with its logger's name; its text is data, not a constant of ours."""
        logger.bind(logger=record.name, text=record.getMessage()).log(record.levelname, "a library says")
