"""Receivers to deliver to: a real OpenSSH, a line that breaks, an S3 service."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path

SSHD = shutil.which("sshd") or "/usr/sbin/sshd"
_CONFIG = """
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host_key
PidFile none
AuthorizedKeysFile {folder}/authorized_keys
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
Subsystem sftp internal-sftp
"""


class SshServer:
    """OpenSSH on a free port of this machine, with a host key of its own and one key that is let in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.username = getpass.getuser()
        self.port = free_port()
        for name in ("host_key", "client_key", "other_key"):
            command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
            subprocess.run(command, check=True)
        shutil.copy(folder / "client_key.pub", folder / "authorized_keys")
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True, mode=0o755)
        (folder / "sshd_config").write_text(_CONFIG.format(port=self.port, folder=folder))
        command = [SSHD, "-D", "-e", "-f", str(folder / "sshd_config")]
        self._log = (folder / "log").open("wb")
        self._process = subprocess.Popen(command, stdout=self._log, stderr=self._log)
        wait_for(self.port, self._process)

    @property
    def fingerprint(self) -> str:
        """As OpenSSH itself tells it."""
        command = ["ssh-keygen", "-l", "-f", str(self.folder / "host_key.pub")]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[1]

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()
        self._log.close()


class BreakingLine:
    """Passes a connection on to `port`, and breaks it once so many bytes have gone to the server."""

    def __init__(self, port: int, *, breaks_after: int) -> None:
        self._target, self._left = port, breaks_after
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Waits until the line is broken and the server has seen it."""
        self._thread.join(timeout=30)

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            client, _address = self._listener.accept()
            server = socket.create_connection(("127.0.0.1", self._target))
            back = threading.Thread(target=_pass_on, args=(server, client), daemon=True)
            back.start()
            while self._left > 0 and (data := client.recv(65_536)):
                server.sendall(data)
                self._left -= len(data)
            client.shutdown(socket.SHUT_RDWR)
            server.shutdown(socket.SHUT_WR)
            back.join()  # the server has done what reached it, and hung up
            client.close()
            server.close()


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Waits until something listens on `port`."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        assert process.poll() is None, "the server has ended"
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        process.poll()
        threading.Event().wait(0.02)
    raise AssertionError("the server does not answer")


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            with suppress(OSError):
                target.sendall(data)
