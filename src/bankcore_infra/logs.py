"""Logging: one JSON object a line on standard error."""

import logging
import sys

from loguru import logger


def configure_logging(level: str) -> None:
    """Write lines of that level and above as JSON, the libraries' own among them.

    Neither values of variables nor whole tracebacks of other frames are written: an exception's locals hold passwords
    and amounts. Messages are constants and data are bound fields, so that no input can forge a line.
    """
    logger.remove()
    logger.add(sys.stderr, level=level, serialize=True, diagnose=False, backtrace=False)
    logging.basicConfig(handlers=[_ToLoguru()], level=logging.WARNING, force=True)


class _ToLoguru(logging.Handler):
    """Hands the standard library's records on."""

    def emit(self, record: logging.LogRecord) -> None:
        logger.bind(logger=record.name).log(record.levelname, "{}", record.getMessage())
