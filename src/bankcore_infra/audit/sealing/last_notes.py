"""The last note that the sealing role signed for each tenant, so that it never signs two histories unknowingly."""

from pathlib import Path
from typing import Final

from bankcore.audit.checkpoints import InvalidNoteError, Note, parse_note
from bankcore.identifiers import TenantId
from bankcore_infra.whole_files import replace_whole

_SUFFIX: Final = ".last-note"


class LastNotes:
    """The last note signed for each tenant, in files that outlive the database."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, tenant_id: TenantId) -> Note | None:
        """The last note signed here; None if none was, or if the file was damaged."""
        try:
            return parse_note(self._path(tenant_id).read_text(encoding="utf-8"))
        except (FileNotFoundError, InvalidNoteError, UnicodeDecodeError):
            return None

    def remember(self, tenant_id: TenantId, note: Note) -> None:
        """Replace the tenant's note."""
        replace_whole(self._path(tenant_id), [note.text().encode()])

    def _path(self, tenant_id: TenantId) -> Path:
        return self._folder / f"{tenant_id}{_SUFFIX}"
