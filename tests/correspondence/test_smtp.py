"""The way out against a real server: trust, login, reports asked for, large and strange content."""

from __future__ import annotations

import socket
import ssl
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from diarium.correspondence.addresses import Mailbox, is_address, mailbox
from diarium.correspondence.composing import Attachment, Letter, content_of, message_of
from diarium.correspondence.errors import InvalidLetter
from diarium.correspondence.smtp import SmtpTransport
from diarium.correspondence.transport import Fate, SendResult
from diarium.db.base import now
from diarium.files.names import safe_file_name
from diarium.settings import MailSecurity, MailSettings, SettingsError, from_environment
from tests.correspondence.conftest import MailServer, parsed

Open = Callable[..., MailServer]
ANNA = "anna@bolaget.example"
NIL = uuid.UUID(int=0)


def letter(**facts: object) -> Letter:
    wanted: dict[str, object] = {
        "sender": Mailbox("diarium@ekdala.example", "Kommunstyrelsen"),
        "recipients": (Mailbox(ANNA, "Anna Ek"),),
        "subject": "Hälsning",
        "body": "Hej!",
        "written_at": now(),
    }
    return Letter(**(wanted | facts))  # type: ignore[arg-type]


def is_accepted(result: SendResult) -> bool:
    """Whether the server has taken the message for everybody."""
    return all(item.fate is Fate.ACCEPTED for item in result.recipients)


def trusting(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))


def test_message_goes_over_starttls_to_a_server_that_is_trusted(
    open_server: Open, certificate: Path, server_context: ssl.SSLContext
) -> None:
    server = open_server(tls_context=server_context, require_starttls=True)
    wanted = MailSettings("127.0.0.1", server.port, MailSecurity.STARTTLS)
    result = SmtpTransport(wanted, context=trusting(certificate)).send(message_of(letter(), NIL), [ANNA])
    assert is_accepted(result)
    assert len(server.kept) == 1


def test_nothing_goes_to_a_server_whose_certificate_nobody_vouches_for(
    open_server: Open, server_context: ssl.SSLContext
) -> None:
    server = open_server(tls_context=server_context)
    wanted = MailSettings("127.0.0.1", server.port, MailSecurity.STARTTLS)
    result = SmtpTransport(wanted).send(message_of(letter(), NIL), [ANNA])
    assert (result.recipients[0].fate, result.is_away) == (Fate.DEFERRED, True)
    assert "certifikat kunde inte godkännas" in result.recipients[0].words
    assert server.kept == []


def test_nothing_goes_in_the_open_where_starttls_is_wanted_and_missing(open_server: Open) -> None:
    server = open_server()
    wanted = MailSettings("127.0.0.1", server.port, MailSecurity.STARTTLS)
    result = SmtpTransport(wanted).send(message_of(letter(), NIL), [ANNA])
    assert (result.recipients[0].fate, result.is_away) == (Fate.DEFERRED, True)
    assert server.kept == []


def test_message_goes_over_tls_from_the_first_byte(
    open_server: Open, certificate: Path, server_context: ssl.SSLContext
) -> None:
    server = open_server(ssl_context=server_context)
    wanted = MailSettings("127.0.0.1", server.port, MailSecurity.TLS)
    assert is_accepted(
        SmtpTransport(wanted, context=trusting(certificate)).send(message_of(letter(), NIL), [ANNA])
    )
    assert len(server.kept) == 1


@pytest.mark.parametrize(
    ("password", "fate"), [("hemligt", Fate.ACCEPTED), ("fel", Fate.DEFERRED), ("å", Fate.DEFERRED)]
)
def test_login_decides_and_the_password_is_nowhere_in_what_is_told(
    open_server: Open, certificate: Path, server_context: ssl.SSLContext, password: str, fate: Fate
) -> None:
    def check(_server, _session, _envelope, _mechanism, given: object) -> AuthResult:  # type: ignore[no-untyped-def]
        assert isinstance(given, LoginPassword)
        # Not handled: the server itself answers with 535.
        return AuthResult(success=given.password == b"hemligt", handled=False)

    server = open_server(tls_context=server_context, authenticator=check, auth_required=True)
    wanted = MailSettings("127.0.0.1", server.port, MailSecurity.STARTTLS, "diarium", password)
    assert password not in repr(wanted)
    result = SmtpTransport(wanted, context=trusting(certificate)).send(message_of(letter(), NIL), [ANNA])
    assert result.recipients[0].fate is fate
    assert "hemligt" not in result.recipients[0].words


def test_attachment_of_fifteen_megabytes_and_a_swedish_name_arrives_whole(
    mail_server: MailServer, mail: MailSettings
) -> None:
    content = bytes(range(256)) * (15 * 4096)
    attached = Attachment("Åtgärdsplan – räksmörgås 🦐.pdf", "application/pdf", content)
    found = letter(attachments=(attached,), body="Hej å ä ö\n.\n..\nslut")
    # aiosmtpd's own limit is 32 MiB of content
    result = SmtpTransport(mail).deliver(content_of(found, NIL), found.sender.address, [ANNA])
    assert is_accepted(result)
    (sent,) = mail_server.messages
    (part,) = sent.iter_attachments()
    assert part.get_filename() == attached.file_name
    assert part.get_content() == content
    assert sent.get_body().get_content().splitlines() == ["Hej å ä ö", ".", "..", "slut"]  # type: ignore[union-attr]


def test_message_larger_than_the_server_takes_is_refused_before_it_is_sent(open_server: Open) -> None:
    server = open_server(data_size_limit=10_000)
    wanted = MailSettings("127.0.0.1", server.port, MailSecurity.NONE)
    big = letter(attachments=(Attachment("stor.bin", None, b"x" * 20_000),))
    result = SmtpTransport(wanted).send(message_of(big, NIL), [ANNA])
    assert result.recipients[0].fate is Fate.REFUSED
    assert "tar emot högst" in result.recipients[0].words


def test_reports_are_asked_for_where_the_server_can_give_them() -> None:
    with scripted(dsn=True) as (port, heard):
        wanted = MailSettings("127.0.0.1", port, MailSecurity.NONE)
        result = SmtpTransport(wanted).send(
            message_of(letter(), NIL), ["anna+x=1@bolaget.example"], envelope_id="e+1"
        )
    assert is_accepted(result)
    assert any(line.startswith(b"mail FROM:") and b"RET=HDRS" in line and b"ENVID=e+2B1" in line for line in heard)
    rcpt = next(line for line in heard if line.lower().startswith(b"rcpt"))
    assert b"NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;anna+2Bx+3D1@bolaget.example" in rcpt


def test_without_an_envelope_id_only_failures_are_reported() -> None:
    """A receipt that belongs to nothing would only fill somebody's inbox."""
    with scripted(dsn=True) as (port, heard):
        wanted = MailSettings("127.0.0.1", port, MailSecurity.NONE)
        assert is_accepted(SmtpTransport(wanted).send(message_of(letter(), NIL), [ANNA]))
    rcpt = next(line for line in heard if line.lower().startswith(b"rcpt"))
    assert f"NOTIFY=FAILURE ORCPT=rfc822;{ANNA}".encode() in rcpt
    assert not any(b"SUCCESS" in line or b"ENVID" in line for line in heard)


def test_line_cut_before_the_content_is_whole_may_be_tried_again() -> None:
    with scripted(hang_up_at=b"DATA") as (port, _heard):
        result = SmtpTransport(MailSettings("127.0.0.1", port, MailSecurity.NONE)).send(
            message_of(letter(), NIL), [ANNA]
        )
    assert result.recipients[0].fate is Fate.DEFERRED


def test_line_cut_after_the_content_is_whole_leaves_it_uncertain() -> None:
    with scripted(hang_up_at=b".") as (port, heard):
        result = SmtpTransport(MailSettings("127.0.0.1", port, MailSecurity.NONE)).send(
            message_of(letter(), NIL), [ANNA]
        )
    assert heard[-1] == b"."
    assert result.recipients[0].fate is Fate.UNCERTAIN


NASTY = st.text(
    st.sampled_from("ab å🌲\r\n\x00\x0b\x85\u2028:<>@,;\"'\\ \t{}%=?.\u202e") | st.characters(codec="utf-8")
)


@given(subject=NASTY, name=NASTY, body=NASTY, file_name=NASTY.filter(str.strip))
@hypothesis_settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_text_adds_a_header_or_a_recipient(subject: str, name: str, body: str, file_name: str) -> None:
    attached = Attachment(safe_file_name(file_name), "text/plain", b"x")
    nasty = letter(
        subject=f"{subject}\r\nBcc: ond@x.example\r\n\r\n",
        body=body,
        recipients=(Mailbox(ANNA, f"{name}\nBcc: ond@x.example"),),
        attachments=(attached,),
    )
    content = content_of(nasty, NIL)
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert b"\r" not in content.replace(b"\r\n", b"")
    sent = parsed(content)
    assert sorted(name.lower() for name in sent.keys()) == sorted(  # noqa: SIM118 (names may come twice)
        ["from", "to", "subject", "date", "message-id", "mime-version", "content-type"]
    )
    assert [address.addr_spec for address in sent["To"].addresses] == [ANNA]
    assert len(list(sent.iter_attachments())) == 1


@pytest.mark.parametrize(
    "text",
    ["", "anna", "@bolaget.example", "anna@bolaget", "anna@-x.example", "anna@x..example", "a b@x.example",
     "anna@x.example\nBcc: b@x.example", "anna@x.example\r\nRCPT TO:<b@x.example>", "<anna@x.example",
     "a@b@x.example", '"a\r\nb"@x.example', "анна@x.example", "anna@x.example>", "a@x.example NOTIFY=NEVER",
     "x" * 65 + "@x.example", "a@" + "x" * 250 + ".example", ".a@x.example",
     "a\x00@x.example", "anna\u202e@x.example"],
)  # fmt: skip
def test_what_is_no_address_is_refused(text: str) -> None:
    assert not is_address(text)
    with pytest.raises(InvalidLetter):
        mailbox(text)


def test_swedish_domain_is_written_as_servers_want_it() -> None:
    assert mailbox("Åsa <asa@räksmörgås.example>") == Mailbox("asa@xn--rksmrgs-5wao1o.example", "Åsa")


@pytest.mark.parametrize(
    "given",
    [{"DIARIUM_SMTP_SECURITY": "ssl"}, {"DIARIUM_SMTP_PORT": "0"},
     {"DIARIUM_SMTP_SECURITY": "none", "DIARIUM_SMTP_USERNAME": "x"}],
)  # fmt: skip
def test_setting_that_cannot_be_is_refused_by_its_name(given: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match=next(iter(given))[:13]):
        from_environment(given)


def test_settings_of_mail_come_from_the_environment() -> None:
    given = {"DIARIUM_SMTP_HOST": "post.example", "DIARIUM_SMTP_SECURITY": "tls",
             "DIARIUM_SMTP_FROM": "d@x.example", "DIARIUM_SMTP_MAX_MB": "7"}  # fmt: skip
    found = from_environment(given).mail
    assert (found.host, found.port, found.sender, found.max_bytes) == (
        "post.example",
        465,
        "d@x.example",
        7_000_000,
    )
    assert found.is_configured
    assert not from_environment({}).mail.is_configured


@contextmanager
def scripted(*, dsn: bool = False, hang_up_at: bytes | None = None) -> Iterator[tuple[int, list[bytes]]]:
    """A server by hand, for what aiosmtpd does not offer: DSN, and hanging up at a given line."""
    heard: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _address = listener.accept()
        with connection, connection.makefile("rb") as lines:
            connection.sendall(b"220 hej\r\n")
            in_content = False
            for raw in lines:
                line = raw.rstrip(b"\r\n")
                heard.append(line)
                if line.upper() == hang_up_at:
                    return
                if in_content:
                    if line == b".":
                        in_content = False
                        connection.sendall(b"250 taken\r\n")
                    continue
                word = line[:4].upper()
                in_content = word == b"DATA"
                extensions = b"250-hej\r\n250-DSN\r\n250 8BITMIME\r\n" if dsn else b"250 hej\r\n"
                answers = {b"EHLO": extensions, b"DATA": b"354 go\r\n", b"QUIT": b"221 bye\r\n"}
                connection.sendall(answers.get(word, b"250 ok\r\n"))
                if word == b"QUIT":
                    return

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1], heard
    finally:
        thread.join(timeout=30)
        listener.close()
