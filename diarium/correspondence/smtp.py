"""Sending through a mail server (SMTP, RFC 5321) with reports asked for where it can (DSN, RFC 3461)."""

from __future__ import annotations

import contextlib
import re
import smtplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from email.utils import parseaddr

from diarium.correspondence.transport import Fate, RecipientResult, SendResult
from diarium.i18n import gettext as _
from diarium.i18n import show_size
from diarium.settings import MailSecurity, MailSettings

TIMEOUT_SECONDS = 30.0
# A server may look the content through before it answers; to hang up on it leaves it unknown what became of it.
ANSWER_SECONDS = 300.0
WIRE_POLICY = policy.SMTP.clone(cte_type="7bit")
_MOST_WORDS = 500
# A lone CR or LF is read in two ways by two servers: by that, a second message can be smuggled in.
_LONE_END = re.compile(rb"(?<!\r)\n|\r(?!\n)")
_DOT_AT_START = re.compile(rb"(?m)^\.")
_NOT_PLAIN = re.compile(r"[^\x21-\x2a\x2c-\x3c\x3e-\x7e]")


class ServerAway(Exception):
    """The server can't be used now. The text says why, in the user's language."""


@dataclass(frozen=True, slots=True)
class SmtpTransport:
    """A `MailTransport` to the server of `settings`. `context`: whom to trust; by default what the machine
    trusts.
    """

    settings: MailSettings
    timeout: float = TIMEOUT_SECONDS
    context: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    def send(
        self, message: EmailMessage, recipients: Sequence[str], *, envelope_id: str | None = None
    ) -> SendResult:
        """Sends `message` from the address in its From field."""
        sender = parseaddr(str(message["From"]))[1]
        return self.deliver(message.as_bytes(policy=WIRE_POLICY), sender, recipients, envelope_id=envelope_id)

    def deliver(
        self, content: bytes, sender: str, recipients: Sequence[str], *, envelope_id: str | None = None
    ) -> SendResult:
        """Sends `content` exactly as it stands, in one transaction for all recipients."""
        try:
            with self._line() as line:
                return _Delivery(line, recipients).run(content, sender, envelope_id)
        except ServerAway as away:
            return _same_for_all(recipients, Fate.DEFERRED, str(away), is_away=True)

    @contextmanager
    def _line(self) -> Iterator[smtplib.SMTP]:
        """An open, protected and logged-in line. Raises: ServerAway, also when it breaks in the greeting."""
        try:
            line = self._connect()
        except ssl.SSLCertVerificationError as error:
            raise ServerAway(
                _("E-postserverns certifikat kunde inte godkännas: %(why)s", why=error.verify_message)
            ) from error
        except smtplib.SMTPAuthenticationError as error:
            words = _words(error.smtp_code, error.smtp_error)
            raise ServerAway(_("E-postservern godtog inte inloggningen: %(why)s", why=words)) from error
        except (OSError, UnicodeError) as error:
            raise ServerAway(_("E-postservern kan inte nås: %(why)s", why=_clean(str(error)))) from error
        try:
            yield line
        finally:
            with contextlib.suppress(OSError):
                line.quit()
            line.close()

    def _connect(self) -> smtplib.SMTP:
        wanted = self.settings
        if wanted.security is MailSecurity.TLS:
            line: smtplib.SMTP = smtplib.SMTP_SSL(
                wanted.host, wanted.port, timeout=self.timeout, context=self.context
            )
        else:
            line = smtplib.SMTP(wanted.host, wanted.port, timeout=self.timeout)
        try:
            if wanted.security is MailSecurity.STARTTLS:
                line.starttls(context=self.context)
            line.ehlo_or_helo_if_needed()
            if wanted.username:
                line.login(wanted.username, wanted.password)
        except BaseException:
            line.close()
            raise
        return line


class _Delivery:
    """One transaction: sender, recipients, content. Step by step, so that it is known where a line broke."""

    def __init__(self, line: smtplib.SMTP, recipients: Sequence[str]) -> None:
        self._line = line
        self._recipients = recipients
        self._fates: dict[str, RecipientResult] = {}

    def run(self, content: bytes, sender: str, envelope_id: str | None) -> SendResult:
        is_ended = False
        try:
            if (refusal := self._open(content, sender, envelope_id)) is not None:
                return refusal
            taken = self._name_recipients(wants_receipt=envelope_id is not None)
            if not taken:
                return self._result(None)
            code, words = self._line.docmd("DATA")
            if code == 354:
                self._line.send(_DOT_AT_START.sub(b"..", _LONE_END.sub(b"\r\n", content)))
                is_ended = True  # from here on the server may have taken it, whatever we hear
                self._line.send(b".\r\n" if content.endswith(b"\r\n") else b"\r\n.\r\n")
                if self._line.sock is not None:
                    self._line.sock.settimeout(ANSWER_SECONDS)
                code, words = self._line.getreply()
            answer = _words(code, words)
            self._settle(taken, _fate(code), answer)
            return self._result(answer)
        except (OSError, ValueError) as error:
            why = _clean(str(error)) or type(error).__name__
            self._settle(
                [address for address in self._recipients if address not in self._fates],
                Fate.UNCERTAIN if is_ended else Fate.DEFERRED,
                _("Förbindelsen med e-postservern bröts: %(why)s", why=why),
            )
            return self._result(None, is_away=not is_ended)

    def _open(self, content: bytes, sender: str, envelope_id: str | None) -> SendResult | None:
        """Names the sender; the result for everybody where the server takes nothing from us."""
        options = []
        if self._line.has_extn("size"):
            most = self._line.esmtp_features["size"].strip()
            if most.isdigit() and 0 < int(most) < len(content):
                text = _("Meddelandet är %(size)s. E-postservern tar emot högst %(most)s.",
                         size=show_size(len(content)), most=show_size(int(most)))  # fmt: skip
                return _same_for_all(self._recipients, Fate.REFUSED, text)
            options.append(f"SIZE={len(content)}")
        if self._line.has_extn("dsn"):
            options.append("RET=HDRS")
            if envelope_id:
                options.append(f"ENVID={_xtext(envelope_id)}")
        code, words = self._line.mail(sender, options)
        if code == 250:
            return None
        return _same_for_all(self._recipients, _fate(code), _words(code, words))

    def _name_recipients(self, *, wants_receipt: bool) -> list[str]:
        """Names each recipient; those whom the server takes. The others have their fate.

        A receipt can be noted only on what has an envelope id; for the rest it would fill somebody's inbox.
        """
        wanted = "SUCCESS,FAILURE" if wants_receipt else "FAILURE"
        taken = []
        for address in self._recipients:
            options = []
            if self._line.has_extn("dsn"):
                options = [f"NOTIFY={wanted}", f"ORCPT=rfc822;{_xtext(address)}"]
            code, words = self._line.rcpt(address, options)
            if code in (250, 251):
                taken.append(address)
            else:
                self._fates[address] = RecipientResult(address, _fate(code), _words(code, words), True)
        return taken

    def _settle(self, addresses: Sequence[str], fate: Fate, words: str) -> None:
        for address in addresses:
            self._fates[address] = RecipientResult(address, fate, words)

    def _result(self, answer: str | None, *, is_away: bool = False) -> SendResult:
        return SendResult(tuple(self._fates[address] for address in self._recipients), answer, is_away)


def _same_for_all(recipients: Sequence[str], fate: Fate, words: str, *, is_away: bool = False) -> SendResult:
    return SendResult(tuple(RecipientResult(address, fate, words) for address in recipients), None, is_away)


def _fate(code: int) -> Fate:
    if 200 <= code < 300:
        return Fate.ACCEPTED
    return Fate.REFUSED if 500 <= code < 600 else Fate.DEFERRED


def _words(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return _clean(f"{code} {text}")


def _clean(text: str) -> str:
    """A foreign text in one line, short enough to be kept."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:_MOST_WORDS]


def _xtext(text: str) -> str:
    """`text` as DSN parameters take it (RFC 3461, 4)."""
    return _NOT_PLAIN.sub(lambda found: f"+{ord(found[0]):02X}", text)
