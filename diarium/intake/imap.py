"""A folder on an IMAP server, through imap-tools: looks and marks, never deletes. Every fault in Swedish."""

from __future__ import annotations

import contextlib
import datetime as dt
import imaplib
import re
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError, MailboxFolderSelectError, MailboxLoginError

from diarium.i18n import gettext as _
from diarium.intake.envelope import MAX_HEADER_BYTES
from diarium.intake.errors import CollectingFailed
from diarium.intake.models import Mailbox
from diarium.intake.vocabulary import Security

TIMEOUT_SECONDS = 15.0
_UID = re.compile(rb"\bUID (\d+)")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")
_DATE = re.compile(rb'\bINTERNALDATE "([^"]{10,40})"')


@dataclass(frozen=True, slots=True)
class Address:
    """Where a mailbox is and how to get in."""

    host: str
    port: int
    security: Security
    username: str
    folder: str
    password_variable: str

    @classmethod
    def of(cls, mailbox: Mailbox) -> Address:
        """The address of `mailbox`."""
        return cls(
            mailbox.host,
            mailbox.port,
            mailbox.security,
            mailbox.username,
            mailbox.folder,
            mailbox.password_variable,
        )


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message on the server: its number, its size in bytes, and when the server received it."""

    uid: int
    size: int
    received_at: dt.datetime | None


class MessageNotGiven(Exception):
    """The server refuses one message, or has it no more; the others are not concerned."""


@dataclass(slots=True)
class ImapFolder:
    """An open folder. `uid_validity` names the numbering; within it a number means one message for ever."""

    _box: BaseMailBox
    _can_mark: bool
    uid_validity: int
    message_count: int

    def numbers_after(self, last: int) -> list[int]:
        """The numbers of the messages after `last`, lowest first. Raises: CollectingFailed."""
        with _told():
            found = self._box.uids(f"UID {last + 1}:*", charset=None)
        # "n:*" always names the last message, also where it comes before n (RFC 3501 6.4.8).
        return sorted({int(uid) for uid in found if int(uid) > last})

    def waiting(self, uids: Sequence[int]) -> list[Waiting]:
        """What is known of the messages with `uids` before they are fetched. Raises: CollectingFailed."""
        if not uids:
            return []
        found = {}
        try:
            answer = self._fetch(",".join(map(str, uids)), "(UID RFC822.SIZE INTERNALDATE)")
        except MessageNotGiven:
            answer = []  # each is asked for by itself afterwards
        for part in answer:
            line = b"".join(part) if isinstance(part, tuple) else part or b""
            uid, size = _UID.search(line), _SIZE.search(line)
            if uid is not None and size is not None:
                found[int(uid[1])] = Waiting(int(uid[1]), int(size[1]), _internal_date(line))
        return [found.get(uid, Waiting(uid, 0, None)) for uid in uids]

    def message(self, uid: int) -> bytes:
        """The whole message, without marking it as read. Raises: MessageNotGiven, CollectingFailed."""
        return self._literal(uid, "(BODY.PEEK[])")

    def header(self, uid: int) -> bytes:
        """The beginning of the message's header. Raises: MessageNotGiven, CollectingFailed."""
        return self._literal(uid, f"(BODY.PEEK[HEADER]<0.{MAX_HEADER_BYTES}>)")

    def mark_seen(self, uids: Sequence[int]) -> None:
        """Shows to people who look into the mailbox what has been collected. Raises: CollectingFailed."""
        if not uids or not self._can_mark:
            return
        with _told():
            # Not `flag` of imap-tools: it expunges, which would delete for good what others have marked so.
            self._box.client.uid("STORE", ",".join(map(str, uids)), "+FLAGS.SILENT", r"(\Seen)")

    def _literal(self, uid: int, parts: str) -> bytes:
        for part in self._fetch(str(uid), parts):
            if isinstance(part, tuple) and len(part) == 2 and isinstance(part[1], bytes):
                return part[1]
        raise MessageNotGiven(f"message {uid} is not given by the server")

    def _fetch(self, uids: str, parts: str) -> list[bytes | tuple[bytes, bytes] | None]:
        with _told():
            try:
                status, answer = self._box.client.uid("FETCH", uids, parts)
            except imaplib.IMAP4.abort:
                raise
            except imaplib.IMAP4.error as refusal:
                raise MessageNotGiven(str(refusal)) from refusal
        if status != "OK":
            raise MessageNotGiven(f"message {uids}: {status}")
        return list(answer)


@contextmanager
def open_folder(address: Address, password: str) -> Iterator[ImapFolder]:
    """The mailbox's folder, connected for the time of the block. Raises: CollectingFailed that tells why not."""
    with _told(address):
        box = _connect(address)
    try:
        with _told(address):
            _log_in(box, address, password)
            can_mark = _select(box, address.folder)
            status = box.folder.status(address.folder, ["UIDVALIDITY", "MESSAGES"])
        if not status.get("UIDVALIDITY"):
            raise CollectingFailed(_("Servern numrerar inte meddelandena (UIDVALIDITY saknas)."))
        yield ImapFolder(box, can_mark, status["UIDVALIDITY"], status.get("MESSAGES", 0))
    finally:
        # The server may be gone; what was collected is stored.
        with contextlib.suppress(ImapToolsError, imaplib.IMAP4.error, OSError):
            box.logout()


def _connect(address: Address) -> BaseMailBox:
    if address.security is Security.NONE:
        return MailBoxUnencrypted(address.host, address.port, timeout=TIMEOUT_SECONDS)
    context = ssl.create_default_context()
    kind = MailBox if address.security is Security.TLS else MailBoxStartTls
    return kind(address.host, address.port, timeout=TIMEOUT_SECONDS, ssl_context=context)


def _log_in(box: BaseMailBox, address: Address, password: str) -> None:
    try:
        if address.username.isascii() and password.isascii():
            box.login(address.username, password, initial_folder=None)
        else:
            box.login_utf8(address.username, password, initial_folder=None)
    except imaplib.IMAP4.abort:
        raise
    except (MailboxLoginError, imaplib.IMAP4.error):
        raise CollectingFailed(
            _(
                "Servern godtog inte användarnamnet %(name)s med lösenordet i %(variable)s. Kontrollera båda.",
                name=address.username,
                variable=address.password_variable,
            )
        ) from None


def _select(box: BaseMailBox, folder: str) -> bool:
    """Opens the folder; whether messages can be marked there."""
    try:
        box.folder.set(folder)
    except imaplib.IMAP4.readonly:
        box.folder.set(folder, readonly=True)
        return False
    return True


@contextmanager
def _told(address: Address | None = None) -> Iterator[None]:
    """Turns what can go wrong on the way to the server into a message for whoever looks after the mailbox."""
    try:
        yield
    except ssl.SSLError as error:
        reason = error.verify_message if isinstance(error, ssl.SSLCertVerificationError) else error.reason
        raise CollectingFailed(
            _("Den krypterade anslutningen kunde inte upprättas: %(reason)s", reason=reason or error)
        ) from error
    except socket.gaierror as error:
        host = address.host if address else ""
        raise CollectingFailed(_("Servern %(host)s hittades inte. Kontrollera namnet.", host=host)) from error
    except MailboxFolderSelectError as error:
        folder = address.folder if address else ""
        raise CollectingFailed(_("Mappen ”%(folder)s” finns inte i e-postlådan.", folder=folder)) from error
    except TimeoutError as error:
        raise CollectingFailed(_("Servern svarade inte i tid. Nytt försök görs senare.")) from error
    except ConnectionRefusedError as error:
        port = address.port if address else 0
        raise CollectingFailed(
            _("Servern tar inte emot anslutningar på port %(port)s. Nytt försök görs senare.", port=port)
        ) from error
    except (OSError, imaplib.IMAP4.abort) as error:
        raise CollectingFailed(
            _("Anslutningen till servern gick inte eller bröts: %(reason)s", reason=error)
        ) from error
    except (ImapToolsError, imaplib.IMAP4.error) as error:
        raise CollectingFailed(_("Servern svarade oväntat: %(reason)s", reason=str(error)[:300])) from error


def _internal_date(line: bytes) -> dt.datetime | None:
    """Source: RFC 3501, date-time: "17-Jul-1996 02:44:25 -0700"."""
    found = _DATE.search(line)
    if found is None:
        return None
    try:
        moment = parsedate_to_datetime(found[1].decode("ascii").strip().replace("-", " ", 2))
    except ValueError:
        return None
    return moment.astimezone(dt.UTC) if moment.tzinfo else None
