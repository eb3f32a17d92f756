"""Brings signed notes to places outside the database, so that an owner of the database cannot take them back."""

import os
import shlex
import subprocess
import time
from abc import abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol

from typing_extensions import override

from bankcore.audit.checkpoints import Note
from bankcore.identifiers import TenantId
from bankcore.tenancy.tenants import Tenant
from bankcore_infra.log_messages import LogMessage, logger_of
from bankcore_infra.whole_files import make_once

_LOG: Final = logger_of("audit")

_COMMAND_TIMEOUT_S: Final = 15
_PAUSE_S: Final = 10.0


class PublicationError(Exception):
    """A place did not take the note; the message tells which and why."""


class CheckpointPlace(Protocol):
    """A place outside the database. Publishing a note twice does no harm."""

    name: str

    @abstractmethod
    def publish(self, tenant: Tenant, note: Note) -> None:
        """Keep the note. Raises: PublicationError."""


class FolderPlace(CheckpointPlace):
    """A folder, best on another machine or on storage that is written once: one file for each note."""

    def __init__(self, folder: Path) -> None:
        """Use that folder; it is made if it is missing."""
        self.name = f"folder {folder}"
        self._folder = folder

    @override
    def publish(self, tenant: Tenant, note: Note) -> None:
        path = note_path(self._folder, tenant, note)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # An existing file is evidence: it is never replaced, and another note in its place is an alarm.
            is_new = make_once(path, note.text().encode())
            if not is_new and path.read_text(encoding="utf-8") != note.text():
                raise PublicationError(f"{path} holds another note: the log has two histories")
        except OSError as error:
            raise PublicationError(f"{self.name}: {error.strerror or type(error).__name__}") from None


class CommandPlace(CheckpointPlace):
    """A program that reads the note from its standard input, such as an upload to another company's storage."""

    def __init__(self, command: str) -> None:
        """Run that command without a shell.

        Raises:
            ValueError: its quotes do not match.
        """
        self._words = shlex.split(command)
        if not self._words:
            raise ValueError("empty")
        self.name = f"command {self._words[0]}"

    @override
    def publish(self, tenant: Tenant, note: Note) -> None:
        facts = {"BANKCORE_NOTE_TENANT": tenant.slug, "BANKCORE_NOTE_SIZE": str(note.checkpoint.size)}
        try:
            ended = subprocess.run(
                self._words,
                input=note.text().encode(),
                env=os.environ | facts,
                capture_output=True,
                timeout=_COMMAND_TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise PublicationError(f"{self.name}: not done after {_COMMAND_TIMEOUT_S} s") from None
        except OSError as error:
            raise PublicationError(f"{self.name}: {error.strerror}") from None
        if ended.returncode != 0:
            said = ended.stderr.decode(errors="replace").strip()[-200:]
            raise PublicationError(f"{self.name}: exit code {ended.returncode}: {said}")


class Publication:
    """Publishes each tenant's newest note to every place, and repeats it until the place has taken it.

    A note vouches for all earlier ones, so those between two publications need not be published.
    """

    def __init__(
        self,
        places: Sequence[CheckpointPlace],
        *,
        pause_s: float = _PAUSE_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Publish to those places, at most once in `pause_s` seconds for each tenant and place."""
        self._places = places
        self._pause_s = pause_s
        self._monotonic = monotonic
        self._published: dict[tuple[str, TenantId], int] = {}
        self._tried_at: dict[tuple[str, TenantId], float] = {}
        self._failing: set[tuple[str, TenantId]] = set()

    @property
    def is_wanted(self) -> bool:
        """Whether there is any place to publish to."""
        return bool(self._places)

    @property
    def is_failing(self) -> bool:
        """Whether a place has not taken what it was given last."""
        return bool(self._failing)

    def publish(self, tenant: Tenant, note: Note, *, at_once: bool) -> Sequence[str]:
        """Publish the note to the places where it is due. Returns the problems, which are logged too."""
        problems = []
        for place in self._places:
            key = (place.name, tenant.id)
            if self._published.get(key) == note.checkpoint.size or not (at_once or self._is_due(key)):
                continue
            self._tried_at[key] = self._monotonic()
            try:
                place.publish(tenant, note)
                self._published[key] = note.checkpoint.size
                self._failing.discard(key)
            except PublicationError as error:
                _LOG.error(LogMessage(f"checkpoint not published: {error}", tenant=tenant.slug, place=place.name))
                self._failing.add(key)
                problems.append(str(error))
        return problems

    def _is_due(self, key: tuple[str, TenantId]) -> bool:
        tried_at = self._tried_at.get(key)
        return tried_at is None or self._monotonic() - tried_at >= self._pause_s


def latest_note_path(folder: Path, tenant: Tenant) -> Path:
    """The path of the copy of the newest note in a folder."""
    return folder / tenant.slug / "latest.note"


def note_path(folder: Path, tenant: Tenant, note: Note) -> Path:
    """The path of a note in a folder."""
    return folder / note_path_name(tenant, note)


def note_path_name(tenant: Tenant, note: Note) -> str:
    """The name of a note in any place, as a path with slashes; names sort by size."""
    return f"{tenant.slug}/{note.checkpoint.size:012d}.note"
