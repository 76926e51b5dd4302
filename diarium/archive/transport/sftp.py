"""Packages sent over SFTP to a server whose key is known beforehand."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import secrets
import socket
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import paramiko

from diarium.archive.transport.errors import TransportError, UnknownHostKey
from diarium.archive.transport.logins import Login, sftp_login
from diarium.archive.transport.port import (
    CHUNK,
    MAX_RETURNED_BYTES,
    MOST_RETURNED,
    TAIL,
    Arrival,
    Course,
    Parcel,
    Proof,
    ReturnedFile,
)
from diarium.archive.transport.settings import SftpSettings, require_allowed_host
from diarium.archive.transport.words import cannot_connect, mark_of, name_taken, not_same, too_large
from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.settings import DeliverySettings

CONNECT_SECONDS = 15.0
ANSWER_SECONDS = 60.0
# Weak by today's measure; a server that has nothing better must be mended.
_DISABLED: Mapping[str, Sequence[str]] = {
    "keys": ("ssh-rsa", "ssh-dss"),
    "pubkeys": ("ssh-rsa", "ssh-dss"),
    "kex": (
        "diffie-hellman-group1-sha1",
        "diffie-hellman-group14-sha1",
        "diffie-hellman-group-exchange-sha1",
    ),
}


class SftpTransport:
    """The transport, connected. To be closed."""

    def __init__(self, settings: SftpSettings, policy: DeliverySettings) -> None:
        self._settings = settings
        self._line: paramiko.Transport | None = None
        try:
            require_allowed_host(settings.host, settings.port, 22, policy)
        except DomainError as error:
            raise TransportError(error.message) from None
        login = sftp_login(settings.secret, policy)
        try:
            self._sftp = self._connect(login)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Ends the connection."""
        if self._line is not None:
            self._line.close()

    def probe(self) -> None:
        """See `Transport`."""
        with self._told():
            path = self._place(f".diarium-prov-{secrets.token_hex(8)}")
            with self._sftp.open(path, "wx") as target:
                target.write(b"diarium")
            self._sftp.remove(path)
            if self._settings.return_folder:
                self._sftp.listdir_attr(self._settings.return_folder)

    def send(self, parcel: Parcel, course: Course) -> Arrival:
        """See `Transport`. SFTP tells the size of what arrived and no checksum, so that is what is compared."""
        target, partial = self._place(parcel.name), self._place(parcel.partial_name)
        with self._told():
            there = self._size(target)
            if there is not None:
                if there != parcel.size or not self._ends_alike(parcel, target, there):
                    raise name_taken(parcel.name)
                return Arrival(self._told_place(target), Proof.SIZE)
            self._upload(parcel, partial, course)
            if self._size(partial) != parcel.size:
                self._sftp.remove(partial)
                raise not_same(parcel.name)
            self._publish(partial, target)
            if self._size(target) not in (parcel.size, None):  # None: the receiver took it away at once
                raise not_same(parcel.name)
        return Arrival(self._told_place(target), Proof.SIZE)

    def discard(self, parcel: Parcel, token: str | None) -> None:
        """See `Transport`."""
        with self._told(), contextlib.suppress(FileNotFoundError):
            self._sftp.remove(self._place(parcel.partial_name))

    def returned(self) -> Iterator[ReturnedFile]:
        """See `Transport`."""
        if not self._settings.return_folder:
            return
        with self._told():
            rows = self._sftp.listdir_attr(self._settings.return_folder)
        files = [row for row in rows if stat.S_ISREG(row.st_mode or 0)]
        files.sort(key=lambda row: (-(row.st_mtime or 0), row.filename))
        for row in files[:MOST_RETURNED]:
            size = row.st_size or 0
            yield ReturnedFile(row.filename, size, mark_of(row.filename, size, row.st_mtime))

    def read_returned(self, file: ReturnedFile) -> bytes:
        """See `Transport`."""
        if "/" in file.name or file.name in (".", "..") or file.size > MAX_RETURNED_BYTES:
            raise too_large(file.name)
        with self._told(), self._sftp.open(f"{self._settings.return_folder}/{file.name}", "rb") as source:
            content = source.read(MAX_RETURNED_BYTES + 1)
        if len(content) > MAX_RETURNED_BYTES:
            raise too_large(file.name)
        return content

    def _connect(self, login: Login) -> paramiko.SFTPClient:
        settings = self._settings
        try:
            line = socket.create_connection((settings.host.strip("[]"), settings.port), timeout=CONNECT_SECONDS)
        except (OSError, UnicodeError) as error:
            raise cannot_connect(settings.host, _reason(error)) from error
        try:
            self._line = paramiko.Transport(line, disabled_algorithms=_DISABLED)
            self._line.banner_timeout = self._line.handshake_timeout = CONNECT_SECONDS
            self._line.auth_timeout = CONNECT_SECONDS
            self._line.start_client(timeout=CONNECT_SECONDS)
            self._require_known(self._line.get_remote_server_key())
            if login.key is not None:
                self._line.auth_publickey(settings.username, login.key)
            else:
                self._line.auth_password(settings.username, login.password or "", fallback=False)
            client = paramiko.SFTPClient.from_transport(self._line)
        except paramiko.AuthenticationException as error:
            raise TransportError(
                _("Servern %(host)s släppte inte in %(username)s. Kontrollera användarnamnet och hemligheten "
                  "%(secret)s.", host=settings.host, username=settings.username, secret=settings.secret)
            ) from error  # fmt: skip
        except (paramiko.SSHException, OSError, EOFError) as error:
            raise cannot_connect(settings.host, _reason(error)) from error
        if client is None:
            raise cannot_connect(settings.host, "SFTP")
        channel = client.get_channel()
        if channel is not None:
            channel.settimeout(ANSWER_SECONDS)
        return client

    def _require_known(self, key: paramiko.PKey) -> None:
        """Nothing, no password either, is told to a server that shows another key than those accepted."""
        digest = hashlib.sha256(key.asbytes()).digest()
        shown = f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"
        if not any(hmac.compare_digest(shown, known) for known in self._settings.host_keys):
            raise UnknownHostKey(
                self._settings.host, key.get_name(), shown, is_changed=bool(self._settings.host_keys)
            )

    def _upload(self, parcel: Parcel, partial: str, course: Course) -> None:
        there = self._size(partial) or 0
        sent = there if 0 < there <= parcel.size and self._ends_alike(parcel, partial, there) else 0
        course.reached(sent)
        with parcel.path.open("rb") as source, self._sftp.open(partial, "r+" if sent else "w") as target:
            target.set_pipelined(True)
            source.seek(sent)
            target.seek(sent)
            while chunk := source.read(CHUNK):
                target.write(chunk)
                sent += len(chunk)
                course.reached(sent)

    def _ends_alike(self, parcel: Parcel, path: str, there: int) -> bool:
        """Whether the last bytes that lie there are those of the parcel at that place."""
        start = max(0, there - TAIL)
        with parcel.path.open("rb") as source, self._sftp.open(path, "rb") as target:
            source.seek(start)
            target.seek(start)
            return source.read(there - start) == target.read(there - start)

    def _publish(self, partial: str, target: str) -> None:
        try:
            self._sftp.rename(partial, target)  # unlike posix_rename it never overwrites
        except OSError:
            if self._size(target) is not None:
                raise name_taken(target.rpartition("/")[2]) from None
            raise

    def _size(self, path: str) -> int | None:
        try:
            return self._sftp.stat(path).st_size
        except FileNotFoundError:
            return None

    def _place(self, name: str) -> str:
        folder = self._settings.folder
        return f"{folder.rstrip('/')}/{name}" if folder else name

    def _told_place(self, path: str) -> str:
        return f"sftp://{self._settings.host}:{self._settings.port}/{path.lstrip('/')}"

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            raise TransportError(
                _("Mappen finns inte hos %(host)s. Be mottagaren skapa den eller rätta den i överenskommelsen.",
                  host=self._settings.host)
            ) from error  # fmt: skip
        except PermissionError as error:
            raise TransportError(
                _("Servern %(host)s låter oss inte skriva eller läsa i mappen. Be mottagaren ge oss den rätten.",
                  host=self._settings.host)
            ) from error  # fmt: skip
        except (paramiko.SSHException, OSError, EOFError) as error:
            raise TransportError(
                _("Förbindelsen med %(host)s bröts eller servern kunde inte ta emot mer: %(reason)s. Det prövas "
                  "igen.", host=self._settings.host, reason=_reason(error)),
                is_lasting=False,
            ) from error  # fmt: skip


def _reason(error: BaseException) -> str:
    """In a few words; what a server says is cut and made visible."""
    if isinstance(error, TimeoutError):
        return _("inget svar i tid")
    words = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return "".join(char if char.isprintable() else " " for char in str(words))[:200]
