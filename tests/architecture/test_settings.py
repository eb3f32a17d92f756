"""Every setting is in the README and in `.env.example`, with its default, and nothing else is."""

import re
from collections import Counter
from importlib import import_module
from pathlib import Path

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bankcore_infra.capabilities import CAPABILITIES
from bankcore_infra.environment import CAPABILITY_SETTINGS, AllSettings
from bankcore_infra.settings import CapabilitySettings, Settings
from bankcore_infra.settings_file import settings_file

ROOT = Path(__file__).resolve().parents[2]
NAMES = {f"BANKCORE_{name.upper()}": field for name, field in AllSettings.model_fields.items()}


def test_the_example_file_is_what_the_models_say() -> None:
    assert (ROOT / ".env.example").read_text() == settings_file(CAPABILITY_SETTINGS), "make settings writes it again"


def test_the_example_file_has_every_setting_with_its_default() -> None:
    lines = dict(re.findall(r"^#(BANKCORE_\w+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))

    assert lines.keys() == NAMES.keys()
    assert {name: lines[name] for name in lines if NAMES[name].default is not None} == defaults_of(lines)


def test_every_setting_says_what_it_is_for_and_shows_a_value() -> None:
    assert [name for name, field in NAMES.items() if not field.description] == []
    assert [name for name, field in NAMES.items() if field.default is None and not field.examples] == []


def test_the_readme_names_every_setting_with_its_default() -> None:
    rows = re.findall(r"^\| (`BANKCORE_[^|]*) \| ([^|]*) \|", (ROOT / "README.md").read_text(), re.MULTILINE)
    told = {re.sub("`", "", name): value for row in rows for name, value in values_of(*row).items()}

    assert told.keys() == NAMES.keys()
    assert {name: value for name, value in told.items() if value} == defaults_of(told)


def test_each_model_stands_in_the_folder_of_the_capability_that_names_it() -> None:
    folders = sorted(path.parent.name for path in (ROOT / "src/bankcore_infra").glob("*/settings.py"))
    found = {name: import_module(f"bankcore_infra.{name}.settings") for name in folders if name != "cli"}
    models = {
        name: next(
            value
            for value in vars(module).values()
            if isinstance(value, type) and issubclass(value, CapabilitySettings) and value is not CapabilitySettings
        )
        for name, module in found.items()
    }

    assert models == {each.name: each.settings for each in CAPABILITIES if each.settings is not None}


def test_no_two_models_have_a_setting_of_one_name() -> None:
    models: tuple[type[BaseModel], ...] = (Settings, *CAPABILITY_SETTINGS)
    names = Counter(name for model in models for name in model.model_fields)

    assert [name for name, count in names.items() if count > 1] == []


def defaults_of(names: dict[str, str]) -> dict[str, str]:
    def text_of(field: FieldInfo) -> str:
        return str(field.default)

    return {name: text_of(NAMES[name]) for name in names if NAMES[name].default is not None}


def values_of(names: str, values: str) -> dict[str, str]:
    """The defaults in a row of the table by name; empty where the table gives none."""
    variables, defaults = names.split(", "), re.findall("`([^`]*)`", values)
    return dict(zip(variables, defaults or [""] * len(variables), strict=True))
