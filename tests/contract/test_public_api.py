"""What others build on does not change unseen (docs/compatibility.md)."""

from tests.architecture.public_api import FILE, public_api


def test_the_public_api_is_what_was_written_down() -> None:
    written, present = (text.splitlines() for text in (FILE.read_text(encoding="utf-8"), public_api()))

    gone, new = ([line for line in one if line not in other] for one, other in ((written, present), (present, written)))
    assert (gone, new) == ([], []), "the public API changed; if it is meant to: make public-api, and the changelog"
    assert written == present
