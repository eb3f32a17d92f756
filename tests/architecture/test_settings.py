"""Every setting is in the README and in `.env.example`, with its default, and nothing else is."""

import re
from pathlib import Path

from pydantic_core import PydanticUndefined

from bankcore_infra.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
NAMES = {f"BANKCORE_{name.upper()}": field for name, field in Settings.model_fields.items()}


def test_the_example_file_has_every_setting_with_its_default() -> None:
    lines = dict(re.findall(r"^#(BANKCORE_\w+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))

    assert lines.keys() == NAMES.keys()
    for name, field in NAMES.items():
        if field.default is not None and field.default is not PydanticUndefined:
            assert lines[name] == str(field.default), name


def test_the_readme_names_every_setting() -> None:
    named = set(re.findall(r"`(BANKCORE_\w+)`", (ROOT / "README.md").read_text()))

    assert NAMES.keys() - named == set()
    assert named - NAMES.keys() == set()
