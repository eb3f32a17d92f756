"""A running bank is sent requests that somebody made up from its own OpenAPI document, one by one and in chains.

As each role and as a service: no answer is a 5xx or unknown to the document, and none is given to whom nobody knows.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.sizes import NIGHTLY, sized
from tests.worlds.document import described
from tests.worlds.served_bank import CALLERS, SERVICE, ServedBank, served_bank

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.security,
    pytest.mark.enable_socket,
    pytest.mark.usefixtures("unmeasured"),
]

# At night some 80,000 requests in all, each part well within the ten minutes of an access token. For a change, a third
# of the operations is shared out among the callers, of which each rule of the document is gone through; the application
# itself is asked all of that without a network.
SECONDS: Final = sized(2, nightly=120)
PHASES: Final = ("examples,coverage,fuzzing", "stateful") if NIGHTLY else ("coverage", "stateful")
# What the others may do is a part of what these may; the matrix of roles asks as all of them.
ASKING: Final = CALLERS if NIGHTLY else (SERVICE, "holder", "operator", "owner", "admin")
# A chain goes through most operations whoever asks for it.
CHAINING: Final = ASKING if NIGHTLY else (SERVICE, "holder")
DOCUMENT: Final[Any] = described()
OPERATIONS: Final = [
    told["operationId"]
    for methods in DOCUMENT["paths"].values()
    for told in methods.values()
    if isinstance(told, dict) and "operationId" in told
]
# Whoever ends the session that he asks in learns nothing more; staff may end its own like those of others.
ENDS_THE_SESSION: Final = ("endAllSessions", "endSession", "endSessionsOfUser")
# The bank may say no to what the document allows: there may be too little money. And who may ask is told with each
# request, so that no request lacks it.
UNFIT: Final = "positive_data_acceptance,missing_required_header"
LONGEST_S: Final = 5
# Not imported here, or each test that makes up requests in this process would have new keys too.
FRESH_KEYS: Final = Path(__file__).parents[1] / "worlds" / "fresh_keys.py"


@pytest.fixture(scope="module")
def served() -> Iterator[ServedBank]:
    """The bank, and who may ask."""
    with served_bank() as bank:
        yield bank


@pytest.mark.parametrize(
    ("caller", "phases"),
    [(caller, phases) for caller in ASKING for phases in PHASES if phases != "stateful" or caller in CHAINING],
)
def test_no_made_up_request_gets_an_answer_that_the_document_does_not_know(
    served: ServedBank, caller: str, phases: str, tmp_path: Path
) -> None:
    header = served.header_of(caller)
    assert served.knows(header)
    mine = OPERATIONS[ASKING.index(caller) :: 3 * len(ASKING)] if phases == "coverage" else OPERATIONS
    chosen = [
        "--phases",
        phases,
        "--max-time",
        str(SECONDS if NIGHTLY or phases == "stateful" else 4 * SECONDS),
        "--max-examples",
        str(sized(1, nightly=100)),
    ]
    checked = ["--exclude-checks", UNFIT, "--max-response-time", str(LONGEST_S), "--continue-on-failure"]
    asked = [word for name in mine if name not in ENDS_THE_SESSION for word in ("--include-operation-id", name)]
    repeatable = [] if NIGHTLY else ["--generation-deterministic"]

    told = subprocess.run(
        [
            *(Path(sys.executable).with_name("st"), "run", f"{served.running.url}/openapi.json"),
            *("--header", header, "--no-color", "--warnings", "off"),
            *(*chosen, *checked, *asked, *repeatable),
        ],
        cwd=tmp_path,
        env={**os.environ, "SCHEMATHESIS_HOOKS": str(FRESH_KEYS)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert told.returncode == 0, told.stdout[-6_000:]
