"""The long-running commands: the worker, and the server with a worker beside it."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import click
import structlog
import waitress

from diarium import metrics
from diarium.cli import frame
from diarium.cli.upkeep import make_ready
from diarium.i18n import gettext as _
from diarium.logs import set_up_logs
from diarium.settings import Role

THREADS = 8
_RESTART_SECONDS = 5.0
_PATIENCE_SECONDS = 30.0
_FORM_OVERHEAD = 1024 * 1024
log = structlog.get_logger()


@click.command(
    help=_("Gör det som följer av registreringarna: läser filer, gör dem sökbara, publicerar, packar uttag.")
)
@click.option("--once", is_flag=True, help=_("Gör allt som väntar och sluta."))
@click.option("--while-stdin", is_flag=True, hidden=True, help="Stops when standard input ends: with the parent.")
def worker(once: bool, while_stdin: bool) -> None:
    """Runs until SIGTERM or SIGINT, and then finishes what it has in hand."""
    set_up_logs()
    stop = threading.Event()
    if not once:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: stop.set())
    if while_stdin:
        threading.Thread(target=_stop_at_end_of_input, args=(stop,), daemon=True).start()
    with frame.services() as diarium, diarium.worker() as work:
        if not once and (address := diarium.settings.operations.worker_metrics):
            metrics.serve(*address)
        if once:
            frame.tell(_("%(count)s ändringar behandlade.", count=work.drain()))
        else:
            frame.tell(_("Arbetaren är igång."))
            work.run(stop)


@click.command(help=_("Startar webbplatsen och, om inget annat sägs, arbetaren."))
@click.option("--no-worker", is_flag=True, help=_("Ingen arbetare: den körs för sig med diarium worker."))
def serve(no_worker: bool) -> None:
    """Prepares, then serves until SIGTERM or SIGINT."""
    from diarium.app import create_app

    with frame.services(must_be_prepared=False) as diarium:
        settings = diarium.settings
        if settings.role is not Role.PUBLIC:
            make_ready(diarium)
        server = waitress.create_server(
            create_app(settings),
            host=settings.host,
            port=settings.port,
            threads=THREADS,
            ident="",
            max_request_body_size=max(settings.max_upload_bytes, settings.packages.max_bytes) + _FORM_OVERHEAD,
        )
        if address := settings.operations.metrics:
            metrics.serve(*address)
        signal.signal(signal.SIGTERM, _leave)
        frame.tell(_("diarium svarar på http://%(host)s:%(port)s", host=settings.host, port=settings.port))
        if no_worker or settings.role is Role.PUBLIC:
            server.run()
        else:
            with worker_beside():
                server.run()


@contextmanager
def worker_beside() -> Iterator[None]:
    """A worker process for the time of the block; started again if it ends by itself.

    It reads from a pipe whose other end only this process holds: however this process ends, also by SIGKILL, the
    pipe ends and the worker with it.
    """
    stop = threading.Event()
    keeper = threading.Thread(target=_keep_worker, args=(stop,), name="worker-keeper")
    keeper.start()
    try:
        yield
    finally:
        stop.set()
        keeper.join()


def _keep_worker(stop: threading.Event) -> None:
    while not stop.is_set():
        child = subprocess.Popen(
            [sys.executable, "-m", "diarium", "worker", "--while-stdin"], stdin=subprocess.PIPE
        )
        while child.poll() is None and not stop.wait(0.2):
            pass
        if child.poll() is None:
            _end(child)
        elif not stop.is_set():
            log.error("the worker ended by itself and is started again", exit_code=child.returncode)
            stop.wait(_RESTART_SECONDS)


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.stdin is not None:
        child.stdin.close()
    try:
        child.wait(timeout=_PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        log.warning("the worker did not end in time and is killed: its work is begun anew next time")
        child.kill()
        child.wait()


def _stop_at_end_of_input(stop: threading.Event) -> None:
    while sys.stdin.buffer.read(1024):
        pass
    stop.set()


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)
