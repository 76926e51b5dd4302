"""A real mail server in the test process, and letters in one line."""

from __future__ import annotations

import ssl
import subprocess
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from diarium.correspondence import dispatching
from diarium.correspondence.addresses import Mailbox
from diarium.correspondence.dispatching import LetterFacts
from diarium.correspondence.models import OutgoingMessage
from diarium.correspondence.sending import MailRound
from diarium.correspondence.smtp import SmtpTransport
from diarium.correspondence.vocabulary import LetterKind
from diarium.settings import MailSecurity, MailSettings
from tests.conftest import Municipality

SENDER = "diarium@ekdala.example"


@dataclass
class MailServer:
    """An aiosmtpd server that keeps what it takes. `answers`: what it says of an address instead of taking it."""

    port: int = 0
    kept: list[Envelope] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    content_answer: str = "250 2.0.0 taken as 4711"
    on_data: Callable[[], None] = lambda: None
    options: list[list[str]] = field(default_factory=list)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        self.options.append(rcpt_options)
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.content_answer.startswith("250"):
            self.kept.append(envelope)
        self.on_data()
        return self.content_answer

    @property
    def messages(self) -> list[EmailMessage]:
        """What was taken, parsed."""
        return [parsed(envelope.content) for envelope in self.kept]


def parsed(content: Any) -> EmailMessage:
    """The message in bytes."""
    return BytesParser(policy=policy.default).parsebytes(bytes(content))  # type: ignore[return-value]


class _FreePort(Controller):
    """Takes any free port: the controller itself would ask the port number that it was given."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def open_server() -> Iterator[Callable[..., MailServer]]:
    """Starts a mail server on a free port; it ends with the test."""
    running: list[Controller] = []

    def start(**options: Any) -> MailServer:
        server = MailServer()
        controller = _FreePort(server, hostname="127.0.0.1", port=0, ready_timeout=30, **options)
        controller.start()
        running.append(controller)
        server.port = controller.port
        return server

    yield start
    for controller in running:
        controller.stop(no_assert=True)


@pytest.fixture
def mail_server(open_server: Callable[..., MailServer]) -> MailServer:
    """A mail server without protection, as a relay on the same machine."""
    return open_server()


@pytest.fixture
def mail(mail_server: MailServer) -> MailSettings:
    """Settings for `mail_server`."""
    return MailSettings("127.0.0.1", mail_server.port, MailSecurity.NONE, sender=SENDER)


@pytest.fixture
def transport(mail: MailSettings) -> SmtpTransport:
    """The way out to `mail_server`."""
    return SmtpTransport(mail, timeout=20)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of our own making for 127.0.0.1, with its key in the same file: nobody trusts it."""
    folder = tmp_path_factory.mktemp("certificate")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", "key.pem", "-out",
         "cert.pem", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    whole = folder / "whole.pem"
    whole.write_bytes((folder / "cert.pem").read_bytes() + (folder / "key.pem").read_bytes())
    return whole


@pytest.fixture
def server_context(certificate: Path) -> ssl.SSLContext:
    """What a server with that certificate needs."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


@dataclass
class Post:
    """Writes letters in a case of `municipality` as its registrar, and runs the mail round."""

    municipality: Municipality
    mail: MailSettings
    chore: MailRound

    def letter(self, case_uid: uuid.UUID, **facts: Any) -> LetterFacts:
        """A letter to one address; `facts` are those of `LetterFacts`, `others` also as texts."""
        others = tuple(item if isinstance(item, Mailbox) else Mailbox(item) for item in facts.pop("others", ()))
        wanted = LetterFacts(
            key=uuid.uuid4(),
            case_uid=case_uid,
            record_uid=None,
            kind=LetterKind.OTHER,
            subject="Hälsning från nämnden",
            body="Hej!\n\nDetta är ett brev.",
            others=others or (Mailbox("anna@bolaget.example"),),
        )
        return replace(wanted, **facts)

    def send(self, case_uid: uuid.UUID, **facts: Any) -> OutgoingMessage:
        """Queues a letter."""
        with self.municipality.database.unit_of_work() as session:
            return dispatching.send_letter(
                session,
                self.municipality.blobs,
                self.mail,
                facts.pop("actor", self.municipality.registrar),
                self.letter(case_uid, **facts),
            )

    def again(self, message: OutgoingMessage) -> OutgoingMessage:
        """The message as it is in the register now, with its recipients."""
        with self.municipality.database.reading() as session:
            found = session.get_one(OutgoingMessage, message.id)
            assert found.recipients is not None
            assert found.record.documents is not None
            assert found.record.restrictions is not None
            return found


def post_of(municipality: Municipality, transport: SmtpTransport) -> Post:
    """Letters of a municipality that go out through `transport`."""
    return Post(municipality, transport.settings, MailRound(municipality.database, municipality.blobs, transport))


@pytest.fixture
def post(municipality: Municipality, transport: SmtpTransport) -> Post:
    """Letters, on both databases."""
    return post_of(municipality, transport)


@pytest.fixture
def sqlite_post(sqlite_municipality: Municipality, transport: SmtpTransport) -> Post:
    """Letters, on SQLite."""
    return post_of(sqlite_municipality, transport)
