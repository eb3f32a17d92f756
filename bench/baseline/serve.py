"""Serves the baseline with the settings of `bankcore api`, so that only the applications differ.

python -m bench.baseline.serve PORT THREADS STARTER, which is the process id without which there is no use in going on.
"""

import os
import sys

from granian import Granian
from granian.constants import HTTPModes, Interfaces

from bankcore_infra.processes import die_with_parent
from bench.baseline.web import THREADS_VARIABLE

if __name__ == "__main__":
    port, threads, starter = map(int, sys.argv[1:])
    die_with_parent(starter)
    os.environ[THREADS_VARIABLE] = str(threads)
    Granian(
        "bench.baseline.web:create_application",
        address="127.0.0.1",
        port=port,
        interface=Interfaces.WSGI,
        blocking_threads=threads,
        http=HTTPModes.http1,
        backlog=1_024,
        backpressure=threads * 8,
        websockets=False,
        factory=True,
        log_enabled=False,
    ).serve()
