"""Files that are there whole or not at all, whatever ends the program while it writes."""

import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_PUBLIC: Final = 0o666


def make_once(path: Path, content: bytes, *, mode: int = _PUBLIC) -> bool:
    """Make the file; False if there is one already, which stays as it is.

    Raises:
        OSError: it cannot be written.
    """
    with _draft_of(path, [content], mode) as draft:
        try:
            # A link appears at once, and never takes the place of a file that is there.
            os.link(draft, path)
        except FileExistsError:
            return False
    return True


def replace_whole(path: Path, parts: Iterable[bytes], *, mode: int = _PUBLIC) -> None:
    """Make the file, or put a new one in the place of the old one, with the rights of the old one.

    Raises:
        OSError: it cannot be written.
    """
    with _draft_of(path, parts, mode) as draft:
        if path.exists():
            shutil.copymode(path, draft)
        draft.replace(path)


@contextmanager
def _draft_of(path: Path, parts: Iterable[bytes], mode: int) -> Iterator[Path]:
    """A file beside that one with this content, on the disk; what is left of it goes."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        yield draft
    finally:
        draft.unlink(missing_ok=True)
