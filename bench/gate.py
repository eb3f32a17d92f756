"""The gate: ratios of now against ratios on record, with a stated tolerance."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

RECORDED: Final = Path(__file__).with_name("recorded.json")


class Recorded(BaseModel):
    """What was measured when it was last taken as good."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tolerance: float = Field(gt=0, lt=1, description="the share of a ratio that may be lost before it is a regression")
    measured_on: str
    ratios: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Regression:
    """A ratio that fell too far; `now` is None where it was not measured at all."""

    name: str
    recorded: float
    now: float | None

    def __str__(self) -> str:
        """One line for people."""
        if self.now is None:
            return f"{self.name}: on record as {self.recorded:.2f}, and not measured any more"
        return f"{self.name}: {self.now:.2f}, on record as {self.recorded:.2f} ({self.now / self.recorded - 1:+.0%})"


def find_regressions(recorded: Recorded, now: Mapping[str, float], groups: frozenset[str]) -> list[Regression]:
    """The recorded ratios of those groups that are lost by more than the tolerance; better ones are no news here."""
    return [
        Regression(name, wanted, now.get(name))
        for name, wanted in recorded.ratios.items()
        if name.partition(":")[0] in groups and now.get(name, 0.0) < wanted * (1 - recorded.tolerance)
    ]


def read_recorded(path: Path = RECORDED) -> Recorded:
    """What is on record. Raises: OSError and ValueError, if there is nothing that can be read."""
    return Recorded.model_validate_json(path.read_bytes())


def write_recorded(recorded: Recorded, path: Path = RECORDED) -> None:
    """Take those ratios as good from now on."""
    path.write_text(json.dumps(recorded.model_dump(), indent=2) + "\n", encoding="utf-8")
