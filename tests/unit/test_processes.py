"""How a process begins."""

import gc
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

import pytest

from bankcore_infra.loading import loading
from bankcore_infra.processes import keep_what_is_loaded

# A server that is killed once its worker says so; the pipes of the run are open until the worker has ended too.
SERVER: Final = """
import multiprocessing, os, signal, sys, time
from bankcore_infra.processes import die_with_server

told, tell = os.pipe()
gone, stay = os.pipe()

def work():
    os.close(stay)
    {worker}

multiprocessing.set_start_method("fork")
multiprocessing.Process(target=work).start()
os.read(told, 1)
os.kill(os.getpid(), signal.SIGKILL)
"""
# The files of a killed server are closed before its children learn of its death, so the worker waits for both.
BEGINS_TOO_LATE: Final = """
    server = os.getppid()
    os.write(tell, b"x")
    os.read(gone, 1)
    while os.getppid() == server:
        time.sleep(0.001)
    die_with_server(within_s=60)
    print("lives on", flush=True)
    time.sleep(60)
"""
HEARS_NO_SIGNAL: Final = """
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    die_with_server(within_s=0.1)
    os.write(tell, b"x")
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def _collector() -> Iterator[None]:
    yield
    gc.unfreeze()


class Node:
    """Something that refers to itself, and so is freed by the collector alone."""

    def __init__(self) -> None:
        self.itself = self


def test_what_is_loaded_is_not_looked_at_again() -> None:
    kept = [Node() for _ in range(1_000)]

    keep_what_is_loaded()

    assert gc.get_freeze_count() > len(kept)
    assert not any(isinstance(each, Node) for each in gc.get_objects())


def test_what_comes_later_is_still_collected() -> None:
    keep_what_is_loaded()
    for _ in range(100):
        Node()

    assert gc.collect() >= 100


def test_what_is_being_loaded_is_not_looked_at() -> None:
    with loading():
        was_looking = gc.isenabled()
        loaded = Node()

    assert not was_looking
    assert gc.isenabled()
    assert not any(each is loaded for each in gc.get_objects())


def test_after_a_failure_to_load_garbage_is_collected_again() -> None:
    with suppress(ImportError), loading():
        raise ImportError

    assert gc.isenabled()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent has died")
@pytest.mark.parametrize("worker", [BEGINS_TOO_LATE, HEARS_NO_SIGNAL], ids=["begins too late", "hears no signal"])
def test_a_worker_does_not_outlive_its_server(worker: str) -> None:
    script = SERVER.format(worker=worker.strip())

    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=False)

    assert (run.stdout, run.stderr) == ("", "")
