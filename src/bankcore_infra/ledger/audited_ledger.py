"""A ledger that also records what it was asked and could not do: the batches whose units of work were undone."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from typing_extensions import override

from bankcore.audit.attempts import AttemptLog, FailedBatch
from bankcore.errors import LedgerInvariantError, OutcomeUnknownError, UnavailableError
from bankcore.idempotency.keys import KEY_LIFETIME
from bankcore.identifiers import IdentifierSource, TenantId
from bankcore.ledger.command import Command
from bankcore.ledger.outcomes import Outcome
from bankcore.ledger.ports import UnitsOfWork
from bankcore.ledger.service import LedgerService
from bankcore.origin import LIBRARY, Origin

_DEFECT: Final = "internal_error"


class AuditedLedger(LedgerService):
    """Records refusals inside the unit of work, as every ledger does, and failures in one of their own."""

    def __init__(
        self,
        tenant_id: TenantId,
        units: UnitsOfWork,
        ids: IdentifierSource,
        attempts: AttemptLog,
        *,
        key_lifetime: timedelta = KEY_LIFETIME,
    ) -> None:
        super().__init__(tenant_id, units, ids, key_lifetime=key_lifetime)
        self._attempts = attempts

    @override
    def execute(
        self, commands: Sequence[Command], *, atomic: bool = False, dry_run: bool = False, origin: Origin = LIBRARY
    ) -> list[Outcome]:
        with self.noting_failure(commands, origin):
            return super().execute(commands, atomic=atomic, dry_run=dry_run, origin=origin)

    @contextmanager
    def noting_failure(self, commands: Sequence[Command], origin: Origin) -> Iterator[None]:
        """Record in the log of attempts that the commands came to nothing, if they do in this block."""
        try:
            yield
        except (UnavailableError, OutcomeUnknownError) as error:
            self._note_failure(commands, error.code, origin)
            raise
        except LedgerInvariantError:
            self._note_failure(commands, _DEFECT, origin)
            raise

    def _note_failure(self, commands: Sequence[Command], code: str, origin: Origin) -> None:
        self._attempts.record(FailedBatch(tenant=self._tenant_id, commands=tuple(commands), code=code, origin=origin))
