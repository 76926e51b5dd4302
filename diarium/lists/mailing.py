"""E-mail about notices: counts and an address, never what was found. Mail goes over lines that others read."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from diarium.correspondence.addresses import Mailbox, is_address, mailbox
from diarium.correspondence.composing import Letter, message_of
from diarium.correspondence.transport import Fate, MailTransport
from diarium.db.base import now
from diarium.db.engine import Database
from diarium.i18n import gettext as _
from diarium.i18n import ngettext
from diarium.identity.models import User
from diarium.lists.models import Notice, SavedList

# What could not be sent within a day is old news: the start page has it.
STALE = dt.timedelta(days=1)
_MOST_AT_ONCE = 100


class Mailer(Protocol):
    """Sends a plain e-mail to one of the staff."""

    def __call__(self, to: str, subject: str, text: str) -> bool:
        """Whether it is settled: sent, or refused for good. What is not is tried again later."""
        ...


@dataclass(frozen=True, slots=True)
class TransportMailer:
    """A `Mailer` that goes the way of the letters. `sender`: the address that the e-mail comes from."""

    transport: MailTransport
    sender: str

    def __call__(self, to: str, subject: str, text: str) -> bool:
        """Sends it. What is refused, or no address, is not tried again; the notice stays on the start page."""
        if not is_address(to):
            return True
        letter = Letter(Mailbox(self.sender), (mailbox(to),), subject, text, written_at=now(), is_automatic=True)
        result = self.transport.send(message_of(letter, uuid.uuid4()), [to])
        return not result.is_away and not result.of(Fate.DEFERRED)


@dataclass(frozen=True, slots=True)
class Mailing:
    """Writes to the owners of unread notices who want e-mail, once a notice; `address`: of the start page."""

    database: Database
    mailer: Mailer
    address: str = ""

    def send(self) -> int:
        """Returns how many were sent."""
        with self.database.reading() as session:
            waiting = session.scalars(
                select(Notice)
                .join(Notice.saved_list)
                .join(SavedList.owner)
                .where(Notice.emailed_at.is_(None), Notice.read_at.is_(None), Notice.created_at > now() - STALE)
                .where(SavedList.by_email, User.is_active, User.email.is_not(None))
                .options(selectinload(Notice.saved_list).selectinload(SavedList.owner))
                .order_by(Notice.id)
                .limit(_MOST_AT_ONCE)
            ).all()
        return sum(self._send_one(notice) for notice in waiting)

    def _send_one(self, notice: Notice) -> bool:
        # The name of the list stays in the house too: its owner may have named it after somebody.
        subject = ngettext(
            "%(num)s ny rad i en lista som du bevakar", "%(num)s nya rader i en lista som du bevakar", notice.count
        )
        text = _("Logga in i diariet för att se vad som är nytt. Det står på startsidan.")
        text = "\n\n".join(part for part in (subject + ".", text, self.address) if part)
        if not self.mailer(notice.saved_list.owner.email or "", subject, text):
            return False
        with self.database.unit_of_work() as session:
            session.get_one(Notice, notice.id).emailed_at = now()
        return True
