"""The migrations follow each other in one line, as several people add them at once."""

from alembic.script import ScriptDirectory

from tests.architecture.source_tree import ROOT


def test_the_migrations_have_one_beginning_and_one_end() -> None:
    scripts = ScriptDirectory(str(ROOT / "migrations"))

    assert len(scripts.get_heads()) == 1
    assert len(scripts.get_bases()) == 1
