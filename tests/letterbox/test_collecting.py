"""From the letterbox to the register: nothing is lost and nothing is doubled, wherever a process stops."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from email.message import EmailMessage
from pathlib import Path
from typing import ClassVar

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from diarium.correspondence.smtp import SmtpTransport
from diarium.correspondence.transport import SendResult
from diarium.db.base import now
from diarium.disclosure.collecting import MOST_RECEIPTS, LetterCollector
from diarium.disclosure.models import DisclosureRequest
from diarium.disclosure.order_receipts import OrderReceipts
from diarium.letterbox.box import Letterbox
from diarium.letterbox.letters import Confirm, ContactWay, Follow, FollowTarget, LetterKind, Unfollow
from diarium.letterbox.models import WaitingRow
from diarium.settings import MailSecurity, MailSettings
from diarium.subscriptions.desk import FollowDesk
from diarium.subscriptions.models import Subscription
from diarium.subscriptions.tokens import Purpose, TokenMaker
from tests.conftest import Municipality
from tests.correspondence.conftest import MailServer, mail_server, open_server  # noqa: F401 (fixtures)
from tests.letterbox.conftest import order

SENDER = "diarium@ekdala.example"


class ProcessStopped(BaseException):
    """The process is killed: nothing in the house catches it."""


class StoppingBox(Letterbox):
    """A letterbox whose reader is killed when it wants to take a letter out; once."""

    is_armed = True

    def taken(self, uid: uuid.UUID) -> None:
        if self.is_armed:
            self.is_armed = False
            raise ProcessStopped
        super().taken(uid)

    def ready_again(self) -> None:
        """Lets the time pass that a postponed letter waits."""
        with self.database.unit_of_work() as session:
            session.execute(update(WaitingRow).values(not_before=now()))


@dataclass
class Post:
    """The letterbox with its collector."""

    municipality: Municipality
    box: StoppingBox
    receipts: OrderReceipts | None = None

    def __post_init__(self) -> None:
        self.tokens = TokenMaker(b"prov" * 8)
        self.collector = LetterCollector(
            self.municipality.database, self.box, FollowDesk(self.tokens), self.receipts
        )

    def count(self, table: type[DisclosureRequest] | type[Subscription]) -> int:
        """How many rows there are."""
        with self.municipality.database.reading() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
def post(municipality: Municipality, tmp_path: Path) -> Iterator[Post]:
    """A letterbox beside the register, on both databases."""
    register = municipality.database
    url = f"sqlite:///{tmp_path / 'letterbox.sqlite'}"
    if register.is_postgresql:
        url = register.engine.url.render_as_string(hide_password=False)
    box = StoppingBox(url)
    box.ensure()
    yield Post(municipality, box)
    box.close()


@pytest.fixture
def sqlite_post(sqlite_municipality: Municipality, tmp_path: Path) -> Iterator[Post]:
    """A letterbox beside the register, on SQLite."""
    box = StoppingBox(f"sqlite:///{tmp_path / 'letterbox.sqlite'}")
    box.ensure()
    box.is_armed = False
    yield Post(sqlite_municipality, box)
    box.close()


def with_mail(post: Post, server: MailServer) -> Post:
    """The same, with receipts by e-mail."""
    settings = MailSettings("127.0.0.1", server.port, MailSecurity.NONE, sender=SENDER)
    receipts = OrderReceipts(
        SmtpTransport(settings, timeout=20), "Ekdala kommun", SENDER, "registrator@ekdala.example"
    )
    return Post(post.municipality, post.box, receipts)


def test_a_process_that_stops_between_the_databases_loses_nothing_and_doubles_nothing(post: Post) -> None:
    subscription = Follow("anna@post.example", FollowTarget(query="bussar"))
    for letter, table in ((order("KS 2024/1-1"), DisclosureRequest), (subscription, Subscription)):
        post.box.drop(letter)
        post.box.is_armed = True
        with pytest.raises(ProcessStopped):
            post.collector.run()
        assert post.count(table) == 1, "it was handled before it was taken out"
        assert len(post.box.waiting()) == 1
        assert post.collector.run() == 1
        assert post.count(table) == 1
        assert post.box.waiting() == ()
        assert post.collector.run() == 0


def test_a_letter_that_can_not_be_handled_waits_and_the_others_go_on(sqlite_post: Post) -> None:
    post = sqlite_post
    half = LetterCollector(post.municipality.database, post.box, _OutOfOrder(post.tokens), None)
    post.box.drop(Confirm("a" * 22))
    post.box.drop(order("KS 2024/1-1"))
    assert half.run() == 1
    assert post.count(DisclosureRequest) == 1
    figures = post.box.figures()
    assert (figures.waiting[LetterKind.CONFIRM], figures.tried) == (1, 1)
    assert half.run() == 0, "not before its time"


class _OutOfOrder(FollowDesk):
    """A desk that can't confirm just now."""

    def confirm(self, session: Session, letter: Confirm) -> None:
        raise RuntimeError("out of order")


def test_letters_about_following_do_what_they_ask_for(sqlite_post: Post) -> None:
    post = sqlite_post
    post.box.drop(Follow("anna@post.example", FollowTarget(query="bussar")))
    post.collector.run()
    with post.municipality.database.reading() as session:
        uid = session.scalars(select(Subscription.uid)).one()
    post.box.drop(Confirm(post.tokens.token(uid, Purpose.CONFIRM)))
    post.collector.run()
    with post.municipality.database.reading() as session:
        assert session.scalars(select(Subscription.confirmed_at)).one() is not None
    post.box.drop(Unfollow(post.tokens.token(uid, Purpose.UNFOLLOW)))
    post.collector.run()
    assert post.count(Subscription) == 0


def test_a_receipt_goes_to_whoever_wants_e_mail_and_tells_no_titles(
    sqlite_post: Post,
    mail_server: MailServer,  # noqa: F811
) -> None:
    post = with_mail(sqlite_post, mail_server)
    with post.municipality.database.unit_of_work() as session:
        record = post.municipality.record(session, title="Yttrande om bussar")
    reference = post.box.drop(order(record.number_text, message="Gärna i färg"))
    english = post.box.drop(order("KS 2024/1", "KS 2024/2", language="en"))
    post.box.drop(order(contact_way=ContactWay.PHONE, contact="070-123 45 67"))
    post.box.drop(order(contact_way=ContactWay.VISIT, contact=""))
    assert post.collector.run() == 4
    first, second = mail_server.messages
    assert first["To"] == "anna@post.example"
    assert reference in first["Subject"]
    assert reference in first.get_content()
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["Reply-To"] == "registrator@ekdala.example"
    assert english in second.get_content()
    for word in ("bussar", "färg", record.number_text):
        assert word not in first.get_content()


def test_a_receipt_that_is_not_taken_yet_comes_later_and_once(
    sqlite_post: Post,
    mail_server: MailServer,  # noqa: F811
) -> None:
    post = with_mail(sqlite_post, mail_server)
    mail_server.answers["anna@post.example"] = "450 4.2.1 greylisted"
    post.box.drop(order())
    assert post.collector.run() == 0
    assert post.count(DisclosureRequest) == 1, "the staff have it all the same"
    del mail_server.answers["anna@post.example"]
    post.box.ready_again()
    assert post.collector.run() == 1
    assert post.count(DisclosureRequest) == 1
    assert len(mail_server.messages) == 1


def test_a_refused_address_gets_no_receipt_and_the_order_stands(
    sqlite_post: Post,
    mail_server: MailServer,  # noqa: F811
) -> None:
    post = with_mail(sqlite_post, mail_server)
    mail_server.answers["anna@post.example"] = "550 5.1.1 no such user"
    post.box.drop(order())
    assert post.collector.run() == 1
    assert post.count(DisclosureRequest) == 1


def test_a_mail_server_that_is_away_keeps_no_order_from_the_staff(
    sqlite_post: Post,
    mail_server: MailServer,  # noqa: F811
) -> None:
    there = with_mail(sqlite_post, mail_server)
    assert there.receipts is not None
    gone = _Counting(MailSettings("127.0.0.1", 1, MailSecurity.NONE, sender=SENDER), timeout=20)
    away = Post(there.municipality, there.box, replace(there.receipts, transport=gone))
    for number in range(3):
        there.box.drop(order(f"KS 2024/{number}-1"))
    assert away.collector.run() == 0
    assert away.count(DisclosureRequest) == 3
    assert gone.tries == ["anna@post.example"], "one try shows that it is away"
    there.box.ready_again()
    assert there.collector.run() == 3
    assert there.count(DisclosureRequest) == len(mail_server.messages) == 3


class _Counting(SmtpTransport):
    """A way out that counts how often somebody goes to it."""

    tries: ClassVar[list[str]] = []

    def send(
        self, message: EmailMessage, recipients: Sequence[str], *, envelope_id: str | None = None
    ) -> SendResult:
        self.tries.extend(recipients)
        return super().send(message, recipients, envelope_id=envelope_id)


def test_nobody_can_fill_somebodys_mailbox_with_receipts(
    sqlite_post: Post,
    mail_server: MailServer,  # noqa: F811
) -> None:
    post = with_mail(sqlite_post, mail_server)
    for number in range(MOST_RECEIPTS + 2):
        post.box.drop(order(f"KS 2024/{number}-1", contact=f"{'Anna' if number % 2 else 'anna'}@post.example"))
        assert post.collector.run() == 1
    post.box.drop(order(contact="bo@post.example"))
    assert post.collector.run() == 1
    assert [mail["To"] for mail in mail_server.messages[MOST_RECEIPTS:]] == ["bo@post.example"]
    assert post.count(DisclosureRequest) == MOST_RECEIPTS + 3
