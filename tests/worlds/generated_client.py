"""A Python client that a generator makes of the OpenAPI document."""

import importlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from openapi_python_client import generate
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser.errors import GeneratorError

NAME = "generated_bank"


def generate_client(document: object, folder: Path) -> Sequence[GeneratorError]:
    """Write the client as a package of that folder, and give what the generator complained of."""
    source = folder / "openapi.json"
    source.write_text(json.dumps(document), encoding="utf-8")
    config = Config.from_sources(
        ConfigFile(post_hooks=[]),
        MetaType.NONE,
        document_source=source,
        file_encoding="utf-8",
        overwrite=True,
        output_path=folder / NAME,
    )
    return generate(config=config)


class GeneratedClient:
    """The generated package as it is imported from that folder: its operations and models by name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> Self:
        sys.path.insert(0, str(self._folder))
        return self

    def __exit__(self, *_raised: object) -> None:
        sys.path.remove(str(self._folder))
        for name in [name for name in sys.modules if name.partition(".")[0] == NAME]:
            del sys.modules[name]

    def member(self, module: str, name: str) -> Any:
        """That member of one of its modules."""
        return getattr(importlib.import_module(f"{NAME}.{module}"), name)

    def model(self, name: str) -> Any:
        """A model by its class name."""
        return self.member("models", name)

    def operation(self, tag: str, name: str) -> Any:
        """What sends that request, and gives the whole answer."""
        return self.member(f"api.{tag}.{name}", "sync_detailed")
