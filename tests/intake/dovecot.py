"""A real mail server: Debian's Dovecot in a folder of its own, on free ports, for one test or several."""

from __future__ import annotations

import contextlib
import datetime as dt
import grp
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from imap_tools import MailBoxUnencrypted

PROGRAM = "/usr/sbin/dovecot"
PASSWORD = "hemligt-lösen"
USERS = ("ks", "sn", "sakta")
_CONFIGURATION = """
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
instance_name = {folder}
disable_plaintext_auth = no
auth_mechanisms = plain login
mail_location = maildir:{folder}/mail/%u
mailbox_list_index = no
ssl = {ssl}
{certificate}
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
first_valid_uid = 1
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {folder}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
"""


class Dovecot:
    """A server with the mailboxes of `USERS`. It may be stopped and started again: ports and mail stay."""

    def __init__(self, folder: Path, *, tls: bool) -> None:
        self.folder = folder
        self.port, self.tls_port = _free_port(), _free_port()
        self.certificate = folder / "certificate.pem"
        self._process: subprocess.Popen[bytes] | None = None
        self._prepare(tls)

    def start(self) -> None:
        """Starts the server and waits until it answers."""
        command = [PROGRAM, "-F", "-c", str(self.folder / "dovecot.conf")]
        self._process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        pause = threading.Event()
        for _try in range(200):
            if self._process.poll() is not None:
                break
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                    if connection.recv(4) == b"* OK":
                        return
            except OSError:
                pause.wait(0.05)
        log = self.folder / "dovecot.log"
        self.stop()
        raise RuntimeError(f"Dovecot does not start: {log.read_text() if log.exists() else ''}")

    def stop(self) -> None:
        """Stops it at once, with every connection, as a power cut does."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):  # all of them have ended by themselves
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(timeout=30)
            self._process = None

    def deliver(
        self, content: bytes, *, user: str = "ks", at: dt.datetime | None = None, folder: str = "INBOX"
    ) -> None:
        """Puts a message into the user's folder, received `at`, by default now."""
        self.deliver_all([content], user=user, at=at, folder=folder)

    def deliver_all(
        self, contents: list[bytes], *, user: str = "ks", at: dt.datetime | None = None, folder: str = "INBOX"
    ) -> None:
        """Puts messages into the user's folder, in that order."""
        with self.connection(user) as box:
            for content in contents:
                box.append(content, folder, dt=at or dt.datetime.now(dt.UTC))

    @contextmanager
    def connection(self, user: str = "ks") -> Iterator[MailBoxUnencrypted]:
        """A mail program that looks into the user's mailbox."""
        with MailBoxUnencrypted("127.0.0.1", self.port, timeout=20).login_utf8(user, PASSWORD) as box:
            yield box

    def number_anew(self, user: str = "ks") -> None:
        """Gives every message of the user's mailbox another number and another UIDVALIDITY."""
        folder = self.folder / "mail" / user
        listed = folder / "dovecot-uidlist"
        header, *lines = listed.read_text(encoding="ascii").splitlines()
        header = re.sub(r"V(\d+)", lambda found: f"V{int(found[1]) + 1}", header)
        header = re.sub(r"N(\d+)", lambda found: f"N{int(found[1]) + 100}", header)
        moved = [re.sub(r"^\d+", lambda found: str(int(found[0]) + 100), line) for line in lines]
        listed.write_text("\n".join([header, *moved, ""]), encoding="ascii")
        for path in folder.glob("dovecot.index*"):
            path.unlink()

    def _prepare(self, tls: bool) -> None:
        root = os.geteuid() == 0
        own = pwd.getpwuid(os.geteuid()).pw_name
        internal = "dovecot" if root else own
        account = pwd.getpwnam(internal)
        mail = self.folder / "mail"
        mail.mkdir()
        if root:
            os.chown(mail, account.pw_uid, account.pw_gid)
            self.folder.chmod(0o755)
        (self.folder / "users").write_text(
            "".join(f"{user}:{{PLAIN}}{PASSWORD}\n" for user in USERS), encoding="utf-8"
        )
        (self.folder / "dovecot.conf").write_text(
            _CONFIGURATION.format(
                folder=self.folder,
                ssl="yes" if tls else "no",
                certificate=self._certificate() if tls else "",
                internal=internal,
                internal_group=_group_of(account.pw_gid),
                login="dovenull" if root else own,
                port=self.port,
                tls_port=self.tls_port,
                uid=account.pw_uid,
                gid=account.pw_gid,
            ),
            encoding="utf-8",
        )

    def _certificate(self) -> str:
        key = self.folder / "key.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
             "-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(self.certificate)],
            check=True, capture_output=True,
        )  # fmt: skip
        return f"ssl_cert = <{self.certificate}\nssl_key = <{key}"


@contextmanager
def running_dovecot(*, tls: bool = False) -> Iterator[Dovecot]:
    """A server for the time of the block; skips the test, with the reason, where it is not installed."""
    if not Path(PROGRAM).exists():
        pytest.skip("dovecot-imapd is not installed")
    if tls and shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    # Not a folder of pytest's: the server's own user must be able to get in, and sockets want short paths.
    with tempfile.TemporaryDirectory(prefix="dovecot-", ignore_cleanup_errors=True) as name:
        server = Dovecot(Path(name), tls=tls)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _group_of(number: int) -> str:
    return grp.getgrgid(number).gr_name


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
