"""A bank in memory and one on PostgreSQL answer, step by step, as one that is kept on paper."""

import os
from collections import Counter
from collections.abc import Callable, Sequence
from typing import ClassVar, Final

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from bankcore_infra.db.engine import Database
from tests.property.conftest import PROFILE
from tests.property.everything import Everything
from tests.property.whole_bank import PostgresqlBanks, WholeBank, whole_bank_in_memory
from tests.worlds.sql_bank import ScratchDatabase

# To measure what others measure too would double the time of so many steps.
STEPS: Final = 50
# How often a bank begins anew; BANKCORE_PROOF_SIZE makes both larger.
SIZE: Final = int(os.environ.get("BANKCORE_PROOF_SIZE", "20" if PROFILE == "nightly" else "1"))
IN_MEMORY: Final = 358 * SIZE
ON_POSTGRESQL: Final = 119 * SIZE


def steps_of(make_bank: Callable[[], WholeBank], times: int) -> Counter[str]:
    """Run the machine that often, and count what happened."""

    class Machine(Everything):
        make = staticmethod(make_bank)
        seen: ClassVar[Counter[str]] = Counter()

    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        Machine, settings=settings(max_examples=times, stateful_step_count=STEPS, suppress_health_check=checks)
    )
    return Machine.seen


@pytest.mark.timeout(300 * SIZE)
def test_a_bank_in_memory_answers_as_the_bank_on_paper() -> None:
    seen = steps_of(whole_bank_in_memory, IN_MEMORY)

    assert seen["steps"] >= 15_000 * SIZE
    require_all_happened(seen, (*COMMON, *RARE))


@pytest.mark.timeout(300 * SIZE)
def test_a_bank_on_postgresql_answers_as_the_bank_on_paper(scratch: ScratchDatabase, database: Database) -> None:
    seen = steps_of(PostgresqlBanks(scratch, database), ON_POSTGRESQL)

    assert seen["steps"] >= 5_000 * SIZE
    require_all_happened(seen, COMMON)


def require_all_happened(seen: Counter[str], telling: Sequence[str]) -> None:
    """A proof of what never happens is none."""
    missing = [what for what in telling if not seen[what]]
    assert missing == [], seen


COMMON: Final = (
    "transfer: posted",
    "insufficient_funds",
    "post: posted",
    "place: hold open",
    "capture: posted",
    "void: hold voided",
    "reverse: posted",
    "chain_rejected",
    "start: running",
    "limit: limited",
    "limits shown",
    "limit_exceeded",
    "precondition_failed",
)
# What takes some luck, and so many more steps than a database is asked for with each change.
RARE: Final = (
    "chunk paid",
    "again:posted",
    "idempotency_key_reused",
    "place: insufficient_funds",
    "place: limit_exceeded",
    "start: limit_exceeded",
    "withdraw: limit_exceeded",
    "place: precondition_failed",
    "capture: precondition_failed",
    "capture: capture_exceeds_hold",
    "capture: invalid_state",
    "extend: hold open",
    "reverse: already_reversed",
    "reverse: reversal_exceeds_transaction",
    "reverse: insufficient_funds",
    "close: account_not_empty",
    "use: posted",
    "use: quote_used",
    "use: quote_expired",
    "start: invalid_rows",
    "steer: cancelled",
    "steer: paused",
)
