"""Checkpoints as they are published: C2SP notes (https://c2sp.org/tlog-checkpoint)."""

import re
from base64 import b64encode
from typing import Final, NamedTuple

from bankcore_infra.audit.laws.findings import CannotVerifyError
from bankcore_infra.audit.laws.forms import blob, hash_in

_DIGITS: Final = re.compile(r"0|[1-9][0-9]{0,18}")
_NOTE_FACTS: Final = ("bankcore-era", "bankcore-upto", "bankcore-system", "bankcore-at", "bankcore-previous")


class CheckpointNote(NamedTuple):
    """A checkpoint as it is published (https://c2sp.org/tlog-checkpoint)."""

    text: str
    origin: str
    size: int
    root: bytes
    era: int
    upto: int
    system: int
    moment: str
    """When it was signed, by the signer's clock."""
    previous: bytes

    @property
    def signed(self) -> str:
        """The part that is signed."""
        return self.text.partition("\n\n")[0] + "\n"

    @property
    def is_plain(self) -> bool:
        """Whether the signer's line is the last one, as the bank keeps it. A witness may add a line to a copy
        outside.
        """
        prefix, signature = f"\N{EM DASH} {self.origin} ", self.text.partition("\n\n")[2]
        encoded = signature.removeprefix(prefix).removesuffix("\n")
        return signature == f"{prefix}{b64encode(blob(encoded)).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> "CheckpointNote":
        """The note in that text. Raises: CannotVerifyError."""
        try:
            origin, size, root, *facts = text.partition("\n\n")[0].split("\n")
            names, values = zip(*(line.split(" ", 1) for line in facts), strict=True)
            era, upto, system, moment, previous = values
            if names != _NOTE_FACTS or not all(map(_DIGITS.fullmatch, (size, era, upto, system))):
                raise CannotVerifyError("not a checkpoint note")
            numbers = int(era), int(upto), int(system)
            return cls(text, origin, int(size), hash_in(root), *numbers, moment, hash_in(previous))
        except ValueError:
            raise CannotVerifyError("not a checkpoint note") from None
