"""What the library says to the standard `logging`: a constant sentence and its fields, under `bankcore.*`."""

import json
import logging
from typing import Final

ROOT_NAME: Final = "bankcore"
# A library leaves it to its host who hears its lines. Without this, Python would print them to standard error.
logging.getLogger(ROOT_NAME).addHandler(logging.NullHandler())


class LogMessage:
    """A sentence that is the same each time, and what it is about; as text, each value is written so that none forges
    a line.
    """

    def __init__(self, sentence: str, /, **fields: object) -> None:
        self.sentence: Final = sentence
        self.fields: Final = fields

    def __str__(self) -> str:
        """For a host that writes text; our own processes write the fields as JSON."""
        told = ", ".join(f"{name}={json.dumps(value, default=str)}" for name, value in self.fields.items())
        return f"{self.sentence}: {told}" if told else self.sentence


def logger_of(part: str) -> logging.Logger:
    """The logger of that part of the bank: `bankcore.work` for `work`. Its name stays when modules move."""
    return logging.getLogger(f"{ROOT_NAME}.{part}")
