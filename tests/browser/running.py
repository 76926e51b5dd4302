"""The real program: `diarium serve` with its worker, on a port and a data folder of its own."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

START_SECONDS = 90
# A small demonstration with open cases of those kinds that the letters in the inbox are about.
SEED = 10
STOP_SECONDS = 20


def demonstration(shelf: Path, cases: int) -> Path:
    """A data folder with a demonstration of `cases` cases, to be copied and never served itself.

    It is made once for all processes that share `shelf`, however many ask at a time.
    """
    made = shelf / f"demonstration-{cases}"
    with (shelf / f"{made.name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            half = Path(tempfile.mkdtemp(dir=shelf))
            environment = environment_for(half, 8000)
            run_diarium(environment, "prepare")
            run_diarium(environment, "demo", "--cases", str(cases), "--seed", str(SEED))
            # Everything is searchable and published before anybody looks.
            run_diarium(environment, "worker", "--once")
            (half / "data").rename(made)
    return made


@contextmanager
def running_diarium(folder: Path, pattern: Path) -> Iterator[str]:
    """Serves a copy of `pattern`; gives its address. Afterwards neither server nor worker is left."""
    port = _free_port()
    environment = environment_for(folder, port)
    shutil.copytree(pattern, folder / "data")
    with (folder / "serve.log").open("wb") as log:
        server = subprocess.Popen(
            _command("serve"), env=environment, stdout=log, stderr=log, cwd=folder, start_new_session=True
        )
    try:
        _wait_until_healthy(server, f"http://127.0.0.1:{port}", folder / "serve.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        _stop(server)


def environment_for(folder: Path, port: int) -> dict[str, str]:
    """The surrounding environment without anybody else's settings of diarium."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("DIARIUM_")}
    return plain | {"DIARIUM_DATA": str(folder / "data"), "DIARIUM_PORT": str(port)}


def run_diarium(environment: dict[str, str], *arguments: str) -> str:
    """Runs a command to its end and gives what it printed; fails with all of it on an exit code other than 0."""
    done = subprocess.run(_command(*arguments), env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"diarium {' '.join(arguments)}: {done.stdout}{done.stderr}"
    return done.stdout


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "diarium", *arguments]


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def _wait_until_healthy(server: subprocess.Popen[bytes], address: str, log: Path) -> None:
    for _try in range(START_SECONDS):
        with suppress(urllib.error.URLError), urllib.request.urlopen(f"{address}/healthz", timeout=5):
            return
        try:
            # Waits for the process instead of for a time: a server that could not start ends the waiting at once.
            server.wait(timeout=1)
        except subprocess.TimeoutExpired:
            continue
        break
    raise AssertionError(f"the server did not start: {log.read_text(encoding='utf-8')}")


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    with suppress(subprocess.TimeoutExpired):
        server.wait(timeout=STOP_SECONDS)
    # The server's own process group: the worker too, if it is still there.
    with suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)
    server.wait()
