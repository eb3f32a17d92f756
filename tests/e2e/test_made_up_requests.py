"""A running bank is sent requests that somebody made up from its own OpenAPI document, one by one and in chains.

As each role and as a service: no answer is a 5xx or unknown to the document, and none is given to whom nobody knows.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.sizes import NIGHTLY, sized
from tests.worlds.served_bank import CALLERS, ServedBank, served_bank

pytestmark = [pytest.mark.timeout(300), pytest.mark.security, pytest.mark.enable_socket]

# At night some 200,000 requests in all.
SECONDS: Final = sized(3, nightly=600)
# Of those that are tried one by one, the phase that goes through each rule of the document takes too long for a change.
PHASES: Final = ("examples,coverage,fuzzing", "stateful") if NIGHTLY else ("fuzzing,stateful",)
# Whoever ends the session that he asks in learns nothing more.
ENDS_THE_SESSION: Final = ("endAllSessions", "endSession")
# Refuses to call it a mistake that the bank says no to what the document allows: there may be too little money.
UNFIT: Final = "positive_data_acceptance"
LONGEST_S: Final = 5


@pytest.fixture(scope="module")
def served() -> Iterator[ServedBank]:
    """The bank, and who may ask."""
    with served_bank() as bank:
        yield bank


@pytest.mark.parametrize("phases", PHASES)
@pytest.mark.parametrize("caller", CALLERS)
def test_no_made_up_request_gets_an_answer_that_the_document_does_not_know(
    served: ServedBank, caller: str, phases: str, tmp_path: Path
) -> None:
    header = served.header_of(caller)
    assert served.knows(header)
    chosen = ["--phases", phases, "--max-time", str(SECONDS), "--max-examples", str(sized(1, nightly=100))]
    checked = ["--exclude-checks", UNFIT, "--max-response-time", str(LONGEST_S), "--continue-on-failure"]
    left_out = [word for name in ENDS_THE_SESSION for word in ("--exclude-operation-id", name)]
    repeatable = [] if NIGHTLY else ["--generation-deterministic"]

    told = subprocess.run(
        [
            *(Path(sys.executable).with_name("st"), "run", f"{served.running.url}/openapi.json"),
            *("--header", header, "--no-color", "--warnings", "off"),
            *(*chosen, *checked, *left_out, *repeatable),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert told.returncode == 0, told.stdout[-6_000:]
