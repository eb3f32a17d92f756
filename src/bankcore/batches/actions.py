"""The action of batches: what their commands do is recorded for each of them."""

from typing import Final

from bankcore.actions import Action

BATCH_POSTED: Final = Action("batch.posted")
