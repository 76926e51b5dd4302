"""`diarium worker` and `diarium serve` as real processes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from diarium.composition import Diarium
from tests.cli.conftest import Run

Start = Callable[..., "subprocess.Popen[str]"]
PATIENCE = 60


@pytest.fixture
def start(environment: Path) -> Iterator[Start]:
    """Starts `diarium` with the arguments; what still runs at the end is killed."""
    started: list[subprocess.Popen[str]] = []

    def start_command(*arguments: str, **variables: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "diarium", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **variables},
        )
        started.append(process)
        return process

    yield start_command
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=PATIENCE)


def _wait_for_line(process: subprocess.Popen[str], part: str) -> str:
    assert process.stderr is not None
    for line in process.stderr:
        if part in line:
            return line
    raise AssertionError(f"{part!r} was never told")


def _free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_worker_ends_in_good_order_when_told_to(services: Diarium, start: Start, number: signal.Signals) -> None:
    process = start("worker")
    _wait_for_line(process, "Arbetaren är igång")
    process.send_signal(number)
    assert process.wait(timeout=PATIENCE) == 0


def test_worker_beside_the_server_does_its_work_and_ends_with_it(
    run: Run, services: Diarium, start: Start
) -> None:
    port = _free_port()
    server = start("serve", DIARIUM_PORT=port)
    _wait_for_line(server, f":{port}")
    _wait_for_line(server, "Arbetaren är igång")
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=PATIENCE) as answer:
        assert answer.status == 200
    server.send_signal(signal.SIGTERM)
    assert server.wait(timeout=PATIENCE) == 0


def test_worker_ends_also_when_the_server_is_killed(services: Diarium, start: Start) -> None:
    server = start("serve", DIARIUM_PORT=_free_port())
    _wait_for_line(server, "Arbetaren är igång")
    server.kill()
    server.wait(timeout=PATIENCE)
    # The worker holds the other ends of these pipes: they end when it has ended.
    server.communicate(timeout=PATIENCE)


def test_measures_are_told_on_addresses_of_their_own_and_not_to_the_public(
    services: Diarium, start: Start
) -> None:
    port, own, workers = _free_port(), _free_port(), _free_port()
    server = start(
        "serve",
        DIARIUM_PORT=port,
        DIARIUM_METRICS=f"127.0.0.1:{own}",
        DIARIUM_WORKER_METRICS=f"127.0.0.1:{workers}",
    )
    _wait_for_line(server, "Arbetaren är igång")
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=PATIENCE)
    assert 'diarium_http_seconds_count{endpoint="none"' in _text(f"http://127.0.0.1:{own}/metrics")
    assert "diarium_chore_seconds" in _text(f"http://127.0.0.1:{workers}/metrics")


def _text(address: str) -> str:
    with urllib.request.urlopen(address, timeout=PATIENCE) as answer:
        return str(answer.read().decode())


def test_port_in_use_is_one_line_and_exit_code_1(services: Diarium, start: Start) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        server = start("serve", "--no-worker", DIARIUM_PORT=str(taken.getsockname()[1]))
        stdout, stderr = server.communicate(timeout=PATIENCE)
    assert (server.returncode, stdout) == (1, "")
    assert "Traceback" not in stderr
    assert stderr.splitlines()[-1].startswith("Fel: ")
