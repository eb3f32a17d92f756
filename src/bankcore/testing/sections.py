"""What one capability stores of a tenant, in memory: a draft for each unit of work, which becomes what is stored."""

from copy import copy
from dataclasses import dataclass, fields
from typing import Self


@dataclass(slots=True)
class Section:
    """A dataclass of dictionaries, lists and immutable values."""

    def draft(self) -> Self:
        """A copy; what is written there is not seen here."""
        draft = copy(self)
        for field in fields(self):
            setattr(draft, field.name, copy(getattr(self, field.name)))
        return draft

    def commit(self, draft: Self) -> None:
        """Become what the draft is."""
        for field in fields(self):
            setattr(self, field.name, getattr(draft, field.name))
