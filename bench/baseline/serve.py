"""Serves the baseline with the settings of `bankcore api`, so that only the applications differ.

python -m bench.baseline.serve --port 8001 --processes 1 --threads 32
"""

import argparse
import os

from granian import Granian
from granian.constants import HTTPModes, Interfaces

from bankcore_infra.processes import die_with_parent
from bench.baseline.web import THREADS_VARIABLE


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(description="The baseline over HTTP")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--threads", type=int, default=32)
    parser.add_argument(
        "--starter", type=int, required=True, help="process id without which there is no use in going on"
    )
    arguments = parser.parse_args()
    die_with_parent(arguments.starter)
    os.environ[THREADS_VARIABLE] = str(arguments.threads)
    Granian(
        "bench.baseline.web:create_application",
        address="127.0.0.1",
        port=arguments.port,
        interface=Interfaces.WSGI,
        workers=arguments.processes,
        blocking_threads=arguments.threads,
        http=HTTPModes.http1,
        backlog=1_024,
        backpressure=arguments.threads * 8,
        websockets=False,
        factory=True,
        log_enabled=False,
    ).serve()


if __name__ == "__main__":
    main()
