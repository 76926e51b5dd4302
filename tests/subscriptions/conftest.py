"""People who follow the open register by e-mail, with a real mail server."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import select, update

from diarium.correspondence.smtp import SmtpTransport
from diarium.db.base import now
from diarium.i18n import STOCKHOLM
from diarium.letterbox.letters import Confirm, Follow, FollowTarget, Unfollow
from diarium.public.models import PublicCase, PublicRecord
from diarium.settings import MailSecurity, MailSettings
from diarium.subscriptions.composing import Composer
from diarium.subscriptions.desk import FollowDesk
from diarium.subscriptions.links import Links
from diarium.subscriptions.mailing import FollowRound
from diarium.subscriptions.models import Subscription
from diarium.subscriptions.tokens import TokenMaker
from tests.conftest import Municipality
from tests.correspondence.conftest import MailServer, mail_server, open_server  # noqa: F401 (fixtures)
from tests.public.open_register import OpenRegister

ADDRESS = "anna@post.example"
BASE = "https://diarium.ekdala.example"
SENDER = "diarium@ekdala.example"


@dataclass
class Clock:
    """A clock that the test sets; it begins now."""

    moment: dt.datetime = field(default_factory=now)

    def __call__(self) -> dt.datetime:
        return self.moment

    def forward(self, by: dt.timedelta) -> None:
        """Lets so much time pass."""
        self.moment += by

    def next_morning(self) -> None:
        """Seven in the morning of the next day, in Sweden."""
        day = self.moment.astimezone(STOCKHOLM).date() + dt.timedelta(days=1)
        self.moment = dt.datetime.combine(day, dt.time(7), STOCKHOLM).astimezone(dt.UTC)


class Followers:
    """The desk, the worker's round, and the mail server."""

    def __init__(self, register: OpenRegister, server: MailServer) -> None:
        self.register = register
        self.municipality: Municipality = register.municipality
        self.database = self.municipality.database
        self.server = server
        self.clock = Clock()
        self.tokens = TokenMaker(b"prov" * 8)
        self.desk = FollowDesk(self.tokens)
        settings = MailSettings("127.0.0.1", server.port, MailSecurity.NONE, sender=SENDER)
        composer = Composer(Links(BASE), self.tokens, "Ekdala kommun", SENDER, "registrator@ekdala.example")
        transport = SmtpTransport(settings, timeout=20)
        self.round = FollowRound(self.database, register.reader, transport, composer, self.clock)

    def ask(self, target: FollowTarget, email: str = ADDRESS, language: str = "sv") -> None:
        """The letter of somebody who wants to follow."""
        with self.database.unit_of_work() as session:
            self.desk.follow(session, Follow(email, target, language))

    def confirm(self, token: str) -> None:
        """The letter of somebody who pressed the button."""
        with self.database.unit_of_work() as session:
            self.desk.confirm(session, Confirm(token))

    def unfollow(self, token: str) -> None:
        """The letter of somebody who pressed the other button."""
        with self.database.unit_of_work() as session:
            self.desk.unfollow(session, Unfollow(token))

    def follow(self, target: FollowTarget, email: str = ADDRESS, language: str = "sv") -> None:
        """Asks, gets the question, confirms; what is published from then on is news."""
        self.ask(target, email, language)
        self.round.run()
        self.confirm(link_of(self.mails[-1], "bekrafta"))
        self.server.kept.clear()

    def age(self, by: dt.timedelta) -> None:
        """Puts the moments of subscriptions back, as if so much time had passed since."""
        with self.database.unit_of_work() as session:
            for row in session.scalars(select(Subscription)):
                row.created_at -= by
                row.asked_at = row.asked_at and row.asked_at - by
                row.expires_at = row.expires_at and row.expires_at - by

    def published(self, moment: dt.datetime) -> None:
        """Lets everything in the open register have been published at `moment`."""
        with self.register.public.unit_of_work() as session:
            session.execute(update(PublicRecord).values(published_at=moment))
            session.execute(update(PublicCase).values(published_at=moment))

    @property
    def mails(self) -> list[EmailMessage]:
        """What the server took."""
        return self.server.messages

    def rows(self) -> list[Subscription]:
        """The subscriptions as they are."""
        with self.database.reading() as session:
            return list(session.scalars(select(Subscription).order_by(Subscription.id)))


def link_of(mail: EmailMessage, page: str) -> str:
    """The token in the link to `page` in a mail."""
    found = re.search(rf"{re.escape(BASE)}/folj/{page}\?t=([A-Za-z0-9_-]+)", mail.get_content())
    assert found is not None, mail.get_content()
    return found[1]


@pytest.fixture
def followers(open_register: OpenRegister, mail_server: MailServer) -> Followers:  # noqa: F811
    """Followers, on both databases."""
    return Followers(open_register, mail_server)


@pytest.fixture
def sqlite_followers(sqlite_open_register: OpenRegister, mail_server: MailServer) -> Followers:  # noqa: F811
    """Followers, on SQLite."""
    return Followers(sqlite_open_register, mail_server)


@pytest.fixture
def open_register(municipality: Municipality, tmp_path: Path) -> Iterator[OpenRegister]:
    """An open register, on both databases."""
    opened = OpenRegister(municipality, tmp_path / "public")
    yield opened
    opened.close()


@pytest.fixture
def sqlite_open_register(sqlite_municipality: Municipality, tmp_path: Path) -> Iterator[OpenRegister]:
    """An open register on SQLite."""
    opened = OpenRegister(sqlite_municipality, tmp_path / "public")
    yield opened
    opened.close()
