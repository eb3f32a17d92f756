"""Programs that are forked from a process which has imported the bank: importing is most of a short command.

What a start as a new process shows, such as what is imported for which command, tests of single commands see.
"""

import gc
import json
import os
import runpy
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from typing import Final, NoReturn

from bankcore_infra.cli import main
from bankcore_infra.loading import loading
from tests.worlds.begun_bank import folder_of_servers
from tests.worlds.program import import_commands

_ROOT: Final = Path(__file__).resolve().parents[2]
_LENGTH_BYTES: Final = 4
# What runs until it is told to end gets its signals itself.
_ASKING: Final = """#!{python} -IS
import json, os, socket, sys
if sys.argv[1] == "up":
    os.execv("{python}", ["{python}", "-P", "-m", "bankcore_infra", *sys.argv[1:]])
asked = json.dumps([sys.argv, os.getcwd(), dict(os.environ)]).encode()
with socket.socket(socket.AF_UNIX) as warm:
    warm.connect("{address}")
    socket.send_fds(warm, [len(asked).to_bytes({length}, "big")], [0, 1, 2])
    warm.sendall(asked)
    told = warm.recv(1)
sys.exit(told[0] if told else 70)
"""


@contextmanager
def warm_programs() -> Iterator[Path]:
    """A folder for a PATH: its `bankcore` runs a command, its `run-file` a file of Python as `__main__`."""
    with folder_of_servers() as folder:
        address = folder / "warm"
        text = _ASKING.format(python=sys.executable, address=address, length=_LENGTH_BYTES)
        for name in ("bankcore", "run-file"):
            (folder / name).write_text(text, encoding="utf-8")
            (folder / name).chmod(0o755)
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.worlds.warm_program", str(address)],
            cwd=_ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        with server:
            try:
                assert server.stdout is not None
                assert server.stdout.readline() == "ready\n"
                yield folder
            finally:
                server.terminate()


def _serve(address: str) -> None:
    """Fork for each that asks, until SIGTERM."""
    with loading():
        import_commands()
        import_module("bankcore_http.wsgi")
    gc.freeze()
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(address)
    listening.listen(16)
    print("ready", flush=True)  # noqa: T201 - it is waited for
    while True:
        connection, _address = listening.accept()
        if os.fork() == 0:
            listening.close()
            _keep(connection)
        connection.close()
        _reap()


def _reap() -> None:
    while True:
        try:
            if os.waitpid(-1, os.WNOHANG) == (0, 0):
                return
        except ChildProcessError:
            return


def _keep(connection: socket.socket) -> None:
    """Run what is asked in a child, and tell how it ended; only the child returns, to end like any program."""
    head, streams, _flags, _address = socket.recv_fds(connection, _LENGTH_BYTES, 3)
    left, asked = int.from_bytes(head, "big"), b""
    while len(asked) < left:
        asked += connection.recv(left - len(asked))
    child = os.fork()
    if child != 0:
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        connection.sendall(bytes([code & 0xFF]))
        os._exit(0)
    connection.close()
    for place, stream in enumerate(streams):
        os.dup2(stream, place)
        os.close(stream)
    # The server's know that they are pipes.
    sys.stdin, sys.stdout, sys.stderr = _opened(0, "rb"), _opened(1, "wb"), _opened(2, "wb")
    _run(*json.loads(asked))


def _opened(stream: int, mode: str) -> TextIOWrapper:
    return TextIOWrapper(os.fdopen(stream, mode, closefd=False), encoding="utf-8", write_through=True)


def _run(words: Sequence[str], folder: str, surroundings: dict[str, str]) -> NoReturn:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(surroundings)
    if Path(words[0]).name == "bankcore":
        sys.argv = [*words]
        main()
    else:
        sys.argv = list(words[1:])
        sys.path.insert(0, folder)
        runpy.run_path(words[1], run_name="__main__")
    sys.exit(0)


if __name__ == "__main__":
    _serve(sys.argv[1])
